// As in sole_test.go.
//go:build amd64 && gc && !race && !jackdaw_portable && !windows

package queue

import (
	"log/slog"
	"runtime"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/flight"
)

// Calls that are kept have ticks in the sole shard, and whether they have or not, each has what stands for it in the file, which
// is released if it is refused.
func TestPutNowKept(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the calls come to one shard, and one lane
	l, o := New(Options{OnError: func(error) {}}), new(Origin)
	l.clock.coarse = false // should the machine's stand
	keep(t, l, o)
	s, stamps, tokens := &l.front.own[0], map[stamp]int{}, map[flight.Token]bool{}
	s.begin(newLoad(0))
	put := func() {
		if !l.PutNow(o, slog.LevelInfo, "m", 0, nil) {
			t.Fatal("a call was not put")
		}
	}
	for range loadCalls {
		put()
	}
	for _, c := range s.calls {
		stamps[c.stamp]++
		tokens[c.token] = true
	}
	if stamps[ticked] == 0 || stamps[keyed] == 0 || len(s.calls) != loadCalls {
		t.Errorf("got %v of %d calls, want some with ticks and some with a key", stamps, len(s.calls))
	}
	if tokens[0] || len(tokens) != len(s.calls) {
		t.Errorf("got %d tokens for %d calls", len(tokens), len(s.calls))
	}
	l.front.closed.Store(true)
	put()
	r := l.gates.recorder.Load()
	for token := range tokens {
		r.Release([]flight.Token{token})
	}
	if !r.Close() {
		t.Error("got that something is kept, once all calls were released but the one that was refused")
	}
}

// The key of a call that was kept by the clock is that by which it was kept, unless its shard is the sole one since: it was read before.
func TestKeyOfKept(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range []struct {
		name    string
		kept    flight.Kept
		crowded bool // so that no shard becomes the sole one
		same    bool
	}{
		{"kept by the clock", flight.Kept{Key: 5}, true, true},
		{"kept by the clock, and the first one in the sole shard", flight.Kept{Key: 5}, false, false},
		{"kept by ticks", flight.Kept{Key: 5, Ticks: true}, true, false},
		{"not kept", flight.Kept{}, true, false},
	} {
		l := New(Options{})
		l.clock.coarse = false // should the machine's stand
		l.gates.sole.see(c.crowded)
		before := l.clock.now()
		l.putKeyed(new(Origin), slog.LevelInfo, "m", 0, nil, c.kept)
		if key := l.front.own[0].calls[0].key; c.same && key != c.kept.Key || !c.same && key < before {
			t.Errorf("%s: got key %d, after %d", c.name, key, before)
		}
	}
}
