package queue

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// Where the clock stands, keys are higher from call to call all the same, across goroutines too.
func TestClockThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		c.start()
		if !c.coarse {
			t.Fatal("a clock that stands was taken for one that moves")
		}
		const callers, each = 8, 1000
		var wg sync.WaitGroup
		keys := make(chan int64, callers*each)
		for range callers {
			wg.Go(func() {
				last := int64(-1)
				for range each {
					now := time.Now()
					key := c.key(&now)
					if key <= last {
						t.Errorf("got key %d after %d", key, last)
					}
					last = key
					keys <- key
				}
			})
		}
		wg.Wait()
		close(keys)
		seen := map[int64]bool{}
		for key := range keys {
			if seen[key] {
				t.Fatalf("key %d was given twice", key)
			}
			seen[key] = true
		}
		time.Sleep(time.Second)
		if key := c.now(); key != int64(time.Second) {
			t.Errorf("after a second: got key %d, want the time", key)
		}
	})
}

// Where it moves, keys are the time, to which those of made-up times do not count.
func TestClockThatMoves(t *testing.T) {
	var c clock
	c.start()
	c.coarse = false // should the machine's stand
	at := c.base.Add(time.Hour)
	if got := c.key(&at); got != int64(time.Hour) {
		t.Errorf("key of a time: got %d, want that of the clock", got)
	}
	for _, odd := range []time.Time{{}, at.Round(0)} {
		if got := c.key(&odd); got < 0 || got >= int64(time.Hour) {
			t.Errorf("key of %v, which is not of the clock: got %v, want now", odd, time.Duration(got))
		}
	}
	for _, at := range []time.Time{at, c.base.Add(-time.Second), time.Now()} {
		if got, want := c.key(&at), int64(at.Sub(c.base)); got != want || c.oddKey(at) != want {
			t.Errorf("key of %v: got %d, the long way %d, want %d", at, got, c.oddKey(at), want)
		}
	}
}

// A caller that meets another one in a shard leaves its calls in another one, and stays there.
func TestCallersPart(t *testing.T) {
	var f front
	f.init()
	first := f.lock()
	second := f.lock()
	if first == second {
		t.Fatal("got the same shard twice")
	}
	first.mu.Unlock()
	second.mu.Unlock()
	if again := f.lock(); again != second {
		t.Error("the caller did not stay where it was alone")
	}
}

// What a call writes of a shard is in one cache line, and in no other shard's.
func TestShardsApart(t *testing.T) {
	const cacheLine = 64
	var s shard
	if unsafe.Sizeof(uintptr(0)) == 8 && (unsafe.Sizeof(s)%cacheLine != 0 || unsafe.Offsetof(s.full) > cacheLine) {
		t.Errorf("a shard takes %d bytes, and a call writes the first %d: want whole cache lines, and one", unsafe.Sizeof(s), unsafe.Offsetof(s.full))
	}
}

// A load holds what it has room for; a call with more attrs than that has a load of its own.
func TestLoads(t *testing.T) {
	var s shard
	put := func(n int) {
		s.mu.Lock()
		if !s.has(n) {
			s.begin(n, new(pool))
		}
		c := s.add(n)
		for i := range n {
			s.attrs[int(c.from)+i] = slog.Int("a", s.waiting())
		}
		s.mu.Unlock()
	}
	for range loadCalls {
		put(1)
	}
	put(2*loadAttrs + 1)
	put(loadAttrs - 1)
	put(2)
	if len(s.full) != 3 || s.waiting() != loadCalls+3 {
		t.Fatalf("got %d loads filled and %d calls, want 3 and %d", len(s.full), s.waiting(), loadCalls+3)
	}
	number := 0
	for _, ld := range append(s.full, s.load) {
		for i := range ld.calls {
			number++
			for _, a := range ld.own(&ld.calls[i]) {
				if got := a.Value.Int64(); got != int64(number) {
					t.Fatalf("call %d has the attrs of call %d", number, got)
				}
			}
		}
	}
}
