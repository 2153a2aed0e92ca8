package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// inOrder is a handler that checks that each record comes once, in its order, and keeps none.
type inOrder struct {
	t    *testing.T
	name string
	next atomic.Int64
	fail func() error
	// slowest is the longest time from a record's Handle of the stream to here.
	slowest atomic.Int64
}

func (h *inOrder) Handle(_ context.Context, batch []record.Record) error {
	if h.fail != nil {
		if err := h.fail(); err != nil {
			return err
		}
	}
	for i := range batch {
		if got, want := number(&batch[i]), int(h.next.Load()); got != want {
			h.t.Errorf("%s: got number %d, want %d", h.name, got, want)
		}
		h.next.Add(1)
	}
	if late := int64(time.Since(batch[0].Time)); late > h.slowest.Load() {
		h.slowest.Store(late)
	}
	return nil
}

// heap is what is in use, in megabytes.
func heap() int {
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one made unreachable
	runtime.ReadMemStats(&memory)
	return int(memory.HeapAlloc >> 20)
}

// One handler is absent while the records come, one hangs, one fails at random: all get all, and the one that
// is well never waits for them. Memory does not grow with what waits.
func TestHandlersHoldBackNobody(t *testing.T) {
	n := 100_000
	if testenv.Long() {
		n = 5_000_000
	}
	before := heap()
	s := open(t, Options{Level: Disk, MaxBytes: 4 << 30})
	well, absent, hung := &inOrder{t: t, name: "well"}, &inOrder{t: t, name: "absent"}, &inOrder{t: t, name: "hung"}
	errs := &inOrder{t: t, name: "errs", fail: func() error {
		if rand.IntN(200) == 0 {
			return errors.New("down")
		}
		return nil
	}}
	c, err := s.Cursor("absent", absent, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := newGate(hung)
	for name, h := range map[string]record.Handler{"well": well, "errs": errs, "hung": g} {
		if _, err := s.Cursor(name, h, CursorOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for i := 0; i < n; i += 500 {
		batch := numbered(i, i+500)
		for j := range batch {
			batch[j].Time = time.Now()
		}
		store(t, s, batch)
	}
	testenv.Await(t, "the handler that is well", func() bool { return well.next.Load() == int64(n) })
	t.Logf("%d records in %v; the handler that is well got each after %v at most", n, time.Since(began), time.Duration(well.slowest.Load()))
	if st := lawful(t, s); st.Unhandled == 0 || hung.next.Load() > 0 || absent.next.Load() > 0 {
		t.Errorf("got %d records that wait, want all of the two that are not there", st.Unhandled)
	}
	grown := 0
	testenv.Await(t, "the heap to have grown by 150 MB at most, once JetStream has let go of what it wrote in the last seconds", func() bool {
		grown = heap() - before
		return grown <= 150
	})
	close(g.open)
	if _, err := s.Cursor("absent", absent, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Minute); s.Stats().Unhandled > 0; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d records are not handled", s.Stats().Unhandled)
		}
	}
	t.Logf("all have all after %v; the heap grew by %d MB", time.Since(began), grown)
	lawful(t, s)
	for _, h := range []*inOrder{well, absent, hung, errs} {
		if got := fmt.Sprint(h.next.Load()); got != fmt.Sprint(n) {
			t.Errorf("%s: got %s records, want %d", h.name, got, n)
		}
	}
}
