// On Windows the clock may stand between two readings, so that calls are not kept by CallNow.
//go:build amd64 && gc && !race && !jackdaw_portable && !windows

package flight

import (
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
	"github.com/jackdaw-log/jackdaw/record"
)

// here returns the number of the processor on which the caller runs, plus one.
func here() uint32 {
	at := pin()
	unpin()
	return uint32(at) + 1
}

// Calls that know of each other are left in their order, in whatever lanes they are, with ticks or without.
func TestOrderOfLanes(t *testing.T) {
	rounds := 2
	if testenv.Long() {
		rounds = 100
	}
	byTicks := 0
	for range rounds {
		byTicks += orderOfLanes(t)
	}
	t.Logf("%d calls with ticks", byTicks)
	if byTicks < rounds*1000 {
		t.Errorf("got %d calls with ticks in %d rounds, want more", byTicks, rounds)
	}
}

func orderOfLanes(t *testing.T) int {
	const goroutines, calls = 3, 200_000
	m := make([]byte, 64<<20)
	options := testOptions(t)
	r, _, err := New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	o := NewOrigin("shop", record.Scope{})
	var turn, byTicks atomic.Int64 // the turn is the next call's number, times goroutines, and whose it is
	var wg sync.WaitGroup
	for g := range int64(goroutines) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), rand.Uint64()))
			for {
				at := turn.Load()
				i := at / goroutines
				if i >= calls {
					return
				}
				if at%goroutines != g {
					runtime.Gosched()
					continue
				}
				for end := i + 1 + random.Int64N(1<<random.IntN(8)); i < end; i++ {
					attrs := []slog.Attr{slog.Int64("i", i)}
					var k Kept
					switch random.IntN(100) {
					case 0:
						now := time.Now()
						k.Token = r.Call(&Call{Origin: o, Message: "m", Key: int64(now.Sub(options.Base)), Time: now}, attrs, nil)
					case 1:
						k.Token = r.Record(&record.Record{Attrs: attrs}, int64(time.Since(options.Base)))
					default:
						sole := r.sole.Number()
						if sole == 0 {
							sole = here()
						}
						k, _ = r.CallNow(o, sole, 0, "m", 0, attrs)
					}
					if k.Token == 0 {
						t.Errorf("call %d was not kept", i)
					}
					if k.Ticks {
						byTicks.Add(1)
					}
				}
				turn.Store(i*goroutines + random.Int64N(goroutines))
			}
		})
	}
	wg.Wait()
	for want, got := range numbers(t, m) {
		if got != want {
			t.Fatalf("got call %d, want call %d", got, want)
		}
	}
	return int(byTicks.Load())
}

// The time of a call with ticks is that at which it was made, at most some microseconds earlier: in the first of these of a
// segment, and behind its last moment, too.
func TestTimesByTicks(t *testing.T) {
	m := make([]byte, 64<<20)
	r := recorder(t, m)
	o, sole := NewOrigin("shop", record.Scope{}), uint32(0)
	type made struct{ from, to time.Time }
	var calls []made
	byTicks := 0
	for i := range 100_000 {
		if sole = r.sole.Number(); sole == 0 {
			sole = here()
		}
		from := time.Now()
		k, _ := r.CallNow(o, sole, 0, "m", 0, []slog.Attr{slog.Int("i", i)})
		calls = append(calls, made{from, time.Now()})
		if k.Ticks {
			byTicks++
		}
		for i%10_000 == 0 && time.Since(from) < 5*time.Millisecond {
			runtime.Gosched()
		}
	}
	if byTicks < len(calls)/10 {
		t.Errorf("got %d calls of %d with ticks, want most", byTicks, len(calls))
	}
	got, left := rest(t, m)
	if len(got) != len(calls) || left.Damaged > 0 {
		t.Fatalf("got %d records, %d damaged, want %d", len(got), left.Damaged, len(calls))
	}
	const most = 100 * time.Microsecond // ten times what is meant
	wrong := 0
	for i := range got {
		if i > 0 && got[i].Time.Before(got[i-1].Time.Add(-most)) {
			t.Errorf("call %d: got %v behind %v", i, got[i].Time, got[i-1].Time)
		}
		if at := got[i].Time; at.Before(calls[i].from.Add(-most)) || at.After(calls[i].to.Add(most)) {
			if wrong++; wrong < 5 {
				t.Errorf("call %d: got %v, want it between %v and %v", i, at, calls[i].from, calls[i].to)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d times are wrong", wrong)
	}
	if last := left.Runs[0].Last; !last.Equal(got[len(got)-1].Time) {
		t.Errorf("the last: got %v, want %v", last, got[len(got)-1].Time)
	}
}

// A moment is written again once it does not tell ticks any more: the later, the less often.
func TestMomentsOfTicks(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	l := &r.lanes[0]
	if !l.begin(segmentBytes) {
		t.Fatal("got no segment")
	}
	began, holds := l.moment.ticks, l.holds
	if holds != minHolds || !l.tellsTicks(began) || !l.tellsTicks(began+holds) || l.tellsTicks(began+holds+1) || l.tellsTicks(began-1) {
		t.Errorf("got a first moment that holds for %d ticks", holds)
	}
	for ticks.Read()-began < 8*minHolds {
		runtime.Gosched()
	}
	if !l.putMoment() || l.holds < 8*minHolds || l.holds != l.moment.ticks-began {
		t.Errorf("got a moment after %d ticks that holds for %d", l.moment.ticks-began, l.holds)
	}
	l.began -= 1 << 40
	if !l.putMoment() || l.holds != maxHolds {
		t.Errorf("got one that holds for %d", l.holds)
	}
	l.began += 1 << 50 // ticks were set back
	if !l.putMoment() || l.holds != minHolds {
		t.Errorf("got one that holds for %d after ticks that were set back", l.holds)
	}
}

// elsewhere calls f while the lane of the processor is in use, so that what it keeps is in another one.
func elsewhere(r *Recorder, f func()) {
	l := r.enter()
	f()
	l.leaveTicked(false)
}

// A call that would have made its lane the sole one and was not kept, and one of a time that its program has made up, say nothing of
// the calls behind them: these are left in the order in which they may have caused each other.
func TestOrderBehindOddCalls(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the calls come to one lane
	const odd = 1000
	o := NewOrigin("shop", record.Scope{})
	call := func(r *Recorder, in time.Duration) {
		at := time.Now().Add(in)
		r.Call(&Call{Origin: o, Message: "m", Key: int64(at.Sub(r.o.Base)), Time: at}, []slog.Attr{slog.Int("i", odd)}, nil)
	}
	for _, c := range []struct {
		name  string
		odd   func(r *Recorder)
		ticks bool // calls are stamped with ticks behind it
	}{
		{"none", func(*Recorder) {}, true},
		{"not settled", func(r *Recorder) { r.CallNow(o, 1, 0, "m", 0, []slog.Attr{slog.Any("i", []int{1})}) }, true},
		{"too large", func(r *Recorder) { r.CallNow(o, 1, 0, "m", 0, make([]slog.Attr, maxAttrs+1)) }, true},
		{"of a later time", func(r *Recorder) { call(r, time.Hour) }, false},
		{"of a later time, in the sole lane", func(r *Recorder) { r.sole.Take(1); call(r, time.Hour) }, false},
		{"of earlier times, the first in a segment of the sole lane", func(r *Recorder) {
			r.sole.Take(1)
			r.own[0].begin(segmentBytes)
			call(r, -time.Hour)
			call(r, -time.Hour)
		}, true},
	} {
		m, n, byTicks := make([]byte, MinBytes), 0, 0
		r := recorder(t, m)
		number := func(sole uint32) {
			k, _ := r.CallNow(o, sole, 0, "m", 0, []slog.Attr{slog.Int("i", n)})
			if n++; k.Ticks {
				byTicks++
			}
		}
		for range ticks.Every {
			number(0)
		}
		elsewhere(r, func() { number(0) })
		c.odd(r)
		r.own[0].holds = maxHolds // so that there need be no moment
		for range 3 * ticks.Every {
			number(1)
		}
		elsewhere(r, func() { number(0) })
		got := slices.DeleteFunc(numbers(t, m), func(i int) bool { return i == odd })
		if len(got) != n || !slices.IsSorted(got) {
			t.Errorf("%s: got %v, want 0 to %d", c.name, got, n-1)
		}
		if byTicks > 0 != c.ticks {
			t.Errorf("%s: got %d calls with ticks, want that there are some: %t", c.name, byTicks, c.ticks)
		}
	}
}

// Behind a call of a time that was later than the clock's when it was made, there are ticks again once the clock is past it.
func TestTicksBehindLaterCall(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r, o := recorder(t, make([]byte, MinBytes)), NewOrigin("shop", record.Scope{})
	later := time.Now().Add(20 * time.Millisecond)
	r.Call(&Call{Origin: o, Message: "later", Key: int64(later.Sub(r.o.Base)), Time: later}, nil, nil)
	byTicks := func() (n int) {
		for range 3 * ticks.Every {
			if k, _ := r.CallNow(o, 1, 0, "m", 0, nil); k.Ticks {
				n++
			}
		}
		return n
	}
	if n := byTicks(); n > 0 && time.Now().Before(later) {
		t.Errorf("got %d calls with ticks before that time", n)
	}
	for !time.Now().After(later) {
		runtime.Gosched()
	}
	if byTicks() == 0 {
		t.Error("got no calls with ticks after it")
	}
}
