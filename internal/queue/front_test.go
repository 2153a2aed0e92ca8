package queue

import (
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// A caller that meets another one in a shared shard leaves its calls in another one, and stays there.
func TestCallersPart(t *testing.T) {
	var f front
	f.init()
	first := f.enterShared()
	second := f.enterShared()
	if first == second {
		t.Fatal("got the same shard twice")
	}
	first.leave()
	second.leave()
	if again := f.enterShared(); again != second {
		t.Error("the caller did not stay where it was alone")
	}
}

// What a call writes of a shard is in one cache line, and in no other shard's.
func TestShardsApart(t *testing.T) {
	const cacheLine = 64
	var s shard
	if unsafe.Sizeof(uintptr(0)) == 8 && (unsafe.Sizeof(s)%cacheLine != 0 || unsafe.Offsetof(s.last) > cacheLine || unsafe.Offsetof(s.done)%cacheLine != 0) {
		t.Errorf("a shard takes %d bytes, a call writes the first %d, and the listener those from %d on: want whole cache lines, the first of them for calls",
			unsafe.Sizeof(s), unsafe.Offsetof(s.last), unsafe.Offsetof(s.done))
	}
}

// A load holds what it has room for; a call with more attrs than that has a load of its own. What was taken
// out is not taken out again, and memory is used again once the calls were moved.
func TestLoads(t *testing.T) {
	var f front
	f.init()
	oneShard(&f)
	number := 0
	put := func(n int) (full int) {
		s, by := f.enter(n)
		c := s.add(n)
		number++
		for i := range n {
			s.attrs[int(c.from)+i] = slog.Int("a", number)
		}
		publish(s, c, n)
		s.leave()
		return by.loads
	}
	taken := 0
	var runs []run
	takeOut := func(want int) {
		t.Helper()
		if got := int(f.waiting()); got != want {
			t.Errorf("got %d calls waiting, want %d", got, want)
		}
		from := len(runs)
		runs = f.shared[0].takeOut(runs)
		for _, r := range runs[from:] {
			for i := range r.calls {
				taken++
				for _, a := range r.load.own(&r.calls[i]) {
					if got := a.Value.Int64(); got != int64(taken) {
						t.Fatalf("call %d has the attrs of call %d", taken, got)
					}
				}
			}
		}
		if taken != number {
			t.Fatalf("got %d calls, want %d", taken, number)
		}
	}
	for range 100 {
		put(1)
	}
	takeOut(100)
	takeOut(0)
	for range loadCalls - 100 {
		put(1)
	}
	for _, c := range []struct{ attrs, full int }{{2*loadAttrs + 1, 1}, {loadAttrs - 1, 2}, {2, 3}} {
		if full := put(c.attrs); full != c.full {
			t.Errorf("a call with %d attrs: got %d full loads, want %d", c.attrs, full, c.full)
		}
	}
	takeOut(loadCalls - 97)
	for i := range runs {
		runs[i].end(&f.spare)
	}
	if full := put(loadAttrs); full != 1 {
		t.Errorf("when all was moved: got %d full loads, want the one that was filled last", full)
	}
	spares := f.spare.spares.all
	if len(spares) != 1 {
		t.Fatalf("got %d loads to use again, want 2 less the one that was taken, and none of the larger one", len(spares))
	}
	for i, c := range spares[0].calls {
		if c != (call{}) {
			t.Fatalf("call %d of a load to use again: got %+v, want it empty", i, c)
		}
	}
	for i, a := range spares[0].attrs {
		if !a.Equal(slog.Attr{}) {
			t.Fatalf("attr %d of a load to use again: got %v, want it empty", i, a)
		}
	}
}

// Who closes the front waits for the caller that is in a shard, whose call counts; the next one finds it closed.
func TestCloseWaitsForCallers(t *testing.T) {
	var f front
	f.init()
	s, _ := f.enter(0)
	publish(s, s.add(0), 0) // memory is there
	s.leave()
	var entered, left atomic.Bool
	done := make(chan bool)
	go func() {
		defer close(done)
		s, _ := f.enter(0)
		entered.Store(true)
		for begin := time.Now(); time.Since(begin) < 10*time.Millisecond; {
		}
		publish(s, s.add(0), 0)
		left.Store(true)
		s.leave()
	}()
	for !entered.Load() {
		runtime.Gosched()
	}
	f.close()
	if !left.Load() || f.accepted() != 2 {
		t.Errorf("closed while a caller was in a shard: got %d calls accepted, want 2", f.accepted())
	}
	<-done
	if s, _ := f.enter(0); s != nil {
		t.Error("got a shard of a front that is closed")
	}
}
