package stream

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

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
	defer cancel()
	filled := make(chan error, 1)
	n := 0
	go func() {
		for {
			if err := s.Handle(ctx, large(n, 100, slog.LevelInfo)); err != nil {
				filled <- err
				return
			}
			n += 100
		}
	}()
	testenv.Await(t, "the stream to be full", func() bool { return isFull(s) })
	<-time.After(toldEvery) // a record is to tell of it
	// One waits all the while: where nobody does, there is room for what is small.
	if err := s.Entrance(Refuse).Handle(t.Context(), numbered(0, 1)); !errors.Is(err, ErrFull) {
		t.Errorf("Handle of who does not wait: got %v, want ErrFull", err)
	}
	if err := s.Healthy(); !errors.Is(err, ErrFull) {
		t.Errorf("Healthy: got %v, want ErrFull", err)
	}
	if st := lawful(t, s); st.Bytes > 5<<20 || st.Cursors[1].Dropped.Total() != 0 {
		t.Errorf("full: got %d bytes of 4 MiB, %d dropped at the required handler", st.Bytes, st.Cursors[1].Dropped.Total())
	}
	cancel()
	err := testenv.Receive(t, "Handle to end with its context", filled)
	if !errors.Is(err, ErrFull) || !errors.Is(err, context.Canceled) {
		t.Errorf("Handle on a full stream: got %v, want ErrFull and Canceled", err)
	}
	if !strings.Contains(err.Error(), "handler store has not handled") {
		t.Errorf("Handle on a full stream: got %q, want it to name the handler", err)
	}
	if n < 2000 {
		t.Errorf("taken before it was full: got %d records, want about 4 MiB", n)
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
	testenv.Await(t, "the stream to be healthy, as there is room", func() bool { return s.Healthy() == nil })
	st := lawful(t, s)
	if st.Bytes > 5<<20 {
		t.Errorf("bytes: got %d, want at most 4 MiB and a message", st.Bytes)
	}
	if c := st.Cursors[0]; c.Dropped[NoRoom].Total() == 0 {
		t.Errorf("the handler that nobody waits for: got %v dropped, want some for lack of room", c.Dropped)
	}
	close(other.open)
}

// isFull reports whether who does not wait is sent away.
func isFull(s *Stream) bool {
	s.intake.mu.Lock()
	defer s.intake.mu.Unlock()
	return s.intake.full != nil
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
		if i%len(levels) == 4 && n[slog.LevelError] > 4000 { // for so many there is room, whoever came in at the last moment
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
	if took := time.Since(began); took > testenv.Patience {
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
	testenv.Await(t, "all to be stored", func() bool { return lawful(t, s).Waiting == 0 })
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	closeStream(t, s) // what is told of the last ones may be stored after all others
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
