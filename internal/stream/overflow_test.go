package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// gate is a handler that hands on while it is open, and hangs while it is not.
type gate struct {
	next record.Handler
	open chan struct{}
	at   chan struct{} // holds a token when something came to the gate
}

func newGate(next record.Handler) *gate {
	return &gate{next: next, open: make(chan struct{}), at: make(chan struct{}, 1)}
}

func (g *gate) Handle(ctx context.Context, batch []record.Record) error {
	select {
	case g.at <- struct{}{}:
	default:
	}
	select {
	case <-g.open:
		return g.next.Handle(ctx, batch)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// large returns n records of about a kilobyte, with messages that begin with their number.
func large(from, n int, level slog.Level) []record.Record {
	batch := numbered(from, from+n)
	for i := range batch {
		batch[i].Level = level
		batch[i].Message += " " + strings.Repeat("x", 1000)
	}
	return batch
}

// number is that of a record of large or numbered, -1 if it is not one of them.
func number(r *record.Record) int {
	n := -1
	_, _ = fmt.Sscan(r.Message, &n)
	if r.Logger == "jackdaw" {
		return -1
	}
	return n
}

// told sums up what records tell of dropped ones.
func told(batch []record.Record) (n uint64) {
	for i := range batch {
		if batch[i].Logger != "jackdaw" {
			continue
		}
		for _, a := range batch[i].Attrs {
			if a.Key != "dropped" {
				continue
			}
			if a.Value.Kind() == slog.KindInt64 { // as it comes back from the files
				n += uint64(a.Value.Int64())
			} else {
				n += a.Value.Uint64()
			}
		}
	}
	return n
}

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
	until(t, "the cursor to move on", func() bool {
		dropped = lawful(t, s).Cursors[0].Dropped[TooMuch].Total()
		return dropped > 0
	})
	if st := s.Stats().Cursors[0]; st.WaitingBytes > 6<<20 || st.Waiting < 500 {
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

// until waits for something that happens soon.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

func TestBacklogBoundByAge(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Level: Disk})
	k := newKeep()
	g := newGate(k)
	if _, err := s.Cursor("k", g, CursorOptions{MaxAge: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-g.at
	store(t, s, numbered(10, 30))
	store(t, s, numbered(30, 40))
	until(t, "what is old to be dropped", func() bool { return lawful(t, s).Cursors[0].Dropped[TooOld].Total() == 30 })
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
	g := newGate(newKeep())
	c, err := s.Cursor("k", g, CursorOptions{MaxAge: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-g.at
	store(t, s, numbered(10, 40))
	until(t, "what is old to be dropped", func() bool { return lawful(t, s).Cursors[0].Dropped[TooOld].Total() == 30 })
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

// A stream that is full takes no more while a required handler is behind, and goes on when it is not. Others
// hold nobody back.
func TestFull(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Level: Disk, MaxBytes: 4 << 20})
	required, other := newKeep(), newGate(newKeep())
	g := newGate(required)
	if _, err := s.Cursor("store", g, CursorOptions{Required: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cursor("other", other, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var filled sync.WaitGroup
	defer filled.Wait()
	filled.Go(func() {
		defer cancel()
		for full := false; !full && t.Context().Err() == nil; <-time.After(5 * time.Millisecond) {
			s.intake.mu.Lock()
			full = s.intake.full != nil
			s.intake.mu.Unlock()
		}
		<-time.After(toldEvery) // a record is to tell of it
	})
	var n int
	var err error
	for ; err == nil; n += 100 {
		err = s.Handle(ctx, large(n, 100, slog.LevelInfo))
	}
	n -= 100
	if !errors.Is(err, ErrFull) || !errors.Is(err, context.Canceled) {
		t.Errorf("Handle on a full stream: got %v, want ErrFull and Canceled", err)
	}
	if !strings.Contains(err.Error(), "handler store has not handled") {
		t.Errorf("Handle on a full stream: got %q, want it to name the handler", err)
	}
	if err := s.Entrance(Refuse).Handle(t.Context(), numbered(0, 1)); !errors.Is(err, ErrFull) {
		t.Errorf("Handle of who does not wait: got %v, want ErrFull", err)
	}
	if err := s.Healthy(); !errors.Is(err, ErrFull) {
		t.Errorf("Healthy: got %v, want ErrFull", err)
	}
	if n < 2000 {
		t.Errorf("taken before it was full: got %d records, want about 4 MiB", n)
	}
	if st := lawful(t, s); st.Bytes > 5<<20 || st.Cursors[1].Dropped.Total() != 0 {
		t.Errorf("full: got %d bytes of 4 MiB, %d dropped at the required handler", st.Bytes, st.Cursors[1].Dropped.Total())
	}
	waited := make(chan error, 1)
	go func() { waited <- s.Handle(t.Context(), large(n, 1000, slog.LevelInfo)) }()
	close(g.open)
	if err := <-waited; err != nil {
		t.Errorf("Handle that waited for room: got %v, want nil", err)
	}
	store(t, s, large(n+1000, 3000, slog.LevelInfo))
	got := slices.DeleteFunc(required.wait(t, n+4001), func(r record.Record) bool { return r.Logger == "jackdaw" })
	for i := range got {
		if number(&got[i]) != i {
			t.Fatalf("required handler: record %d has number %d", i, number(&got[i]))
		}
	}
	if err := s.Healthy(); err != nil {
		t.Errorf("Healthy with room: got %v, want nil", err)
	}
	st := lawful(t, s)
	if st.Bytes > 5<<20 {
		t.Errorf("bytes: got %d, want at most 4 MiB and a message", st.Bytes)
	}
	if c := st.Cursors[0]; c.Dropped[NoRoom].Total() == 0 {
		t.Errorf("the handler that nobody waits for: got %v dropped, want some for lack of room", c.Dropped)
	}
	close(other.open)
}

// Who cannot wait loses the lowest levels first, while those are counted and told.
func TestDropLowest(t *testing.T) {
	t.Parallel()
	s := open(t, Options{Level: Disk, MaxBytes: 4 << 20})
	k := newKeep()
	g := newGate(k)
	if _, err := s.Cursor("store", g, CursorOptions{Required: true}); err != nil {
		t.Fatal(err)
	}
	door := s.Entrance(DropLowest)
	began := time.Now()
	levels := []slog.Level{slog.LevelDebug, slog.LevelDebug, slog.LevelDebug, slog.LevelInfo, slog.LevelError}
	n := map[slog.Level]uint64{}
	calls := make(chan struct{}, 64)
	for i := range 600 { // 60 MB, into a stream of 4 MiB and 32 MiB of memory
		level := levels[i%len(levels)]
		if i%len(levels) == 4 && n[slog.LevelError] > 6000 {
			continue
		}
		n[level] += 100
		calls <- struct{}{}
		go func() {
			defer func() { <-calls }()
			if err := door.Handle(t.Context(), large(0, 100, level)); err != nil {
				t.Errorf("Handle of who cannot wait: got %v, want nil", err)
			}
		}()
	}
	for range cap(calls) {
		calls <- struct{}{}
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("who cannot wait waited %v in all", took)
	}
	st := lawful(t, s)
	dropped := st.Dropped[Overflow]
	if dropped[0] == 0 || dropped[3] != 0 || dropped[0] < dropped[1] {
		t.Errorf("dropped by level: got %v, want DEBUG above all, and no ERROR", dropped)
	}
	if st.Waiting == 0 {
		t.Errorf("waiting in memory: got none")
	}
	close(g.open)
	until(t, "all to be stored", func() bool { return lawful(t, s).Waiting == 0 })
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	st = lawful(t, s)
	got := k.all()
	if told := told(got); told != st.Dropped.Total() {
		t.Errorf("told: got %d, want %d", told, st.Dropped.Total())
	}
	var sent uint64
	for _, c := range n {
		sent += c
	}
	own := uint64(0)
	for i := range got {
		if got[i].Logger == "jackdaw" {
			own++
		}
	}
	if uint64(len(got))-own+st.Dropped.Total() != sent || st.Accepted != sent+own {
		t.Errorf("sent %d: got %d handled, %d dropped, %d of the stream's own, %d accepted", sent, len(got), st.Dropped.Total(), own, st.Accepted)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	k := newKeep()
	k.fail = func(batch []record.Record) error {
		for i := range batch {
			switch number(&batch[i]) {
			case 7:
				return record.Permanent(errors.New("7 is\nbad"))
			case 11:
				panic("at 11")
			}
		}
		return nil
	}
	if _, err := s.Cursor("file x", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 20))
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	until(t, "the dropped ones to be told", func() bool { return told(k.all()) == 2 })
	st := lawful(t, s)
	if c := st.Cursors[0]; c.Handled != 18 || c.Dropped[Refused].Total() != 1 || c.Dropped[Panicked].Total() != 1 {
		t.Errorf("got %d handled, dropped %v, want 18, one refused and one panicked at", c.Handled, c.Dropped)
	}
	closeStream(t, s)
	s = open(t, Options{Dir: dir, Level: Disk})
	letters, err := s.DeadLetters(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range letters {
		got = append(got, fmt.Sprintf("%d %s %s %s %d", l.Sequence, l.Handler, l.Reason, l.Record.Message, l.Record.ID.Index))
	}
	want := "1 file x 7 is bad 7 7; 2 file x panic: at 11 11 11"
	if strings.Join(got, "; ") != want {
		t.Errorf("dead letters: got %q, want %q", strings.Join(got, "; "), want)
	}
	if rest, err := s.DeadLetters(t.Context(), 1, 10); err != nil || len(rest) != 1 {
		t.Errorf("dead letters after the first: got %d and error %v, want 1", len(rest), err)
	}
}

func TestHandleOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	big := large(0, 2000, slog.LevelInfo) // several messages
	for range 3 {
		if err := s.HandleOnce(t.Context(), "request-1", big); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.HandleOnce(t.Context(), "request-2", numbered(2000, 2001)); err != nil {
		t.Fatal(err)
	}
	closeStream(t, s)
	s = open(t, Options{Dir: dir, Level: Disk})
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.HandleOnce(t.Context(), "request-1", big); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(2001, 2002))
	got := k.wait(t, 2002)
	for i := range got {
		if number(&got[i]) != i {
			t.Fatalf("record %d: got number %d", i, number(&got[i]))
		}
	}
	if st := lawful(t, s); len(got) != 2002 || st.Repeated != 2000 || st.Accepted != 1 {
		t.Errorf("got %d records, %d repeated and %d accepted since the start, want 2002, 2000 and 1", len(got), st.Repeated, st.Accepted)
	}
	if err := s.HandleOnce(t.Context(), "a\nb", numbered(0, 1)); !record.IsPermanent(err) {
		t.Errorf("HandleOnce with a strange id: got %v, want a permanent error", err)
	}
}

// An id is remembered through a crash, also if it came in the last moments before it.
func TestHandleOnceThroughCrash(t *testing.T) {
	from := t.TempDir()
	s := open(t, Options{Dir: from, Level: Disk})
	for i := range 50 {
		if err := s.HandleOnce(t.Context(), fmt.Sprint("request-", i), numbered(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Level: Disk})
	for i := range 51 {
		if err := s.HandleOnce(t.Context(), fmt.Sprint("request-", i), numbered(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if st := lawful(t, s); st.Repeated != 50 || st.Accepted != 1 {
		t.Errorf("got %d repeated and %d accepted, want 50 and 1", st.Repeated, st.Accepted)
	}
}

// Two calls under the same id, at the same time, are stored once.
func TestHandleOnceAtTheSameTime(t *testing.T) {
	s := open(t, Options{Level: Disk})
	done := make(chan error)
	for range 10 {
		go func() { done <- s.HandleOnce(t.Context(), "the same", numbered(0, 3)) }()
	}
	for range 10 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if st := lawful(t, s); st.Repeated != 27 || st.Accepted != 3 {
		t.Errorf("got %d repeated and %d accepted, want 27 and 3", st.Repeated, st.Accepted)
	}
}

// A record that no message has room for is refused for good, and those before it are taken.
func TestTooLarge(t *testing.T) {
	s := open(t, Options{Level: Disk, MaxBytes: 4 << 20})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	batch := numbered(0, 4)
	batch[2].Message = strings.Repeat("x", 2<<20)
	err := s.Handle(t.Context(), batch)
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 2 || !record.IsPermanent(err) {
		t.Errorf("Handle of a record of 2 MiB: got %v, want a permanent PartialError after 2", err)
	}
	if got := k.wait(t, 2); len(got) != 2 {
		t.Errorf("handled: got %d, want 2", len(got))
	}
	lawful(t, s)
}
