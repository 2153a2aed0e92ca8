package stream

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// A handler that hangs beyond its bound costs only itself, and is told what it missed.
func TestBacklogBound(t *testing.T) {
	s := open(t, Options{Level: Disk})
	behind, healthy := newKeep(), newKeep()
	g := newGate(behind)
	if _, err := s.Cursor("behind", g, CursorOptions{MaxBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cursor("healthy", healthy, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	const n = 5000
	for i := 0; i < n; i += 100 {
		store(t, s, large(i, 100, slog.LevelInfo))
		if i == 0 {
			<-g.at
		}
	}
	healthy.wait(t, n)
	var dropped uint64
	testenv.Await(t, "the cursor to move on", func() bool { // as far as it has to: it may have moved on before all was stored
		c := lawful(t, s).Cursors[0]
		dropped = c.Dropped[TooMuch].Total()
		return dropped > 0 && c.WaitingBytes <= 1<<20
	})
	if st := s.Stats().Cursors[0]; st.Waiting < 500 {
		t.Errorf("waiting: got %d records, %d bytes, want about a megabyte", st.Waiting, st.WaitingBytes)
	}
	close(g.open)
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	got := behind.all()
	if n := number(&got[0]); n != 0 {
		t.Errorf("first record: got %d, want 0, which was at the handler", n)
	}
	if got := told(got); got != dropped {
		t.Errorf("told: got %d, want %d dropped", got, dropped)
	}
	inPlace(t, got)
	st := lawful(t, s)
	if c := st.Cursors[0]; c.Handled+dropped != n || c.Dropped[TooMuch] != (queue.Levels{1: dropped}) {
		t.Errorf("got %d handled, dropped %v, want %d together, by level", c.Handled, c.Dropped, n)
	}
	if c := st.Cursors[1]; c.Dropped.Total() != 0 {
		t.Errorf("the healthy handler: got %d dropped, want none", c.Dropped.Total())
	}
}

// inPlace checks that where numbers are missing, a record tells so.
func inPlace(t *testing.T, got []record.Record) {
	t.Helper()
	next := 0
	missing := 0
	for i := range got {
		n := number(&got[i])
		if n < 0 {
			missing += int(told(got[i : i+1]))
			continue
		}
		if n != next+missing {
			t.Fatalf("record %d: got number %d, want %d after %d were told to be dropped", i, n, next+missing, missing)
		}
		next, missing = n+1, 0
	}
}

func TestBacklogBoundByAge(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Level: Disk})
	stopUpkeep(s) // it would look after the bound at moments of its own
	k := newKeep()
	g := newGate(k)
	if _, err := s.Cursor("k", g, CursorOptions{MaxAge: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-g.at
	store(t, s, numbered(10, 30))
	store(t, s, numbered(30, 40))
	testenv.Await(t, "what is old to be dropped", func() bool {
		s.bound(t.Context())
		return lawful(t, s).Cursors[0].Dropped[TooOld].Total() == 30
	})
	store(t, s, numbered(40, 50))
	close(g.open)
	got := k.wait(t, 21)
	inPlace(t, got)
	if told(got) != 30 {
		t.Errorf("told: got %d, want 30", told(got))
	}
}

// What the cursor gave up is told after a restart too, when its handler hung all the while.
func TestBacklogIsToldAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	stopUpkeep(s) // it would look after the bound before the handler has anything
	g := newGate(newKeep())
	c, err := s.Cursor("k", g, CursorOptions{MaxAge: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-g.at
	store(t, s, numbered(10, 40))
	testenv.Await(t, "what is old to be dropped", func() bool {
		s.bound(t.Context())
		return lawful(t, s).Cursors[0].Dropped[TooOld].Total() == 30
	})
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	closeStream(t, s)

	s = open(t, Options{Dir: dir, Level: Disk})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(40, 41))
	got := k.wait(t, 2)
	if told(got) < 30 {
		t.Errorf("told: got %d, want 30 and what was at the handler", told(got))
	}
	lawful(t, s)
}
