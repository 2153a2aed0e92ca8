package queue

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The listener is woken by the first call after it has parked, by none while it naps, and by a shard that
// fills up, but not for a handler that does not keep up.
func TestWake(t *testing.T) {
	l := New(Options{OnError: func(error) {}})
	oneShard(&l.front)
	origin := &Origin{To: everywhere{&Outlet{l: l}}}
	woken := func(want bool, when string) {
		t.Helper()
		select {
		case <-l.wake:
			if !want {
				t.Errorf("%s: woken, want it left alone", when)
			}
		default:
			if want {
				t.Errorf("%s: not woken", when)
			}
		}
	}
	put := func() { l.Put(&Call{Origin: origin, Level: slog.LevelInfo}, nil) }
	for range 100 {
		put()
	}
	woken(false, "100 calls during a nap")
	l.gates.parked.Store(true)
	put()
	woken(true, "the first call after it parked")
	put()
	woken(false, "the second one")
	for l.front.waiting() <= wakeCalls {
		put()
	}
	woken(true, "a shard that fills up")
	for l.front.waiting() <= wakeCalls+loadCalls {
		put()
	}
	woken(false, "a shard that goes on to fill up")
	l.move(allCalls)
	l.gates.behind.Store(true)
	for l.front.waiting() <= wakeCalls+loadCalls {
		put()
	}
	woken(false, "a shard that fills up while a handler is behind")
}

// oneShard makes all callers go to one shard.
func oneShard(f *front) {
	f.own, f.shared = nil, f.shared[:1]
	for i := range f.homes {
		f.homes[i].Store(0)
	}
}

// A call that neither the listener sees as it parks, nor its caller sees parking, is found a moment later, where
// that can be.
func TestLateStoreIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{OnError: func(err error) { t.Error(err) }})
		o, err := l.Add(record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), OutletOptions{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for !l.gates.parked.Load() {
			time.Sleep(lookAgain / 10)
		}
		leaveQuietly(l, o)
		time.Sleep(2 * lookAgain)
		if got := o.stats().Handled; storesLate && got != 1 {
			t.Errorf("got %d records handled, want 1", got)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := l.Stats(); got.Accepted != 1 || o.stats().Handled != 1 {
			t.Errorf("got %d records accepted and %d handled, want 1", got.Accepted, o.stats().Handled)
		}
	})
}

// leaveQuietly leaves a call and tells nobody.
func leaveQuietly(l *Listener, o *Outlet) {
	s, _ := l.front.enter(0)
	c, _ := s.add(0)
	c.origin, c.key = &Origin{To: everywhere{o}}, l.clock.now()
	publish(s, c, 0)
	s.leave()
}
