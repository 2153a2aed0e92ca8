package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
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
	if rand.N(3) == 0 {
		o := jackdaw.FlightOptions{Bytes: []int64{1 << 20, 32 << 20}[rand.N(2)]}
		if err := s.h.OpenFlight(filepath.Join(t.TempDir(), "flight"), o); err != nil && !errors.Is(err, errors.ErrUnsupported) {
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
	if what > 9 {
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
	case 9:
		runtime.GOMAXPROCS(1 + rand.N(2*runtime.NumCPU()))
	}
}

// Whatever handlers do, and however levels and processors change and Flush and Close are called meanwhile, every record
// is accounted for, at every handler, each goroutine's records come in their order, and no goroutine is
// left.
func TestStress(t *testing.T) {
	lasts := 3 * time.Second
	if testenv.Long() {
		lasts = time.Minute
	}
	records := uint64(0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
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
	for i, hs := range stats.Handlers[:len(s.handlers)] {
		if hs.Handled != s.handlers[i].took.Load() || hs.Waiting != hs.Spilled || hs.Bytes != 0 {
			s.t.Errorf("%s: handled %d, but it took %d; waiting %d, in %d bytes", hs.Name, hs.Handled, s.handlers[i].took.Load(), hs.Waiting, hs.Bytes)
		}
	}
	if stats.Flight.Err != nil {
		s.t.Errorf("flight mode: %v", stats.Flight.Err)
	}
	if stats.Bytes != 0 {
		s.t.Errorf("the queue takes %d bytes, want none", stats.Bytes)
	}
}

// checkNoGoroutines waits until no goroutine of the queue is left.
func checkNoGoroutines(t *testing.T) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for late := time.Now().Add(testenv.Patience); time.Now().Before(late); <-time.After(10 * time.Millisecond) {
		stacks := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "jackdaw/internal/queue.") {
			return
		}
	}
	t.Errorf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
}
