package queue

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Calls that know of each other come in their order, however often it is looked for them meanwhile, and whatever
// shards they are left in.
func TestOrderWhileSomebodyLooks(t *testing.T) {
	l := New(Options{OnError: func(err error) { t.Error(err) }})
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
	origin := &Origin{To: everywhere{o}}
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
					l.PutNow(origin, slog.LevelInfo, "m", 0, large[:1])
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
	if next != rounds {
		t.Errorf("got %d calls, want %d", next, rounds)
	}
}
