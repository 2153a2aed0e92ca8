package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// moody is a handler that hangs, errs and panics at random, until it is calm.
type moody struct {
	t    *testing.T
	calm chan struct{} // closed when it is to be well again
	took atomic.Uint64
	last sync.Map // goroutine's name → number of its last record
}

func (m *moody) Handle(ctx context.Context, batch []record.Record) error {
	n, err := m.mood(ctx, len(batch))
	for _, r := range batch[:n] {
		if r.Logger == "jackdaw" {
			continue
		}
		m.took.Add(1)
		var who string
		var n int64
		if form := r.Form(); form != nil {
			fmt.Sscan(string(form), &who, &n)
		} else {
			who, n = r.Attrs[0].Value.String(), r.Attrs[1].Value.Int64()
		}
		if last, ok := m.last.Swap(who, n); ok && last.(int64) >= n {
			m.t.Errorf("%s: record %d came after %d", who, n, last)
		}
	}
	return err
}

// NewForm makes moody a handler that is given forms when it is behind: the goroutine's name and its number.
func (m *moody) NewForm() (record.Handler, func(dst []byte, r *record.Record) []byte) {
	return m, func(dst []byte, r *record.Record) []byte {
		return fmt.Append(dst, r.Attrs[0].Value, " ", r.Attrs[1].Value)
	}
}

// mood says how many of the records to take, and what to return.
func (m *moody) mood(ctx context.Context, records int) (take int, err error) {
	select {
	case <-m.calm:
		return records, nil
	default:
	}
	switch rand.N(400) {
	case 0:
		<-m.calm // whatever becomes of ctx
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
		select {
		case <-m.calm:
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(rand.N(5 * time.Millisecond)):
		}
	case 11, 12, 13, 14, 15, 16, 17, 18, 19, 20:
		panic("moody")
	case 21, 22, 23, 24, 25, 26, 27, 28, 29, 30:
		return 0, errors.New("later")
	case 31, 32, 33, 34, 35, 36, 37, 38, 39, 40:
		return 0, record.Permanent(errors.New("never"))
	case 41, 42, 43, 44, 45, 46, 47, 48, 49, 50:
		n := rand.N(records)
		return n, &record.PartialError{Handled: n, Err: record.Permanent(errors.New("not this one"))}
	case 51, 52, 53, 54, 55:
		n := rand.N(records)
		return n, &record.PartialError{Handled: n, Err: errors.New("no further for now")}
	}
	return records, nil
}

// Enabled makes moody a [record.Enabler], which is asked at any time.
func (m *moody) Enabled(context.Context, slog.Level) bool { return true }

func (m *moody) Flush(ctx context.Context) error {
	if rand.N(4) == 0 {
		select {
		case <-m.calm:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// counting counts the records that slog hands to a handler: those that the hierarchy must account for.
type counting struct {
	slog.Handler
	n *atomic.Uint64
}

func (c counting) Handle(ctx context.Context, r slog.Record) error {
	c.n.Add(1)
	return c.Handler.Handle(ctx, r)
}

// stress is one hierarchy with what is done to it.
type stress struct {
	t        *testing.T
	h        *jackdaw.Hierarchy
	calm     chan struct{}
	handlers []*moody
	logged   atomic.Uint64
	over     atomic.Bool
}

func newStress(t *testing.T) *stress {
	s := &stress{t: t, calm: make(chan struct{})}
	s.h = jackdaw.New(jackdaw.Options{
		Level: slog.LevelDebug, QueueBytes: []int64{64 << 10, 1 << 20, 16 << 20}[rand.N(3)], OnError: func(error) {}, NoLastResort: true,
	})
	policies := []jackdaw.Policy{jackdaw.DropLowest, jackdaw.DropOldest, jackdaw.DropNewest}
	if rand.N(3) == 0 { // not always: it makes the others' life easy
		policies = append(policies, jackdaw.Block)
	}
	for i, policy := range policies {
		m := &moody{t: t, calm: s.calm}
		s.handlers = append(s.handlers, m)
		o := jackdaw.HandlerOptions{Name: fmt.Sprint("moody ", i), Policy: policy}
		if rand.N(2) == 0 {
			o.BlockFor = time.Millisecond // else for ever: until the handler is well, or Close
		}
		if rand.N(3) == 0 {
			o.SpillDir, o.SpillBytes = t.TempDir(), []int64{64 << 10, 0}[rand.N(2)]
		}
		if err := s.h.AddHandler("", m, o); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// caller logs until it is over, and does what else may be done to a hierarchy meanwhile.
func (s *stress) caller(who string) {
	name := "stress." + who
	log := slog.New(counting{s.h.Handler(name), &s.logged})
	direct := s.h.Direct("steady." + who) // has the level of the root always, so that each call counts
	for i := 0; !s.over.Load(); i++ {
		level := slog.Level(rand.N(5)*4 - 4)
		if through := rand.N(64); through > 31 {
			log.Log(context.Background(), level, "m", "who", who, "i", i, "list", []int{i})
		} else if through > 0 {
			direct.LogAttrs(context.Background(), level, "m", slog.String("who", who), slog.Int("i", i))
			s.logged.Add(1)
		} else if err := s.h.Handle(context.Background(), []record.Record{{
			Logger: name, Level: level, Attrs: []slog.Attr{slog.String("who", who), slog.Int("i", i)},
		}}); err == nil {
			s.logged.Add(1)
		}
		s.meddle(name)
		if i%64 == 0 {
			runtime.Gosched()
		}
	}
}

// meddle does something to the hierarchy, now and then.
func (s *stress) meddle(name string) {
	what := rand.N(5000)
	if what > 8 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), rand.N(2*time.Millisecond))
	defer cancel()
	switch what {
	case 0:
		_ = s.h.Flush(ctx)
	case 1:
		s.h.SetLevel(name, slog.Level(rand.N(6)*4-4))
	case 2:
		s.h.SetLevel("stress", slog.Level(rand.N(6)*4-4))
	case 3:
		s.h.UnsetLevel([]string{name, "stress"}[rand.N(2)])
	case 4:
		s.h.SetPropagate("stress", rand.N(2) == 0)
	case 5, 6:
		checkLaw(s.t, s.h.Stats())
	case 7:
		if s.h.AddHandler(name, &moody{t: s.t, calm: s.calm}, jackdaw.HandlerOptions{Name: name}) == nil {
			_ = s.h.RemoveHandler(ctx, name)
		}
	case 8:
		if rand.N(64) == 0 {
			_ = s.h.Close(ctx) // the others go on
		}
	}
}

// Whatever handlers do, and however levels change and Flush and Close are called meanwhile, every record
// is accounted for, at every handler, each goroutine's records come in their order, and no goroutine is
// left.
func TestStress(t *testing.T) {
	lasts := 3 * time.Second
	if testenv.Long() {
		lasts = time.Minute
	}
	records := uint64(0)
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		s := newStress(t)
		var wg sync.WaitGroup
		for g := range 64 {
			wg.Go(func() { s.caller(fmt.Sprint("g", g)) })
		}
		<-time.After(rand.N(lasts / 5))
		s.over.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(20*time.Millisecond))
		_ = s.h.Close(ctx) // lets go who waits for room
		cancel()
		wg.Wait()
		close(s.calm)
		if err := s.h.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		s.check()
		records += s.logged.Load()
	}
	t.Logf("%d records", records)
	checkNoGoroutines(t)
}

// check checks the counts once all is over.
func (s *stress) check() {
	s.t.Helper()
	stats := s.h.Stats()
	checkLaw(s.t, stats)
	if stats.Accepted != s.logged.Load() || stats.Waiting != 0 {
		s.t.Errorf("queue: got %+v, want %d accepted and none waiting", stats.Counts, s.logged.Load())
	}
	for i, hs := range stats.Handlers {
		if hs.Handled != s.handlers[i].took.Load() || hs.Waiting != hs.Spilled || hs.Bytes != 0 {
			s.t.Errorf("%s: handled %d, but it took %d; waiting %d, in %d bytes", hs.Name, hs.Handled, s.handlers[i].took.Load(), hs.Waiting, hs.Bytes)
		}
	}
	if stats.Bytes != 0 {
		s.t.Errorf("the queue takes %d bytes, want none", stats.Bytes)
	}
}

// checkNoGoroutines waits until no goroutine of the queue is left.
func checkNoGoroutines(t *testing.T) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for range 1000 {
		stacks := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "jackdaw/internal/queue.") {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
}

// What happened before a call was logged comes before it, across goroutines too, by a clock that moves
// and by one that stands.
func TestOrderAcrossGoroutines(t *testing.T) {
	t.Run("clock", orderAcrossGoroutines)
	t.Run("clock that stands", func(t *testing.T) { synctest.Test(t, orderAcrossGoroutines) })
}

func orderAcrossGoroutines(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const goroutines, rounds = 16, 2000
	token := make(chan int)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			log := []either{h.Logger("x"), h.Direct("x")}[g%2]
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

// What was logged by several goroutines at about the same time comes by its time, however it came into the
// queue.
func TestOrderByTime(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	add(t, h, "", m, jackdaw.HandlerOptions{Filter: func(r *record.Record) bool {
		if r.Message == "first" {
			entered <- struct{}{}
			<-gate // so that all others are moved at once
		}
		return true
	}})
	h.Logger("x").Info("first")
	<-entered
	const records = 1000
	var times []time.Time
	want := []string{"first"}
	for i := range records {
		now := time.Now()
		for i > 0 && now.Equal(times[i-1]) {
			now = time.Now()
		}
		times, want = append(times, now), append(want, fmt.Sprint(i))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := records - 1 - g; i >= 0; i -= 8 { // the latest first
				_ = h.Handler("x").Handle(context.Background(), slog.NewRecord(times[i], slog.LevelInfo, fmt.Sprint(i), 0))
			}
		})
	}
	wg.Wait()
	close(gate)
	flush(t, h)
	equal(t, "messages", m.messages(), want)
}
