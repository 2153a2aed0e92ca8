package queue

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// A caller that meets another one in a shared shard leaves its calls in another one, and stays there.
func TestCallersPart(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector may move the stack, by whose address callers are told apart
	runtime.GC()                                     // and one that runs already comes to its end
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
		c, attrs := s.add(n)
		number++
		for i := range attrs {
			attrs[i] = slog.Int("a", number)
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

// leaveEmpty leaves a call without anything.
func leaveEmpty(s *shard) {
	c, _ := s.add(0)
	publish(s, c, 0)
}

// Who closes the front waits for the caller that is in a shard, whose call counts; the next one finds it closed.
func TestCloseWaitsForCallers(t *testing.T) {
	var f front
	f.init()
	s, _ := f.enter(0)
	leaveEmpty(s) // memory is there
	s.leave()
	var entered, left atomic.Bool
	done := make(chan bool)
	go func() {
		defer close(done)
		s, _ := f.enter(0)
		entered.Store(true)
		for begin := time.Now(); time.Since(begin) < 10*time.Millisecond; {
		}
		leaveEmpty(s)
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

// What was put of a record that cannot be taken is taken back, and the next one takes its place.
func TestDrop(t *testing.T) {
	var s shard
	s.init(0)
	s.begin(newLoad(0))
	first, _ := s.add(2)
	publish(&s, first, 2)
	c, attrs := s.add(2)
	c.message, attrs[0] = "refused", slog.Int("refused", 1)
	at := c.from
	s.drop(c)
	if len(s.calls) != 1 || len(s.attrs) != 2 || *c != (call{}) || !s.attrs[:3][at].Equal(slog.Attr{}) {
		t.Errorf("got %d calls with %d attrs, and %+v and %v left of the one that was dropped", len(s.calls), len(s.attrs), *c, s.attrs[:3][at])
	}
	if next, _ := s.add(1); next != c || next.from != at {
		t.Errorf("the next call does not take its place: its attrs begin at %d, want %d", next.from, at)
	}
}

// A record one of whose values has to be asked is not taken, and stays in no part; one with settled values is, whatever
// their kinds.
func TestPutSlogSettled(t *testing.T) {
	l := New(Options{})
	o := &Outlet{l: l}
	origin := &Origin{To: everywhere{o}}
	asked := slog.Any("v", valuer{})
	for _, c := range []struct {
		name  string
		attrs []slog.Attr
		taken bool
	}{
		{"none", nil, true},
		{"of all kinds", []slog.Attr{
			slog.String("s", "x"), slog.Int("i", -1), slog.Bool("b", true), slog.Time("t", time.Now()), slog.Any("e", errors.New("x")),
		}, true},
		{"seen at a second glance", []slog.Attr{slog.Int("i", 1), slog.Any("a", netip.IPv6Loopback())}, true},
		{"one that is to be asked", []slog.Attr{asked}, false},
		{"the last one is", []slog.Attr{slog.Int("i", 1), slog.Int("i", 2), asked}, false},
		{"the last of more", slices.Concat(make([]slog.Attr, 6), []slog.Attr{asked}), false},
		{"more", make([]slog.Attr, 7), true},
	} {
		r := slog.NewRecord(time.Now(), slog.LevelInfo, c.name, 0)
		r.AddAttrs(c.attrs...)
		before := l.front.accepted()
		if got := l.PutSlog(origin, &r, false); got != c.taken {
			t.Errorf("%s: got %t, want %t", c.name, got, c.taken)
		}
		if got := l.front.accepted() - before; got != 0 != c.taken {
			t.Errorf("%s: got %d calls left", c.name, got)
		}
	}
	l.move(allCalls)
	parts, _, _, _ := o.log.lend(nil, maxBatch)
	var got []string
	for _, p := range parts {
		for i := p.from; i < p.to; i++ {
			got = append(got, fmt.Sprint(p.items[i].message, ": ", len(p.details.items[i].attrs)))
		}
	}
	if want := []string{"none: 0", "of all kinds: 5", "seen at a second glance: 2", "more: 7"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.IntValue(1) }
