// On Windows the clock may stand between two readings, so that no shard becomes the sole one.
//go:build amd64 && gc && !race && !jackdaw_portable && !windows

package queue

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
	"github.com/jackdaw-log/jackdaw/record"
)

// A processor's shard becomes the sole one by each sixteenth call in it, unless calls come from several.
func TestTakeFor(t *testing.T) {
	for _, c := range []struct {
		name    string
		number  uint32
		left    uint64
		crowded bool
		want    bool
	}{
		{name: "a first call", number: 1, want: true},
		{name: "one that is not a sixteenth", number: 1, left: 1},
		{name: "a sixteenth", number: 1, left: ticks.Every, want: true},
		{name: "while several have calls", number: 1, crowded: true},
		{name: "in a shared shard"},
	} {
		var s sole
		s.see(c.crowded)
		of := &shard{number: c.number}
		of.left.Store(c.left)
		if got := s.takeFor(of); got != c.want || got != (s.Number() == 1) {
			t.Errorf("%s: got %t, and %d is the sole one, want %t", c.name, got, s.Number(), c.want)
		}
	}
}

// another makes another place the sole one.
func another(s *ticks.Sole) {
	number := s.Number() + 1
	s.Leave(0, 0)
	s.Take(number)
}

// keep makes l keep the calls of an origin.
func keep(t *testing.T, l *Listener, o *Origin) {
	t.Helper()
	o.Kept = flight.NewOrigin("x", record.Scope{})
	r, _, err := flight.New(make([]byte, flight.MinBytes), flight.Options{Place: l.Place, Moment: l.Moment, Base: l.Base(), Tell: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	l.Keep(r)
}

// A call in the sole shard is stamped with ticks, unless it would have to wait, or is kept in another way. It wakes the
// listener that has parked, and is not taken once the front is closed.
func TestPutNowInSoleShard(t *testing.T) {
	type outcome struct {
		put, woken bool
		left       uint64
		stamp      stamp // of the last call
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the calls come to one shard
	for _, c := range []struct {
		name    string
		prepare func(*Listener, *Origin)
		want    outcome
	}{
		{"as it is", func(*Listener, *Origin) {}, outcome{put: true, left: 1, stamp: ticked}},
		{"kept, for the first time", func(l *Listener, o *Origin) { keep(t, l, o) }, outcome{put: true, left: 1, stamp: keyed}},
		{"in another processor's", func(l *Listener, _ *Origin) { another(&l.gates.sole.Sole) }, outcome{put: true, left: 1, stamp: keyed}},
		{"while somebody has no room", func(l *Listener, _ *Origin) { l.gates.blockers.Store(1) }, outcome{}},
		{"while the listener is parked", func(l *Listener, _ *Origin) { l.gates.parked.Store(true) },
			outcome{put: true, left: 1, stamp: ticked, woken: true}},
		{"after Close", func(l *Listener, _ *Origin) { l.front.closed.Store(true) }, outcome{put: true}},
	} {
		l, o := New(Options{OnError: func(error) {}}), new(Origin)
		l.clock.coarse = false // should the machine's stand
		s := &l.front.own[0]
		s.begin(newLoad(0))
		l.gates.sole.Take(s.number)
		c.prepare(l, o)
		got := outcome{put: l.PutNow(o, slog.LevelInfo, "m", 0, nil)}
		got.left, got.woken = l.front.accepted(), len(l.wake) > 0
		if len(s.calls) > 0 {
			got.stamp = s.calls[len(s.calls)-1].stamp
		}
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The listener sees whether calls come from several shards.
func TestCrowded(t *testing.T) {
	l := New(Options{})
	own, shared := &l.front.own[0], &l.front.shared[0]
	for _, s := range []*shard{own, shared} {
		s.begin(newLoad(0))
	}
	for _, c := range []struct {
		name string
		in   []*shard
		want bool
	}{
		{"calls in one shard", []*shard{own, own}, false},
		{"in two", []*shard{own, shared}, true},
		{"none", nil, true},
		{"in the other one", []*shard{shared}, false},
	} {
		for _, s := range c.in {
			put(s, "m", 1)
		}
		if l.takeOut(); l.gates.sole.crowded.Load() != c.want {
			t.Errorf("%s: got %t, want %t", c.name, !c.want, c.want)
		}
	}
}

// put leaves a call with that key, and ticks if it has none.
func put(s *shard, message string, key int64) {
	c, _ := s.add(0)
	c.message, c.key, c.stamp = message, key, keyed
	if key == 0 {
		c.stamp = ticked
		publishTicked(s, c, 0)
		return
	}
	publish(s, c, 0)
}

// Calls with ticks that are left while the listener looks are left for the next look: it may have been in the shards
// where their causes are before those came. All others are taken, up to such a one.
func TestTicksWhileLooking(t *testing.T) {
	var s shard
	s.init(1)
	s.begin(newLoad(0))
	put(&s, "a", 0)
	put(&s, "b", 5)
	s.see()
	put(&s, "c", 6)
	put(&s, "d", 0)
	put(&s, "e", 7)
	look := func(want ...string) {
		t.Helper()
		var got []string
		for _, r := range s.takeOut(nil) {
			for _, c := range r.calls {
				got = append(got, c.message)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	look("a", "b", "c")
	look()
	s.see()
	look("d", "e")

	for len(s.calls) < loadCalls-1 {
		put(&s, "", 8)
	}
	s.see()
	s.takeOut(nil)
	put(&s, "f", 8)
	s.begin(newLoad(0))
	put(&s, "g", 0) // the first of a load
	look("f")
	s.see()
	look("g")
}

// A caller may be stopped after it has found its shard the sole one, and leave its call, and cause others, while the listener
// looks and another shard is the sole one. Neither is taken without the other: the sole shard is looked at first.
func TestSoleShardIsSeenFirst(t *testing.T) {
	l := New(Options{})
	l.front.own = make([]shard, 3)
	for i := range l.front.own {
		l.front.own[i].init(uint32(i) + 1)
		l.front.own[i].begin(newLoad(0))
	}
	before, now, other := &l.front.own[0], &l.front.own[1], &l.front.own[2]
	put(before, "a", 10)
	l.gates.sole.Take(now.number)
	put(now, "b", 20)
	put(other, "c", 30)
	visited := 0
	l.front.allFrom(l.gates.sole.Number(), func(s *shard) {
		s.see()
		if visited++; s == before {
			put(before, "cause", 0)
			put(now, "caused", 0)
		}
	})
	var got []string
	l.front.all(func(s *shard) {
		for _, r := range s.takeOut(nil) {
			for _, c := range r.calls {
				got = append(got, c.message)
			}
		}
	})
	if want := []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q taken, want %q", got, want)
	}
	if want := len(l.front.own) + len(l.front.shared); visited != want {
		t.Errorf("got %d shards seen, want each of %d once", visited, want)
	}
}

// A call with ticks has the key of those before it in its shard, but not that of a time that is ahead, which a program
// can make up, and a time of its own.
func TestTicksInOrder(t *testing.T) {
	l := New(Options{})
	l.scale.from, l.scale.to, l.scale.length = mark{0, 0}, mark{3000, 1000}, 1./3
	base := time.Now()
	l.block.now, l.block.key = base, 990
	s := &shard{high: 40}
	r := &run{shard: s, calls: []call{
		{message: "a", key: 300, stamp: ticked},
		{message: "b", key: 500, stamp: keyed},
		{message: "c", key: 2700, stamp: ticked},
		{message: "ahead", key: 5000, time: base.Add(time.Hour)},
		{message: "d", key: 2850, stamp: ticked},
		{message: "made up", key: 450},
		{message: "e", key: 2940, stamp: ticked},
	}}
	l.order(r, 1000)
	want := []call{
		{message: "a", key: 40, time: base.Add(-890)},
		{message: "made up", key: 450},
		{message: "b", key: 500, stamp: keyed},
		{message: "c", key: 500, time: base.Add(-90)},
		{message: "d", key: 500, time: base.Add(-40)},
		{message: "e", key: 500, time: base.Add(-10)},
		{message: "ahead", key: 1000, time: base.Add(time.Hour)},
	}
	for i, got := range r.calls {
		if got != want[i] {
			t.Errorf("call %d: got %q with key %d at %v, want %q with %d at %v", i, got.message, got.key, got.time.Sub(base),
				want[i].message, want[i].key, want[i].time.Sub(base))
		}
	}
	if s.high != 500 {
		t.Errorf("got %d as the highest key, want 500", s.high)
	}

	// The clock of the caller's processor is a little ahead of the listener's.
	ahead := &run{shard: s, calls: []call{{message: "f", key: 1010, stamp: keyed}}}
	l.order(ahead, 1000)
	after := &run{shard: s, calls: []call{{message: "g", key: 2950, stamp: ticked}}}
	l.order(after, 1005)
	if f, g := ahead.calls[0].key, after.calls[0].key; f != 1010 || g != 1010 {
		t.Errorf("got %d as the key of a call whose clock is ahead, and %d for one with ticks after it, want 1010 for both", f, g)
	}
}

// Records whose calls had ticks show the time of the call, like others.
func TestTimesByTicks(t *testing.T) {
	type told struct {
		at     time.Time
		number int64
	}
	var got []told
	l := New(Options{OnError: func(err error) { t.Error(err) }})
	o, err := l.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for _, r := range batch {
			got = append(got, told{r.Time, r.Attrs[0].Value.Int64()})
		}
		return nil
	}), OutletOptions{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	l.clock.coarse = false // should the machine's stand
	origin := &Origin{To: everywhere{o}}
	var begun []time.Time // of each call
	byTicks := 0
	for end := time.Now().Add(testenv.Patience); byTicks < 20_000 && time.Now().Before(end); {
		for range 50 {
			sole := l.gates.sole.Number() != 0
			begun = append(begun, time.Now())
			l.PutNow(origin, slog.LevelInfo, "m", 0, []slog.Attr{slog.Int("i", len(begun)-1)})
			if sole && l.gates.sole.Number() != 0 {
				byTicks++
			}
		}
		l.move(allCalls)
	}
	end := time.Now()
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if byTicks < 20_000 || len(got) != len(begun) {
		t.Fatalf("got %d records of %d calls, %d of them by ticks, want 20,000", len(got), len(begun), byTicks)
	}
	// On a machine that does much else each single reading may be late, and most are not.
	early, late := 0, 0
	begun = append(begun, end)
	for i, r := range got {
		if r.number != int64(i) {
			t.Fatalf("got call %d, want %d", r.number, i)
		}
		if r.at.Before(begun[i].Add(-time.Microsecond)) {
			early++
		}
		if r.at.After(begun[i+1].Add(time.Microsecond)) {
			late++
		}
	}
	if bound := len(got) / 100; early > bound || late > bound {
		t.Errorf("%d of %d records are a microsecond earlier than their calls, and %d later than what came after: want no more than %d",
			early, len(got), late, bound)
	}
}

// Who logs alone for a while and then lets another one go on: the calls come in their order, though most have no key
// of their own.
func TestOrderOfBursts(t *testing.T) {
	t.Run("as they are", func(t *testing.T) { testOrderOfBursts(t, func(*Listener, *Origin) {}) })
	t.Run("kept", func(t *testing.T) { testOrderOfBursts(t, func(l *Listener, o *Origin) { keep(t, l, o) }) })
}

func testOrderOfBursts(t *testing.T, prepare func(*Listener, *Origin)) {
	l := New(Options{OnError: func(err error) { t.Error(err) }})
	origin, next := numbered(t, l)
	prepare(l, origin)
	rounds := int64(20_000)
	if testenv.Long() {
		rounds = 300_000
	}
	var turn, byTicks, calls atomic.Int64
	done := make(chan struct{})
	const goroutines = 2
	for g := range int64(goroutines) {
		go func() {
			defer func() { done <- struct{}{} }()
			large := make([]slog.Attr, loadAttrs+1) // too many for a shard of a processor
			for i := turn.Load(); i < rounds; i = turn.Load() {
				if i%goroutines != g {
					for n := 0; n < 5000 && turn.Load() == i; n++ {
						// so that the others have their turn on another processor
					}
					runtime.Gosched()
					continue
				}
				for n := i * 7919 % 60; n >= 0; n-- {
					large[0] = slog.Int64("i", calls.Load())
					calls.Add(1)
					switch {
					case i%256 == 0:
						l.Put(&Call{Origin: origin, Time: time.Now()}, large)
					case i%5 == 0:
						r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)
						r.AddAttrs(large[0])
						l.PutSlog(origin, &r, false)
					default:
						sole := l.gates.sole.Number() != 0
						putNow(l, origin, large[:1])
						if sole && l.gates.sole.Number() != 0 {
							byTicks.Add(1)
						}
					}
				}
				turn.Store(i + 1)
			}
		}()
	}
	for turn.Load() < rounds {
		l.move(turnCalls)
		l.gates.sole.see(false) // each burst may have its turn
		runtime.Gosched()
	}
	for range goroutines {
		<-done
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if *next != calls.Load() {
		t.Errorf("got %d calls, want %d", *next, calls.Load())
	}
	if byTicks.Load() == 0 && !l.clock.coarse {
		t.Error("no call had ticks")
	}
	t.Logf("%d of %d calls had ticks", byTicks.Load(), calls.Load())
}
