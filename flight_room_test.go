package jackdaw_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// What is logged costs no memory in flight mode either.
func TestFlightAllocations(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	openFlight(t, h, filepath.Join(t.TempDir(), "flight"), jackdaw.FlightOptions{})
	l, d, err := h.Logger("x").With("a", 1), h.Direct("x"), errors.New("reset")
	ctx := context.Background()
	f := func(name string, log func()) {
		t.Helper()
		if got := testing.AllocsPerRun(2000, log); got > 0 {
			t.Errorf("%s: got %v allocations a call, want 0", name, got)
		}
	}
	attrs := []slog.Attr{slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1234567), slog.Bool("cached", false), slog.Any("err", err)}
	f("slog", func() { l.LogAttrs(ctx, slog.LevelInfo, "m", attrs...) })
	f("direct", func() { d.LogAttrs(ctx, slog.LevelInfo, "m", attrs...) })
	flush(t, h)
	if s := h.Stats().Flight; s.Uncovered > 0 || s.Used > 4<<20 {
		t.Errorf("got %+v, want that room is used again", s)
	}
}

// A handler that does not take its records does not hold back those of others, or calls, when the file is full: what has no room there
// is counted and told, and what is there stays.
func TestFlightFull(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	var told atomic.Int32
	h := hung(t, jackdaw.Options{OnError: func(err error) {
		if strings.Contains(err.Error(), "full of what is not handled yet") {
			told.Add(1)
		}
	}})
	openFlight(t, h, file, jackdaw.FlightOptions{Bytes: 1 << 20})
	const n = 40000
	for i := range n {
		h.Logger("x").Info("m", "i", i)
	}
	s := h.Stats()
	if s.Flight.Uncovered == 0 || s.Accepted != n || s.Handlers[0].DroppedTotal() > 0 {
		t.Errorf("got %+v", s)
	}
	testenv.Await(t, "an error to be told", func() bool { return told.Load() > 0 })
	if got := told.Load(); got != 1 {
		t.Errorf("told %d times, want once", got)
	}
	giveUp(t, h)
	next, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{Bytes: 1 << 20})
	waitLeft(t, next)
	if got := uint64(len(m.messages()) - 1); got != n-s.Flight.Uncovered {
		t.Errorf("got %d records, want %d", got, n-s.Flight.Uncovered)
	}
	next.Logger("x").Info("again")
	if s := next.Stats().Flight; s.Uncovered > 0 || s.Left > 0 {
		t.Errorf("got %+v, want room again", s)
	}
}

// More than memory is for comes all the same, in its order, and what had no time stays for the next process.
func TestFlightLeftIsMuch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	h := hung(t, jackdaw.Options{QueueBytes: 1 << 20})
	openFlight(t, h, file, jackdaw.FlightOptions{Bytes: 32 << 20})
	d := h.Direct("x")
	const n = 50000
	for i := range n {
		d.LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int("i", i))
	}
	// What the queue drops has been handled in a way, and does not come again, save what is in the same segment as what the
	// handler has: there are some 1,500 of these calls in one, and a goroutine may have begun two.
	const shared = 2 * 1500
	var waits uint64
	testenv.Await(t, "the queue to have moved all calls", func() bool {
		s := h.Stats().Handlers[0]
		waits = s.Waiting
		return s.Accepted == n
	})
	giveUp(t, h)
	between := hung(t, jackdaw.Options{})
	openFlight(t, between, file, jackdaw.FlightOptions{})
	left := between.Stats().Flight.Left
	giveUp(t, between)
	if uint64(left) < waits || uint64(left) > waits+shared {
		t.Errorf("got %d left of %d, want the %d that waited and %d more at most", left, n, waits, shared)
	}
	h = hung(t, jackdaw.Options{})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for i := range n {
		h.Direct("x").LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int("i", n+i))
	}
	left = h.Stats().Flight.Left + n
	giveUp(t, h)
	next, m := jackdaw.New(jackdaw.Options{QueueBytes: 2 << 20}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	waitLeft(t, next)
	last, got := int64(-1), 0
	for _, r := range m.records {
		if r.Logger == "jackdaw" {
			continue
		}
		if i := r.Attrs[0].Value.Int64(); i <= last {
			t.Fatalf("%d came after %d", i, last)
		} else {
			last = i
		}
		got++
	}
	if got != left || last != 2*n-1 {
		t.Errorf("got %d records up to %d, want %d", got, last, left)
	}
	checkLaw(t, next.Stats())
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// Records that are in the files of a Spill need no other.
func TestFlightWithSpill(t *testing.T) {
	dir := t.TempDir()
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget, OnError: func(error) {}})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: filepath.Join(dir, "spill")})
	openFlight(t, h, filepath.Join(dir, "flight"), jackdaw.FlightOptions{})
	const n = 60000
	logSpilling(t, h, n, info(h))
	hs := spilled(t, h)
	s := h.Stats()
	if hs.Spilled < n/4 || s.Flight.Uncovered > 0 {
		t.Errorf("got %+v, want most in the files", s)
	}
	close(gate)
	flush(t, h)
	if got := len(m.records); got != n {
		t.Errorf("got %d records, want %d", got, n)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "flight")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is gone", err)
	}
}

// A handler that is taken out with records that it has not taken does not hold them in the file.
func TestFlightRemoved(t *testing.T) {
	h := hung(t, jackdaw.Options{})
	file := filepath.Join(t.TempDir(), "flight")
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for i := range 1000 {
		h.Logger("x").Info("m", "i", i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.RemoveHandler(ctx, "hung"); err == nil {
		t.Error("got no error")
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is gone", err)
	}
}
