package jackdaw_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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

// question is code of the program's that is asked for a record, and does not return before it is let go.
type question struct {
	hang   chan struct{}
	asked  atomic.Int64
	looked atomic.Pointer[record.Record] // what a filter saw of its record when it was let go
}

func (q *question) ask() {
	q.asked.Add(1)
	<-q.hang
}

func (q *question) filter(r *record.Record) bool {
	q.ask()
	seen := r.Clone() // still what it was
	q.looked.CompareAndSwap(nil, &seen)
	return true
}

// Level makes question a [slog.Leveler].
func (q *question) Level() slog.Level {
	q.ask()
	return slog.LevelInfo
}

// Enabled, with the others, makes question a [slog.Handler].
func (q *question) Enabled(context.Context, slog.Level) bool {
	q.ask()
	return true
}
func (q *question) Handle(context.Context, slog.Record) error { return nil }
func (q *question) WithAttrs([]slog.Attr) slog.Handler        { return q }
func (q *question) WithGroup(string) slog.Handler             { return q }

// Whatever of a handler's does not return when it is asked for a record, no call waits for it and no other
// handler; what the handler does not get meanwhile is counted and told, and afterwards it gets all again.
func TestHandlerThatDoesNotDecide(t *testing.T) {
	f := func(name string, looks bool, add func(h *jackdaw.Hierarchy, q *question, m *memory) error) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hook := new(hookLog)
				h := jackdaw.New(jackdaw.Options{OnError: hook.tell})
				q, m, healthy := &question{hang: make(chan struct{})}, new(memory), new(memory)
				if err := add(h, q, m); err != nil {
					t.Fatal(err)
				}
				if err := h.AddHandler("", healthy, jackdaw.HandlerOptions{Name: "healthy"}); err != nil {
					t.Fatal(err)
				}
				log := h.Logger("x")
				log.Info("first", "list", []int{1, 2})
				time.Sleep(2 * time.Second)
				const records = 20000 // many more than the queue takes without being moved
				begin := time.Now()
				for i := range records {
					log.Info("m", "i", i)
				}
				if took := time.Since(begin); took != 0 {
					t.Errorf("calls waited %v", took)
				}
				time.Sleep(time.Millisecond)
				if got := len(healthy.messages()); got != records+1 {
					t.Errorf("the healthy handler has %d records while the other does not decide, want %d", got, records+1)
				}
				if got := q.asked.Load(); got != 1 {
					t.Errorf("asked %d times, want once as long as there is no answer", got)
				}
				close(q.hang)
				time.Sleep(time.Second)
				log.Info("last")
				flush(t, h)
				s := h.Stats()
				checkLaw(t, s)
				if got, want := fmt.Sprint(s.Handlers[0].Dropped), fmt.Sprintf("map[filter hangs:map[INFO:%d]]", records+1); got != want {
					t.Errorf("dropped: got %s, want %s", got, want)
				}
				if told, _ := hook.of("filter"); len(told) != 1 || !strings.Contains(told[0], "the filter or level of handler asked has not returned for 1s") {
					t.Errorf("told: got %q", told)
				}
				if looks {
					equal(t, "messages", m.messages(), []string{"20,001 records dropped here: filter hangs", "last"})
					if r := q.looked.Load(); r == nil || r.Message != "first" || fmt.Sprintf("%s", r.Attrs[0].Value.Any()) != "[1,2]" {
						t.Errorf("when it was let go the filter saw %+v, want the first record", r)
					}
				}
				if err := h.Close(t.Context()); err != nil {
					t.Error(err)
				}
				synctest.Wait()
			})
		})
	}
	f("filter", true, func(h *jackdaw.Hierarchy, q *question, m *memory) error {
		return h.AddHandler("", m, jackdaw.HandlerOptions{Name: "asked", Filter: q.filter})
	})
	f("level", false, func(h *jackdaw.Hierarchy, q *question, m *memory) error {
		return h.AddHandler("", m, jackdaw.HandlerOptions{Name: "asked", Level: q})
	})
}

// Nor does anybody wait for a slog.Handler that hangs when it is asked for its level.
func TestSlogHandlerThatDoesNotDecide(t *testing.T) {
	t.Parallel() // it takes a second, in which nothing happens
	h := newHierarchy(t, jackdaw.Options{OnError: func(error) {}})
	q := &question{hang: make(chan struct{})}
	const records = 3000
	var got atomic.Int32
	first, all := make(chan struct{}), make(chan struct{})
	add(t, h, "", record.FromSlog(q), jackdaw.HandlerOptions{})
	add(t, h, "", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		switch got.Add(int32(len(batch))) {
		case 1:
			close(first)
		case 1 + records:
			close(all)
		}
		return nil
	}), jackdaw.HandlerOptions{})
	h.Logger("x").Info("first")
	testenv.Receive(t, "the first record, by the handler that is well", first)
	for range records {
		h.Logger("x").Info("m")
	}
	testenv.Receive(t, "all records, by the handler that is well", all)
	close(q.hang)
	flush(t, h)
	s := h.Stats()
	checkLaw(t, s)
	if got, want := fmt.Sprint(s.Handlers[0].Dropped), fmt.Sprintf("map[filter hangs:map[INFO:%d]]", records+1); got != want {
		t.Errorf("dropped: got %s, want %s", got, want)
	}
}

// The same holds for a filter of a logger, whose records are dropped in the queue; those of other loggers go on.
func TestLoggerThatDoesNotDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := new(hookLog)
		h := jackdaw.New(jackdaw.Options{OnError: hook.tell})
		q, m := &question{hang: make(chan struct{})}, new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		h.AddFilter("x", q.filter)
		var want []string
		h.Logger("x").Error("held")
		time.Sleep(2 * time.Second)
		for i := range 1000 {
			h.Logger("x").Error("held")
			h.Logger("y").Info(fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
			if err := h.Handle(t.Context(), []record.Record{{Logger: "x", Message: "held"}, {Logger: "x.y", Message: "passed on"}}); err != nil {
				t.Fatal(err)
			}
			want = append(want, "passed on")
			time.Sleep(10 * time.Millisecond)
		}
		equal(t, "messages", m.messages(), want)
		close(q.hang)
		time.Sleep(time.Second)
		h.Logger("x").Info("last")
		flush(t, h)
		equal(t, "messages", m.messages(), append(want, "last"))
		s := h.Stats()
		checkLaw(t, s)
		if got := fmt.Sprint(s.Dropped); got != "map[filter hangs:map[ERROR:1001 INFO:1000]]" || s.Unrouted != 0 {
			t.Errorf("dropped in the queue: got %s, %d unrouted", got, s.Unrouted)
		}
		if told, _ := hook.of("filter"); len(told) != 1 || !strings.Contains(told[0], "the filter of logger x has not returned for 1s") {
			t.Errorf("told: got %q", told)
		}
		_ = h.Close(t.Context())
	})
}

// Flush and Close end in time behind a filter that does not return, and what other handlers have to get is there.
func TestFlushAndCloseBehindAFilterThatHangs(t *testing.T) {
	t.Parallel() // it takes a second, in which nothing happens
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	q, m, healthy := &question{hang: make(chan struct{})}, new(memory), new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{Filter: q.filter})
	add(t, h, "", healthy, jackdaw.HandlerOptions{})
	var want []string
	for i, act := range []func(context.Context) error{h.Flush, h.Flush, h.Close} {
		h.Logger("x").Info(fmt.Sprint(i))
		want = append(want, fmt.Sprint(i))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := act(ctx); err != nil || ctx.Err() != nil {
			t.Errorf("%d: got %v, want that nothing is left, in time", i, err)
		}
		equal(t, "messages", healthy.messages(), want)
	}
	checkLaw(t, h.Stats())
	close(q.hang)
}

// Filters that say no, or panic now and then, under many callers: every record is accounted for, and each
// handler gets what it wants in order.
func TestFiltersInAFlood(t *testing.T) {
	synctest.Test(t, testFiltersInAFlood) // so that no filter is taken to hang because the machine has stopped who asks it
}

func testFiltersInAFlood(t *testing.T) {
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	odd, all := new(counter), new(counter)
	add(t, h, "", odd, jackdaw.HandlerOptions{Filter: func(r *record.Record) bool {
		n := r.Attrs[1].Value.Int64()
		if n%1000 == 0 {
			panic("a round number")
		}
		return n%2 == 1
	}})
	add(t, h, "", record.FromSlog(slog.NewTextHandler(io.Discard, nil)), jackdaw.HandlerOptions{})
	add(t, h, "", all, jackdaw.HandlerOptions{Filter: jackdaw.NamePrefix("x")})
	const goroutines, each = 16, 2000
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			log := h.Direct("x")
			for i := range each {
				log.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("g", g), slog.Int("i", i))
			}
		})
	}
	wg.Wait()
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	s := h.Stats()
	checkLaw(t, s)
	for i, want := range []uint64{goroutines * each / 2, goroutines * each, goroutines * each} {
		if got := s.Handlers[i]; got.Accepted != want || got.Handled != want {
			t.Errorf("%s: got %+v, want %d", got.Name, got.Counts, want)
		}
	}
	if odd.disorder+all.disorder > 0 || s.Unrouted != 0 {
		t.Errorf("%d and %d records came out of order, %d are unrouted", odd.disorder, all.disorder, s.Unrouted)
	}
}

// counter is a handler that counts records that do not come in the order of their goroutine.
type counter struct {
	last     [16]int64
	disorder int
}

func (c *counter) Handle(_ context.Context, batch []record.Record) error {
	for i := range batch {
		g, n := batch[i].Attrs[0].Value.Int64(), batch[i].Attrs[1].Value.Int64()+1
		if n <= c.last[g] {
			c.disorder++
		}
		c.last[g] = n
	}
	return nil
}
