package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// slowSpill is a Spill in memory whose disk hangs, or fails, as it is told.
type slowSpill struct {
	append   func() error                // is called for each batch
	appended func(batch []record.Record) // is told of each that was taken, if it is not nil

	mu      sync.Mutex // guards records
	records []spilledRecord
}

type spilledRecord struct {
	record.Record
	told bool
}

func (s *slowSpill) Append(batch []record.Record, told bool) error {
	if err := s.append(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range batch {
		s.records = append(s.records, spilledRecord{batch[i].Clone(), told})
	}
	if s.appended != nil {
		s.appended(batch)
	}
	return nil
}

func (s *slowSpill) Next(n int) (batch []record.Record, old, told bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(batch) < n && len(s.records) > 0 && !told && !(s.records[0].told && len(batch) > 0) {
		batch, told = append(batch, s.records[0].Record), s.records[0].told
		s.records = s.records[1:]
	}
	return batch, false, told, nil
}

func (s *slowSpill) Done()        {}
func (s *slowSpill) Old() bool    { return false }
func (s *slowSpill) Close() error { return nil }

// both is a router to two outlets.
type both struct{ a, b *Outlet }

func (both) Filtered() bool                                                  { return false }
func (both) Passes(*record.Record) bool                                      { return true }
func (r both) Route(_ slog.Level, _ func() *record.Record, to func(*Outlet)) { to(r.a); to(r.b) }

// spilling is a listener with a handler that stands, and has a Spill, and another one that is well.
type spilling struct {
	*Listener
	slow, well *Outlet
	gate       chan struct{} // closed when the handler goes on
	got        []int64       // what it has handled; it is to be flushed
	handled    atomic.Int64  // by the other one
}

func newSpilling(t *testing.T, s Spill, onError func(error)) *spilling {
	t.Helper()
	x := &spilling{Listener: New(Options{Budget: 4 << 20, OnError: onError}), gate: make(chan struct{})}
	var err error
	x.slow, err = x.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		<-x.gate
		for i := range batch {
			if batch[i].Logger != "jackdaw" {
				x.got = append(x.got, batch[i].Attrs[0].Value.Int64())
			}
		}
		return nil
	}), OutletOptions{Name: "slow", Spill: s})
	if err == nil {
		x.well, err = x.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			x.handled.Add(int64(len(batch)))
			return nil
		}), OutletOptions{Name: "well"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// log logs calls from one number up to another, as fast as the handler that is well has them.
func (x *spilling) log(t *testing.T, from, to int) {
	t.Helper()
	o := &Origin{Logger: "x", To: both{x.slow, x.well}}
	for i := from; i < to; i++ {
		x.Put(&Call{Origin: o, Time: time.Now(), Message: "m"}, []slog.Attr{slog.Int("i", i)})
		if i%500 == 499 || i == to-1 {
			x.move(allCalls)
			if err := x.well.flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// end lets the handler go on, and returns the counts when all is handled.
func (x *spilling) end(t *testing.T) (slow OutletStats) {
	t.Helper()
	close(x.gate)
	if err := x.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, o := range x.Stats().Outlets {
		if o.Accepted != o.Handled+o.Dropped.Total() || o.Waiting != 0 {
			t.Errorf("%s: got %+v", o.Name, o.Counts)
		}
		if o.Name == "slow" {
			slow = o
		}
	}
	if !slices.IsSorted(x.got) || uint64(len(x.got)) != slow.Handled {
		t.Errorf("got %d records of %d, in order: %t", len(x.got), slow.Handled, slices.IsSorted(x.got))
	}
	return slow
}

// A disk that hangs holds up no call, and no other handler: what has no room is dropped by the policy, and counted.
func TestSpillHangs(t *testing.T) {
	disk := make(chan struct{})
	x := newSpilling(t, &slowSpill{append: func() error { <-disk; return nil }}, func(err error) { t.Error(err) })
	const n = 60000
	x.log(t, 0, n)
	if got := x.handled.Load(); got != n {
		t.Errorf("the other handler: got %d records, want %d", got, n)
	}
	s := x.slow.stats()
	if s.Dropped[Full].Total() == 0 || s.Spilled != 0 || s.Bytes > 4<<20 {
		t.Errorf("got %+v, want that some are dropped", s)
	}
	close(disk)
	if s := x.end(t); s.Accepted != n || s.Dropped.Total() == 0 {
		t.Errorf("got %+v", s.Counts)
	}
}

// A disk that fails is told, and tried again; what could not be written goes to the handler in its order.
func TestSpillFails(t *testing.T) {
	var fails atomic.Bool
	fails.Store(true)
	told := make(chan error, 100)
	s := &slowSpill{append: func() error {
		if fails.Load() {
			return errors.New("the disk is full")
		}
		return nil
	}}
	x := newSpilling(t, s, func(err error) { told <- err })
	const n = 8000
	x.log(t, 0, n)
	if err := testenv.Receive(t, "an error", told); !strings.Contains(err.Error(), "slow: the disk is full") {
		t.Errorf("got %v", err)
	}
	if s := x.slow.stats(); s.Spilled != 0 || s.Waiting != n {
		t.Errorf("got %+v, want that all wait in memory", s)
	}
	if got := x.end(t); got.Handled != n || got.Dropped.Total() > 0 {
		t.Errorf("got %+v, want all handled", got.Counts)
	}
	fails.Store(false)
}

// An outage that is longer than memory by far loses nothing, and takes no more memory than it may.
func TestSpillOutage(t *testing.T) {
	x := newSpilling(t, &slowSpill{append: func() error { return nil }}, func(err error) { t.Error(err) })
	const n = 200000
	for i := 0; i < n; i += 2000 {
		x.log(t, i, i+2000)
		testenv.Await(t, "memory for more records", func() bool { return x.slow.stats().Bytes <= 3<<20 })
	}
	if s := x.slow.stats(); s.Spilled < n/2 || s.Bytes > 4<<20 || s.Dropped.Total() > 0 {
		t.Errorf("got %+v, want most in the Spill", s)
	}
	if s := x.end(t); s.Handled != n {
		t.Errorf("got %+v, want %d handled", s.Counts, n)
	}
	if want := fmt.Sprint(n - 1); len(x.got) == 0 || fmt.Sprint(x.got[len(x.got)-1]) != want {
		t.Errorf("got %d records", len(x.got))
	}
}
