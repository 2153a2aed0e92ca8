package queue

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// numbered returns an origin for calls whose first attr is their number, of which the first that does not come in order is an
// error, and how many there were, which can be read once l is closed.
func numbered(t *testing.T, l *Listener) (*Origin, *int64) {
	t.Helper()
	next, wrong := int64(0), false
	o, err := l.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for _, r := range batch {
			if got := r.Attrs[0].Value.Int64(); got != next && !wrong {
				wrong = true
				t.Errorf("got call %d, want call %d", got, next)
			}
			next++
		}
		return nil
	}), OutletOptions{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return &Origin{To: everywhere{o}}, &next
}

// putNow puts a call as a logger does: where the machine's clock stands, too.
func putNow(l *Listener, o *Origin, attrs []slog.Attr) {
	if !l.PutNow(o, slog.LevelInfo, "m", 0, attrs) {
		l.Put(&Call{Origin: o, Time: time.Now(), Message: "m"}, attrs)
	}
}

// Calls that know of each other come in their order, however often it is looked for them meanwhile, and whatever
// shards they are left in.
func TestOrderWhileSomebodyLooks(t *testing.T) {
	l := New(Options{OnError: func(err error) { t.Error(err) }})
	origin, next := numbered(t, l)
	const goroutines, rounds = 3, 10_000
	var turn atomic.Int64
	var wg sync.WaitGroup
	for g := range int64(goroutines) {
		wg.Go(func() {
			large := make([]slog.Attr, loadAttrs+1) // too many for a shard of a processor
			for i := turn.Load(); i < rounds; i = turn.Load() {
				if i%goroutines != g {
					runtime.Gosched()
					continue
				}
				large[0] = slog.Int64("i", i)
				switch {
				case i%512 < goroutines:
					l.Put(&Call{Origin: origin, Time: time.Now()}, large)
				case i%2 == 0:
					putNow(l, origin, large[:1])
				default:
					r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 0)
					r.AddAttrs(large[0])
					l.PutSlog(origin, &r, false)
				}
				turn.Store(i + 1)
			}
		})
	}
	for turn.Load() < rounds {
		l.move(turnCalls)
		runtime.Gosched()
	}
	wg.Wait()
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if *next != rounds {
		t.Errorf("got %d calls, want %d", *next, rounds)
	}
}

// A call that is later than the listener's look is held for the next one: what happened before it may be in a shard that was
// emptied already.
func TestLaterCallIsHeld(t *testing.T) {
	l := New(Options{OnError: func(err error) { t.Error(err) }})
	o := &Outlet{l: l}
	leave := func(key int64, message string) {
		s, _ := l.front.enter(0)
		c, _ := s.add(0)
		c.origin, c.message, c.key = &Origin{To: everywhere{o}}, message, key
		publish(s, c, 0)
		s.leave()
	}
	before := l.clock.now()
	leave(before+int64(time.Hour), "second")
	if n, held := l.move(allCalls); n != 0 || !held {
		t.Errorf("got %d calls moved, and held %t, want it held", n, held)
	}
	leave(before, "first")
	if n, held := l.move(allCalls); n != 2 || held {
		t.Errorf("got %d calls moved, and held %t, want both moved", n, held)
	}
	parts, _, _, _ := o.log.lend(nil, maxBatch)
	var got []string
	for _, p := range parts {
		for i := p.from; i < p.to; i++ {
			got = append(got, p.items[i].message)
		}
	}
	if want := []string{"first", "second"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Where processors have shards of their own, a call in a shared one has the key of the moment at which it is left there,
// whenever its time was read.
func TestKeyInSharedShard(t *testing.T) {
	l, o := New(Options{}), new(Origin)
	many := make([]slog.Attr, loadAttrs+1)
	r := slog.NewRecord(l.clock.base, slog.LevelInfo, "m", 0)
	r.AddAttrs(many...)
	for name, put := range map[string]func(){
		"Put":     func() { l.Put(&Call{Origin: o, Time: l.clock.base}, many) },
		"PutSlog": func() { l.PutSlog(o, &r, true) },
	} {
		l.takeOut()
		from, before := len(l.runs), l.clock.now()
		put()
		l.takeOut()
		if len(l.runs) != from+1 || l.runs[from].shard.number != 0 {
			t.Fatalf("%s: got %d runs, want one of a shared shard", name, len(l.runs)-from)
		}
		if got := l.runs[from].key(); pins && got < before {
			t.Errorf("%s: got %d as the key, want %d or more", name, got, before)
		}
	}
}

// Calls with ticks have the key of those before them: of equal keys those in the earlier run come first, whatever the other
// run begins with.
func TestEqualKeys(t *testing.T) {
	l := &Listener{}
	for _, c := range []struct {
		runs         [][]int64 // their keys
		first, until int64
	}{
		{[][]int64{{500}, {50, 500}}, 1, 499},
		{[][]int64{{50, 500}, {500}}, 0, 500},
		{[][]int64{{500}, {500}}, 0, 500},
		{[][]int64{{7}, {5}, {6}}, 1, 6},
		{[][]int64{{6}, {5}, {6}}, 1, 5},
		{[][]int64{{5}}, 0, 1000},
	} {
		l.runs = nil
		for _, keys := range c.runs {
			var r run
			for _, key := range keys {
				r.calls = append(r.calls, call{key: key})
			}
			l.runs = append(l.runs, r)
		}
		if first, until := l.first(1000); int64(first) != c.first || until != c.until {
			t.Errorf("runs %v: got run %d until %d, want run %d until %d", c.runs, first, until, c.first, c.until)
		}
	}
}
