package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// moody is a handler that hangs, errs and panics at random.
type moody struct {
	calm atomic.Bool
	took atomic.Uint64
	last sync.Map // goroutine's name -> number of its last record
	t    *testing.T
}

func (m *moody) Handle(ctx context.Context, batch []record.Record) error {
	if !m.calm.Load() {
		switch rand.N(12) {
		case 0:
			panic("moody")
		case 1:
			return errors.New("later")
		case 2:
			return record.Permanent(errors.New("never"))
		case 3:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(rand.N(5 * time.Millisecond)):
			}
		}
	}
	for _, r := range batch {
		if r.Logger == "jackdaw" {
			continue
		}
		m.took.Add(1)
		who, n := r.Attrs[0].Value.String(), r.Attrs[1].Value.Int64()
		if last, ok := m.last.Swap(who, n); ok && last.(int64) >= n {
			m.t.Errorf("%s: record %d came after %d", who, n, last)
		}
	}
	return nil
}

// Whatever handlers do, and however levels change and Flush is called meanwhile, every record is
// accounted for, at every handler, and each goroutine's records come in their order.
func TestStress(t *testing.T) {
	goroutines, lasts := 64, time.Second
	if testenv.Long() {
		lasts = time.Minute
	}
	h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 1 << 20, OnError: func(error) {}})
	var handlers []*moody
	for i := range 4 {
		m := &moody{t: t}
		handlers = append(handlers, m)
		policy := []jackdaw.Policy{jackdaw.DropLowest, jackdaw.DropOldest, jackdaw.DropNewest, jackdaw.Block}[i]
		if err := h.AddHandler("", m, jackdaw.HandlerOptions{Name: fmt.Sprint("moody", i), Policy: policy, BlockFor: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	var logged atomic.Uint64
	var wg sync.WaitGroup
	end := time.Now().Add(lasts)
	for g := range goroutines {
		wg.Go(func() {
			who := fmt.Sprint("g", g)
			log := h.Logger("stress." + who)
			for i := 0; time.Now().Before(end); i++ {
				level := slog.Level(rand.N(5)*4 - 4)
				log.Log(context.Background(), level, "m", "who", who, "i", i)
				logged.Add(1)
				switch rand.N(2000) {
				case 0:
					ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
					_ = h.Flush(ctx)
					cancel()
				case 1:
					h.SetLevel("stress."+who, record.LevelAll) // never above what is logged: counts stay exact
				case 2:
					for _, hs := range h.Stats().Handlers {
						if hs.Accepted != hs.Handled+hs.Waiting+hs.DroppedTotal() {
							t.Errorf("%s: the law is broken: %+v", hs.Name, hs.Counts)
						}
					}
				}
				if i%64 == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	for _, m := range handlers {
		m.calm.Store(true)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	s := h.Stats()
	checkLaw(t, s)
	if s.Accepted != logged.Load() || s.Waiting != 0 || s.DroppedTotal() != 0 {
		t.Errorf("queue: got %+v, want %d accepted", s.Counts, logged.Load())
	}
	for i, hs := range s.Handlers {
		if hs.Accepted != logged.Load() || hs.Waiting != 0 || hs.Handled != handlers[i].took.Load() {
			t.Errorf("%s: accepted %d of %d, handled %d but took %d, waiting %d, dropped %v", hs.Name, hs.Accepted,
				logged.Load(), hs.Handled, handlers[i].took.Load(), hs.Waiting, hs.Dropped)
		}
	}
	t.Logf("%d records; %+v", logged.Load(), s.Handlers[0].Dropped)
}

// What happened before a call was logged comes before it, across goroutines too.
func TestOrderAcrossGoroutines(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const goroutines, rounds = 16, 2000
	token := make(chan int)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			log := h.Logger("x")
			for i := range token {
				log.Info("m", "i", i)
				if i+1 == rounds {
					close(token)
					return
				}
				token <- i + 1 // somebody else goes on, knowing that this one has logged
			}
		})
	}
	token <- 0
	wg.Wait()
	flush(t, h)
	if len(m.records) != rounds {
		t.Fatalf("got %d records, want %d", len(m.records), rounds)
	}
	for i, r := range m.records {
		if got := r.Attrs[0].Value.Int64(); got != int64(i) {
			t.Fatalf("record %d: got number %d", i, got)
		}
	}
}

// Records that were made elsewhere keep their place among those that are logged.
func TestOrderOfHandle(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	log := h.Logger("x")
	var want []string
	for i := range 200 {
		logged, passed := fmt.Sprint("logged ", i), fmt.Sprint("passed on ", i)
		log.Info(logged)
		if err := h.Handle(t.Context(), []record.Record{{Message: passed}}); err != nil {
			t.Fatal(err)
		}
		want = append(want, logged, passed)
	}
	flush(t, h)
	equal(t, "messages", m.messages(), want)
}

// A time that the program made up says nothing about the order.
func TestOrderOfOddTimes(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	var want []string
	for i := range 100 {
		at := []time.Time{{}, time.Now(), time.Now().Add(time.Hour).Round(0), time.Unix(1, 0)}[i%4]
		r := slog.NewRecord(at, slog.LevelInfo, fmt.Sprint(i), 0)
		if err := h.Handler("x").Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		want = append(want, r.Message)
	}
	flush(t, h)
	equal(t, "messages", m.messages(), want)

	// One that lies ahead by the clock's own count is handled all the same.
	for _, ahead := range []time.Duration{time.Millisecond, time.Hour} {
		r := slog.NewRecord(time.Now().Add(ahead), slog.LevelInfo, fmt.Sprint(ahead), 0)
		if err := h.Handler("x").Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	got := m.messages()[len(want):]
	slices.Sort(got)
	equal(t, "messages ahead", got, []string{"1h0m0s", "1ms"})
}

// After warm-up, a call allocates nothing of ours, but for memory that a thousand attrs share.
func TestAllocations(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	log := h.Logger("app")
	with := log.With("a", 1, "b", "two")
	ctx := context.Background()
	f := func(name string, call func()) {
		t.Helper()
		for range 5000 {
			call()
		}
		flush(t, h)
		if got := testing.AllocsPerRun(2000, call); got != 0 {
			t.Errorf("%s: got %v allocations a call, want 0", name, got)
		}
		flush(t, h)
	}
	f("disabled", func() { log.LogAttrs(ctx, slog.LevelDebug, "m", slog.Int("n", 1)) })
	f("message", func() { log.LogAttrs(ctx, slog.LevelInfo, "m") })
	f("five attrs", func() {
		log.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("a", 1), slog.String("b", "x"), slog.Bool("c", true), slog.Float64("d", 1), slog.Duration("e", 1))
	})
	err, at := errors.New("connection reset"), time.Now()
	wrapped := fmt.Errorf("read: %w", &ownError{"own"})
	f("an error", func() { log.LogAttrs(ctx, slog.LevelInfo, "m", slog.Any("err", err)) })
	f("an error that has its text", func() { log.LogAttrs(ctx, slog.LevelInfo, "m", slog.Any("err", wrapped)) })
	// The record's own memory for more than five attrs is slog's.
	r := slog.NewRecord(at, slog.LevelInfo, "m", 0)
	r.AddAttrs(slog.String("a", "x"), slog.Int("b", 1), slog.Duration("c", 1), slog.Bool("d", true), slog.Any("err", err),
		slog.String("f", "x"), slog.Int64("g", 1), slog.Float64("h", 1), slog.Time("i", at), slog.Uint64("j", 1))
	f("ten attrs", func() { _ = log.Handler().Handle(ctx, r) })
	f("bound attrs", func() { with.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("c", 1)) })
}

// ownError is an error of the program's, which may change.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

// BenchmarkLog measures what a call costs its caller, beside a handler that does nothing: calls in
// numbers that fit the queue, which is emptied while nobody counts.
func BenchmarkLog(b *testing.B) {
	h := jackdaw.New(jackdaw.Options{})
	discard := record.HandlerFunc(func(context.Context, []record.Record) error { return nil })
	if err := h.AddHandler("", discard, jackdaw.HandlerOptions{}); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	const text = "request handled by upstream backend"
	f := func(name string, log *slog.Logger) {
		run := func(name string, call func()) {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for n := 0; n < b.N; n += 200 {
					for range 200 {
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
		run(name+"/message", func() { log.LogAttrs(ctx, slog.LevelInfo, text) })
		run(name+"/5attrs", func() {
			log.LogAttrs(ctx, slog.LevelInfo, text, slog.Int("a", 1), slog.String("b", "x"), slog.Bool("c", true), slog.Float64("d", 1), slog.Duration("e", 1))
		})
	}
	f("nothing", slog.New(nothing{}))
	f("jackdaw", h.Logger("app"))
}

// nothing is a slog.Handler that is enabled and does nothing: what slog itself costs.
type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool  { return true }
func (nothing) Handle(context.Context, slog.Record) error { return nil }
func (n nothing) WithAttrs([]slog.Attr) slog.Handler      { return n }
func (n nothing) WithGroup(string) slog.Handler           { return n }
