package queue

import (
	"log/slog"
	"testing"
)

// The listener is woken by the first call after it has parked, by none while it naps, and by a shard that
// fills up.
func TestWake(t *testing.T) {
	l := New(Options{OnError: func(error) {}})
	l.front.shards = l.front.shards[:1]
	for i := range l.front.homes {
		l.front.homes[i].Store(0)
	}
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
	for l.front.waiting() <= wakeLoads*loadCalls {
		put()
	}
	woken(true, "a shard that fills up")
	for l.front.waiting() <= (wakeLoads+1)*loadCalls {
		put()
	}
	woken(false, "a shard that goes on to fill up")
}
