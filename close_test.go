package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
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

// stubborn is a handler whose Flush, or Close, does not return before it is let go.
type stubborn struct {
	memory
	flush, close chan struct{}
}

func (s *stubborn) Flush(context.Context) error { // which does not even look at its context
	if s.flush != nil {
		<-s.flush
	}
	return nil
}

func (s *stubborn) Close() error {
	if s.close != nil {
		<-s.close
	}
	return s.memory.Close()
}

// Flush and Close return when their context ends, whatever it is that a handler hangs in, and name it.
func TestFlushAndCloseOfAStubbornHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{})
		letFlush, letClose := make(chan struct{}), make(chan struct{})
		flushes, closes, healthy := &stubborn{flush: letFlush}, &stubborn{close: letClose}, new(memory)
		add(t, h, "", flushes, jackdaw.HandlerOptions{Name: "flushes"})
		add(t, h, "", closes, jackdaw.HandlerOptions{Name: "closes"})
		add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy"})
		h.Logger("x").Info("m")
		f := func(act func(context.Context) error, want string) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			err := act(ctx)
			if took := time.Since(start); took != time.Second || !errors.Is(err, context.DeadlineExceeded) || err.Error() != want {
				t.Errorf("got %v after %v, want %s after a second", err, took, want)
			}
		}
		f(h.Flush, "handler flushes: flush: context deadline exceeded")
		f(h.Close, "handler closes: not closed yet: context deadline exceeded")
		for _, m := range []*memory{&flushes.memory, &closes.memory, healthy} {
			equal(t, "messages", m.messages(), []string{"m"})
		}
		if healthy.closed != 1 {
			t.Errorf("the healthy handler was closed %d times, want once", healthy.closed)
		}
		close(letFlush)
		close(letClose)
		synctest.Wait()
		checkLaw(t, h.Stats())
	})
}

// RemoveHandler, too, waits no longer than its context, and leaves the others alone. What is lost over it stays counted
// under the handler's name.
func TestRemoveAHandlerThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
		hang := make(chan struct{})
		m, other := &memory{before: func([]record.Record) error { <-hang; return nil }}, new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{Name: "hangs", Policy: jackdaw.Block})
		add(t, h, "", other, jackdaw.HandlerOptions{Name: "other"})
		for range 300 {
			h.Logger("x").Info("m")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.RemoveHandler(ctx, "hangs"); err == nil || err.Error() != "handler hangs: 300 records left: context deadline exceeded" {
			t.Errorf("RemoveHandler: got %v", err)
		}
		last := func() jackdaw.HandlerStats {
			t.Helper()
			s := h.Stats()
			checkLaw(t, s)
			return s.Handlers[len(s.Handlers)-1]
		}
		left := last()
		dropped := left.Dropped["closed"]["INFO"]
		if left.Name != "hangs" || !left.Gone || dropped == 0 || left.Waiting == 0 || dropped+left.Waiting != 300 {
			t.Errorf("got %+v, want 300 records dropped, save those that wait at the handler", left)
		}
		h.Logger("x").Info("after")
		flush(t, h)
		if got := len(other.messages()); got != 301 {
			t.Errorf("the other handler got %d records, want 301", got)
		}
		close(hang)
		synctest.Wait()
		if m.closed != 1 {
			t.Errorf("the handler was closed %d times, want once, when it came back", m.closed)
		}
		if got := last(); !got.Gone || got.Accepted != dropped || got.DroppedTotal() != dropped {
			t.Errorf("when it came back: got %+v, want the %d that were dropped", got, dropped)
		}
		add(t, h, "", new(memory), jackdaw.HandlerOptions{Name: "hangs"})
		h.Logger("x").Info("again")
		flush(t, h)
		if got := last(); got.Gone || got.Handled != 1 || got.DroppedTotal() != dropped {
			t.Errorf("another one of the name: got %+v, want a record handled beside the %d dropped", got, dropped)
		}
		_ = h.Close(t.Context())
	})
}

// Calls that wait for room go on when the hierarchy closes, and what they logged is counted.
func TestCloseLetsBlockedCallsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 8 << 10, OnError: func(error) {}})
		hang := make(chan struct{})
		m := &memory{before: func([]record.Record) error { <-hang; return nil }}
		add(t, h, "", m, jackdaw.HandlerOptions{Policy: jackdaw.Block})
		const callers, records = 4, 100
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range records {
					h.Logger("x").Info("m")
					time.Sleep(time.Millisecond)
				}
			})
		}
		time.Sleep(time.Hour) // and not one of them waits for less, if there is no BlockFor
		if got := h.Stats().Accepted; got == 0 || got >= callers*records {
			t.Fatalf("accepted %d records, want that the calls wait", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: got %v", err)
		}
		wg.Wait()
		close(hang)
		synctest.Wait()
		s := h.Stats()
		checkLaw(t, s)
		if s.Accepted != callers*records || s.Dropped["closed"]["INFO"] == 0 {
			t.Errorf("got %+v, want all %d accounted for", s.Counts, callers*records)
		}
	})
}

// What is logged after Close goes nowhere, is counted, and is told to the hook, however often it happens.
func TestLoggingAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := new(hookLog)
		h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, OnError: hook.tell})
		m := new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		early := h.Logger("x").With("k", 1).WithGroup("g")
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					early.Error("late", "list", []int{1})
					h.Logger("never seen").Debug("late")
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Minute)
		early.Info("much later")
		s := h.Stats()
		checkLaw(t, s)
		if got := fmt.Sprint(s.Dropped); got != "map[closed:map[DEBUG:800 ERROR:800 INFO:1]]" || s.Waiting != 0 {
			t.Errorf("dropped: got %s, waiting %d", got, s.Waiting)
		}
		if len(m.messages()) != 0 {
			t.Errorf("the closed handler got %q", m.messages())
		}
		told, _ := hook.of("closed")
		if len(told) != 2 || !strings.HasPrefix(told[0], "closed: a record was logged after Close") || !strings.Contains(told[1], "and 1599 more like it") {
			t.Errorf("told: got %q, want the first, and later the number of the others", told)
		}
		for range 3 {
			if err := h.Close(t.Context()); err != nil {
				t.Errorf("Close again: %v", err)
			}
		}
	})
}

// locked is a slog.Handler that holds a lock while it handles a record, which is until it is let go, and
// takes the same lock to tell its level.
type locked struct {
	mu   sync.Mutex
	hang chan struct{}
	slog.Handler
}

func (l *locked) Enabled(_ context.Context, level slog.Level) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return level >= slog.LevelWarn
}

func (l *locked) Handle(ctx context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	<-l.hang
	return l.Handler.Handle(ctx, r)
}

func (l *locked) WithAttrs([]slog.Attr) slog.Handler { return l }

// A handler that hangs with its lock held is not asked for its level meanwhile, which would hold up all.
func TestHandlerThatHangsWithItsLock(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	var b strings.Builder
	l := &locked{hang: make(chan struct{}), Handler: slog.NewTextHandler(&b, nil)}
	const records = 3000
	var got atomic.Int32
	all := make(chan struct{})
	add(t, h, "", record.FromSlog(l), jackdaw.HandlerOptions{Name: "locked"})
	add(t, h, "", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		if got.Add(int32(len(batch))) == 2*records {
			close(all)
		}
		return nil
	}), jackdaw.HandlerOptions{Name: "healthy"})
	log := h.Logger("x")
	for range records {
		log.Info("below its level")
		log.Warn("m")
	}
	testenv.Receive(t, "all records, by the handler that is well", all)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := h.Flush(ctx); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("handler locked: %d records waiting: context deadline exceeded", records)) {
		t.Errorf("Flush: got %v", err)
	}
	close(l.hang)
	flush(t, h)
	if got := strings.Count(b.String(), "\n"); got != records {
		t.Errorf("the handler wrote %d lines, want %d", got, records)
	}
	checkLaw(t, h.Stats())
}
