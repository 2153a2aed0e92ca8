package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// After warm-up nothing is allocated for a call, in it or behind it.
func TestAllocations(t *testing.T) {
	for name, door := range doors() {
		h := newHierarchy(t, jackdaw.Options{})
		add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
		log := door(h, "app")
		f := func(what string, call func()) {
			t.Helper()
			for range 5000 {
				call()
			}
			flush(t, h)
			if got := testing.AllocsPerRun(2000, call); got != 0 {
				t.Errorf("%s, %s: got %v allocations a call, want 0", name, what, got)
			}
			flush(t, h)
		}
		ctx, err, at := context.Background(), errors.New("connection reset"), time.Now()
		wrapped := fmt.Errorf("read: %w", &ownError{"own"})
		with, grouped := log.with("a", 1, "b", "two"), log.with("a", 1).withGroup("g").with("b", 2).withGroup("h")
		attrs := []slog.Attr{
			slog.String("a", "x"), slog.Int("b", 1), slog.Duration("c", 1), slog.Bool("d", true), slog.Any("err", err),
			slog.String("f", "x"), slog.Int64("g", 1), slog.Float64("h", 1), slog.Time("i", at), slog.Uint64("j", 1),
		}
		text := []slog.Attr{slog.Any("err", wrapped)}
		f("disabled", func() { log.LogAttrs(ctx, slog.LevelDebug, "m", attrs...) })
		f("message", func() { log.LogAttrs(ctx, slog.LevelInfo, "m") })
		f("five attrs", func() { log.LogAttrs(ctx, slog.LevelInfo, "m", attrs[:5]...) })
		f("an error that has its text", func() { log.LogAttrs(ctx, slog.LevelInfo, "m", text...) })
		f("bound attrs", func() { with.LogAttrs(ctx, slog.LevelInfo, "m", attrs[:5]...) })
		f("groups", func() { grouped.LogAttrs(ctx, slog.LevelInfo, "m", attrs[:5]...) })
		f("messages of the other methods", func() { log.Info("m") })
		if name == "direct" {
			f("ten attrs", func() { log.LogAttrs(ctx, slog.LevelInfo, "m", attrs...) })
			direct := h.Direct("app")
			f("what its caller makes", func() {
				direct.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("a", 1), slog.String("b", "x"), slog.Any("err", err))
			})
			continue
		}
		// A slog.Logger makes memory for more than five itself.
		r := slog.NewRecord(at, slog.LevelInfo, "m", 0)
		r.AddAttrs(attrs...)
		f("ten attrs", func() { _ = log.Handler().Handle(ctx, r) })
	}
}

// The same holds for many goroutines that log at once.
func TestAllocationsInParallel(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	log, direct, err := h.Logger("app"), h.Direct("app"), errors.New("connection reset")
	const goroutines, each = 16, 1000
	begin, done := make(chan bool), make(chan bool)
	for range goroutines {
		go func() {
			for range begin {
				for range each {
					log.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("a", 1), slog.Any("err", err))
					direct.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("a", 1), slog.Any("err", err))
				}
				done <- true
			}
		}()
	}
	defer close(begin)
	round := func() {
		for range goroutines {
			begin <- true
		}
		for range goroutines {
			<-done
		}
		flush(t, h)
	}
	// How much memory a round needs is the scheduler's choice, so that now and then one needs more than those before,
	// on a busy machine more often. Were it the calls that need it, all rounds would.
	const calls = 2 * goroutines * each
	least := uint64(calls)
	for range 100 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		round()
		runtime.ReadMemStats(&after)
		if least = min(least, after.Mallocs-before.Mallocs); least <= calls/100 {
			return
		}
	}
	t.Errorf("got %d allocations for %d calls, want next to none", least, calls)
}

// ownError is an error of the program's, which may change.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

// A call below the level costs about what one costs that a slog.Handler declines by comparing two numbers: see
// bench/hotpath for the figures, which are ten times closer than what is held here, on machines that do much else.
func TestCallBelowTheLevel(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	least := func(log either) time.Duration {
		shortest := time.Hour
		for range 200 {
			begin := time.Now()
			for range 1000 {
				log.LogAttrs(context.Background(), slog.LevelDebug, "m")
			}
			shortest = min(shortest, time.Since(begin))
		}
		return shortest
	}
	floor := least(slog.New(declining{}))
	for name, door := range doors() {
		if took := least(door(h, "app.part")); took > 10*floor {
			t.Errorf("%s: 1000 calls took %v, want no more than ten times the %v that slog takes", name, took, floor)
		}
	}
}

// declining is a handler that is for INFO and above.
type declining struct{ nothing }

func (declining) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// BenchmarkLog measures what a call costs its caller through each door, beside a handler that does nothing:
// calls in numbers that fit the queue, which is emptied while nobody counts.
func BenchmarkLog(b *testing.B) {
	h := jackdaw.New(jackdaw.Options{})
	discard := record.HandlerFunc(func(context.Context, []record.Record) error { return nil })
	if err := h.AddHandler("", discard, jackdaw.HandlerOptions{}); err != nil {
		b.Fatal(err)
	}
	ctx, err := context.Background(), errors.New("connection reset by peer")
	const text, calls = "request handled by upstream backend", 512
	f := func(name string, log interface {
		LogAttrs(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr)
	}) {
		run := func(attrs string, call func()) {
			b.Run(name+"/"+attrs, func(b *testing.B) {
				b.ReportAllocs()
				for n := 0; n < b.N; n += calls {
					for range calls {
						call()
					}
					b.StopTimer()
					if err := h.Flush(ctx); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			})
		}
		run("message", func() { log.LogAttrs(ctx, slog.LevelInfo, text) })
		run("5attrs", func() {
			log.LogAttrs(ctx, slog.LevelInfo, text, slog.Int("a", 1), slog.String("b", "x"), slog.Bool("c", true), slog.Duration("d", 1), slog.Any("e", err))
		})
	}
	f("nothing", slog.New(nothing{}))
	f("slog", h.Logger("app"))
	f("direct", h.Direct("app"))
}

// nothing is a slog.Handler that is enabled and does nothing: what slog itself costs.
type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool  { return true }
func (nothing) Handle(context.Context, slog.Record) error { return nil }
func (n nothing) WithAttrs([]slog.Attr) slog.Handler      { return n }
func (n nothing) WithGroup(string) slog.Handler           { return n }
