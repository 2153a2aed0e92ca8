package jackdaw_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// memory is a handler that keeps what it is given, and does what it is told to.
type memory struct {
	before func(batch []record.Record) error // called first, without the lock

	mu      sync.Mutex
	records []record.Record
	closed  int
}

func (m *memory) Handle(ctx context.Context, batch []record.Record) error {
	if m.before != nil {
		if err := m.before(batch); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, batch...)
	return nil
}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed++
	return nil
}

func (m *memory) messages() (messages []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		messages = append(messages, r.Message)
	}
	return messages
}

func (m *memory) lines() (lines []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		lines = append(lines, fmt.Sprintf("%s %s %s", record.LevelName(r.Level), r.Logger, r.Message))
	}
	return lines
}

func newHierarchy(t *testing.T, o jackdaw.Options) *jackdaw.Hierarchy {
	t.Helper()
	if o.OnError == nil {
		o.OnError = func(err error) { t.Errorf("OnError: %v", err) }
	}
	h := jackdaw.New(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.Close(ctx)
	})
	return h
}

func add(t *testing.T, h *jackdaw.Hierarchy, logger string, hd record.Handler, o jackdaw.HandlerOptions) {
	t.Helper()
	if err := h.AddHandler(logger, hd, o); err != nil {
		t.Fatalf("AddHandler: %v", err)
	}
}

func flush(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	if err := h.Flush(t.Context()); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

// checkLaw checks that accepted = handled + dropped + waiting everywhere.
func checkLaw(t *testing.T, s jackdaw.Stats) {
	t.Helper()
	f := func(name string, c jackdaw.Counts) {
		t.Helper()
		if c.Accepted != c.Handled+c.Waiting+c.DroppedTotal() {
			t.Errorf("%s: accepted %d, but handled %d + waiting %d + dropped %v", name, c.Accepted, c.Handled, c.Waiting, c.Dropped)
		}
	}
	f("queue", s.Counts)
	for _, hs := range s.Handlers {
		f(hs.Name, hs.Counts)
	}
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// A slog handler behind the queue and the listener keeps slog's contract.
func TestSlogThroughTheQueue(t *testing.T) {
	var b *bytes.Buffer
	var h *jackdaw.Hierarchy
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		b = new(bytes.Buffer)
		h = newHierarchy(t, jackdaw.Options{})
		add(t, h, "", record.FromSlog(slog.NewJSONHandler(b, nil)), jackdaw.HandlerOptions{})
		return h.Handler("")
	}, func(t *testing.T) map[string]any {
		flush(t, h)
		var m map[string]any
		if err := json.Unmarshal(b.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		return m
	})
}

func TestHierarchyIsAHandler(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		h := newHierarchy(t, jackdaw.Options{Level: -1 << 30})
		m := new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		return handlertest.Subject{Handler: h, Messages: func() []string { flush(t, h); return m.messages() }}
	})
}

func TestHandlerLevels(t *testing.T) {
	f := func(ignore bool, wantErrors []string) {
		t.Helper()
		h := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug, IgnoreHandlerLevels: ignore})
		all, onlyErrors, slogErrors := new(memory), new(memory), new(bytes.Buffer)
		add(t, h, "", all, jackdaw.HandlerOptions{})
		add(t, h, "", onlyErrors, jackdaw.HandlerOptions{Level: slog.LevelError})
		add(t, h, "", record.FromSlog(slog.NewTextHandler(slogErrors, &slog.HandlerOptions{Level: slog.LevelError})), jackdaw.HandlerOptions{})
		log := h.Logger("app")
		log.Debug("d")
		log.Info("i")
		log.Error("e")
		flush(t, h)
		equal(t, "all", all.messages(), []string{"d", "i", "e"})
		equal(t, "handler at ERROR", onlyErrors.messages(), wantErrors)
		if got := strings.Count(slogErrors.String(), "\n"); got != len(wantErrors) {
			t.Errorf("slog handler at ERROR: got %d lines, want %d", got, len(wantErrors))
		}
		checkLaw(t, h.Stats())
	}
	f(false, []string{"e"})
	f(true, []string{"d", "i", "e"})
}

func TestLoggerRules(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	root, shop := new(memory), new(memory)
	add(t, h, "", root, jackdaw.HandlerOptions{Name: "root"})
	add(t, h, "shop", shop, jackdaw.HandlerOptions{Filter: jackdaw.NamePrefix("shop.pay")})
	h.SetLevel("myapp", slog.LevelWarn)
	area := h.Logger("myapp.area1") // made before and used after the changes below
	area.Info("silent")
	h.Logger("other").Info("heard")
	h.Logger("").Info("from root")
	h.Logger("shop.pay").Info("paid")
	h.Logger("shop.cart").Info("filled")
	if area.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("INFO is enabled at myapp.area1")
	}
	h.SetLevel("myapp.area1", slog.LevelDebug)
	area.Debug("heard at once")
	h.UnsetLevel("myapp.area1")
	area.Info("silent again")
	h.SetPropagate("shop", false)
	h.Logger("shop.pay").Warn("to itself")
	if got := h.EffectiveLevel("myapp.area1.x"); got != slog.LevelWarn {
		t.Errorf("EffectiveLevel: got %v, want WARN", got)
	}
	flush(t, h)
	equal(t, "root", root.lines(), []string{"INFO other heard", "INFO root from root", "INFO shop.pay paid", "INFO shop.cart filled", "DEBUG myapp.area1 heard at once"})
	equal(t, "shop", shop.messages(), []string{"paid", "to itself"})

	if err := h.RemoveHandler(t.Context(), "root"); err != nil || root.closed != 1 {
		t.Errorf("RemoveHandler: got %v, closed %d times", err, root.closed)
	}
	if err := h.Handle(t.Context(), []record.Record{{Logger: "other", Message: "unheard"}}); err != nil {
		t.Errorf("Handle: %v", err)
	}
	flush(t, h)
	if got := len(root.messages()); got != 5 {
		t.Errorf("a removed handler got records: %d", got)
	}
	s := h.Stats()
	checkLaw(t, s)
	if s.Unrouted != 1 {
		t.Errorf("unrouted: got %d, want 1", s.Unrouted)
	}
}

func TestFilters(t *testing.T) {
	told := make(chan error, 10)
	h := newHierarchy(t, jackdaw.Options{OnError: func(err error) { told <- err }})
	m, other := new(memory), new(memory)
	add(t, h, "b", other, jackdaw.HandlerOptions{})
	add(t, h, "", m, jackdaw.HandlerOptions{Filter: func(r *record.Record) bool {
		if r.Message == "panic" {
			panic("in a filter")
		}
		return len(r.Attrs) > 0
	}})
	h.AddFilter("a", func(r *record.Record) bool { return r.Message != "no" })
	log := h.Logger("a").With("k", 1)
	log.Info("no")
	log.Info("panic")
	log.Info("yes")
	h.Logger("a").Info("no attrs")
	h.Logger("a.b").Info("no", "k", 1)
	h.Logger("b").Info("panic")
	flush(t, h)
	equal(t, "messages", m.messages(), []string{"yes", "no"})
	equal(t, "messages of a handler beside the filter", other.messages(), []string{"panic"})
	if err := <-told; !strings.Contains(err.Error(), "in a filter") {
		t.Errorf("OnError: got %v, want the panic", err)
	}
	checkLaw(t, h.Stats())
}

// A handler that hangs holds up no caller and no other handler, and Flush and Close end with their context.
func TestHangingHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
		hang := make(chan struct{})
		hanging, healthy := &memory{before: func([]record.Record) error { <-hang; return nil }}, new(memory)
		add(t, h, "", hanging, jackdaw.HandlerOptions{Name: "hanging"})
		add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy"})
		for i := range 1000 {
			h.Logger("x").Info(fmt.Sprint(i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := h.Flush(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "handler hanging: 1000 records waiting: context deadline exceeded" {
			t.Errorf("Flush: got %v", err)
		}
		if got := len(healthy.messages()); got != 1000 {
			t.Errorf("healthy handler: got %d records, want 1000", got)
		}
		start := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = h.Close(ctx)
		if took := time.Since(start); took != time.Second || err == nil || err.Error() != "handler hanging: 1000 records left: context deadline exceeded" {
			t.Errorf("Close: got %v after %v", err, took)
		}
		s := h.Stats()
		checkLaw(t, s)
		if hs := s.Handlers[0]; hs.Waiting == 0 || hs.Dropped["closed"]["INFO"]+hs.Waiting != 1000 {
			t.Errorf("hanging handler: got %+v, want the batch it holds waiting and the rest dropped", hs.Counts)
		}
		if healthy.closed != 1 || hanging.closed != 0 {
			t.Errorf("closed: healthy %d times, hanging %d times, want 1 and 0", healthy.closed, hanging.closed)
		}
		close(hang)
		synctest.Wait()
		s = h.Stats()
		checkLaw(t, s)
		if hs := s.Handlers[0]; hs.Waiting != 0 || hanging.closed != 1 {
			t.Errorf("after the hang: waiting %d, closed %d times, want 0 and 1", hs.Waiting, hanging.closed)
		}
		if err := h.Close(t.Context()); err != nil {
			t.Errorf("second Close: got %v, want nil", err)
		}
	})
}

func TestErrorsOfHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var reported []string
		h := jackdaw.New(jackdaw.Options{OnError: func(err error) {
			mu.Lock()
			defer mu.Unlock()
			reported = append(reported, err.Error())
		}})
		// One that is away for a while, one that refuses or panics at single records.
		away := true
		flaky := &memory{before: func([]record.Record) error {
			mu.Lock()
			defer mu.Unlock()
			if away {
				return io.ErrClosedPipe
			}
			return nil
		}}
		fussy := &memory{before: func(batch []record.Record) error {
			for _, r := range batch {
				switch r.Message {
				case "refused":
					return record.Permanent(errors.New("too ugly"))
				case "panic":
					panic("ouch")
				}
			}
			return nil
		}}
		add(t, h, "", flaky, jackdaw.HandlerOptions{Name: "flaky"})
		add(t, h, "", fussy, jackdaw.HandlerOptions{Name: "fussy"})
		want := []string{"a", "refused", "b", "panic", "c"}
		for _, m := range want {
			h.Logger("x").Info(m)
		}
		time.Sleep(time.Minute)
		if hs := h.Stats().Handlers[0]; !errors.Is(hs.Err, io.ErrClosedPipe) || hs.Waiting != 5 {
			t.Errorf("while away: got %+v, want 5 waiting and the error", hs)
		}
		mu.Lock()
		away = false
		mu.Unlock()
		flush(t, h)
		equal(t, "flaky", flaky.messages(), want)
		equal(t, "fussy", fussy.messages(), []string{"a", "b", "c", "2 records dropped here: handler error, handler panic"})
		s := h.Stats()
		checkLaw(t, s)
		if hs := s.Handlers[1]; hs.Dropped["handler error"]["INFO"] != 1 || hs.Dropped["handler panic"]["INFO"] != 1 || s.Handlers[0].Err != nil {
			t.Errorf("stats: got %+v", s.Handlers)
		}
		if err := h.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		if got := strings.Join(reported, "\n"); !strings.Contains(got, "flaky: "+io.ErrClosedPipe.Error()) ||
			!strings.Contains(got, "more like it") || !strings.Contains(got, "fussy: too ugly") {
			t.Errorf("reported:\n%s", got)
		}
		if len(reported) > 12 {
			t.Errorf("reported %d times in a minute, want at most every ten seconds for each of two", len(reported))
		}
	})
}

// A hook that hangs, or logs, holds up nobody; what it missed it hears of later.
func TestHookThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var mu sync.Mutex
		var told []string
		var h *jackdaw.Hierarchy
		h = jackdaw.New(jackdaw.Options{OnError: func(err error) {
			h.Logger("hook").Info("logs")
			<-hang
			mu.Lock()
			defer mu.Unlock()
			told = append(told, err.Error())
		}})
		healthy := new(memory)
		add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy"})
		add(t, h, "x", new(memory), jackdaw.HandlerOptions{Filter: func(*record.Record) bool { panic("filter") }})
		add(t, h, "y", record.HandlerFunc(func(context.Context, []record.Record) error { panic("handler") }), jackdaw.HandlerOptions{Name: "broken"})
		log, other := h.Logger("x"), h.Logger("y")
		const records = 20000 // many more than the queue takes without being moved
		for range records {
			log.Info("m")
		}
		other.Info("m")
		time.Sleep(time.Minute)
		if got := h.Stats().Handlers[0].Handled; got < records+1 {
			t.Errorf("healthy handler: got %d records while the hook hangs, want all %d", got, records+1)
		}
		close(hang)
		flush(t, h)
		synctest.Wait()
		checkLaw(t, h.Stats())
		_ = h.Close(t.Context())
		if got := strings.Join(told, "; "); !strings.Contains(got, "filter: a filter did not decide: panic: filter") || !strings.Contains(got, "broken: panic: handler") {
			t.Errorf("told: %s", got)
		}
	})
}

// A handler's partial error is gone on from where it stopped.
func TestPartialError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
		var got []string
		first := true
		add(t, h, "", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			for i, r := range batch {
				if r.Message == "bad" {
					return &record.PartialError{Handled: i, Err: record.Permanent(io.EOF)}
				}
				if r.Message == "late" && first {
					first = false
					return &record.PartialError{Handled: i, Err: io.EOF}
				}
				got = append(got, r.Message)
			}
			return nil
		}), jackdaw.HandlerOptions{})
		for _, m := range []string{"a", "bad", "b", "late", "bad", "c"} {
			h.Logger("").Info(m)
		}
		flush(t, h)
		equal(t, "messages", got, []string{"a", "b", "late", "c", "2 records dropped here: handler error"})
		checkLaw(t, h.Stats())
		_ = h.Close(t.Context())
	})
}

func TestOverflow(t *testing.T) {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError}
	f := func(policy jackdaw.Policy, wantDropped string, check func(t *testing.T, lines []string)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 100 << 10, OnError: func(error) {}})
			gate := make(chan struct{})
			slow, healthy := &memory{before: func([]record.Record) error { <-gate; return nil }}, new(memory)
			add(t, h, "", slow, jackdaw.HandlerOptions{Name: "slow", Policy: policy})
			add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy", Policy: policy})
			log := h.Logger("x")
			log.Info("first") // the slow handler holds it; the rest waits
			time.Sleep(time.Second)
			for i := range 600 {
				log.Log(t.Context(), levels[i%3], fmt.Sprintf("%03d", i))
				if i%100 == 0 {
					time.Sleep(time.Millisecond) // so that the healthy one keeps up
				}
			}
			time.Sleep(time.Second)
			s := h.Stats()
			checkLaw(t, s)
			if s.Bytes > 101<<10 {
				t.Errorf("bytes: got %d, want at most the budget", s.Bytes)
			}
			if got := s.Handlers[1].DroppedTotal(); got != 0 {
				t.Errorf("the healthy handler lost %d records", got)
			}
			dropped := s.Handlers[0].Dropped["queue full"]
			if got := fmt.Sprint(dropped["DEBUG"] > 0, dropped["INFO"] > 0, dropped["ERROR"] > 0); got != wantDropped {
				t.Errorf("dropped of DEBUG, INFO, ERROR: got %s, want %s (%v)", got, wantDropped, dropped)
			}
			close(gate)
			flush(t, h)
			check(t, slow.lines())
			var told uint64
			for _, r := range slow.records {
				if r.Logger == "jackdaw" {
					told += r.Attrs[0].Value.Uint64()
				}
			}
			if want := h.Stats().Handlers[0].DroppedTotal(); told != want {
				t.Errorf("told of %d dropped records, want %d", told, want)
			}
			_ = h.Close(t.Context())
		})
	}
	f(jackdaw.DropLowest, "true true false", func(t *testing.T, lines []string) {
		if !strings.HasPrefix(lines[1], "WARNING jackdaw ") || !strings.Contains(lines[1], "dropped here: queue full") {
			t.Errorf("after the first record: got %q, want the gap told in its place", lines[1])
		}
	})
	f(jackdaw.DropOldest, "true true true", func(t *testing.T, lines []string) {
		if got := lines[len(lines)-1]; got != "ERROR x 599" {
			t.Errorf("last line: got %q, want the newest record", got)
		}
	})
	f(jackdaw.DropNewest, "true true true", func(t *testing.T, lines []string) {
		for i, line := range lines[1:101] { // the oldest are all there
			if !strings.HasSuffix(line, fmt.Sprintf("x %03d", i)) {
				t.Errorf("line %d: got %q, want record %03d", i+1, line, i)
			}
		}
	})
}

func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 64 << 10, OnError: func(error) {}})
		open := make(chan struct{})
		slow := &memory{before: func([]record.Record) error { <-open; return nil }}
		add(t, h, "slow", slow, jackdaw.HandlerOptions{Name: "slow", Policy: jackdaw.Block, BlockFor: time.Second})
		log := h.Logger("slow")
		n := 0
		for start := time.Now(); time.Since(start) < time.Second; n++ {
			log.Info("m")
			time.Sleep(time.Millisecond)
			if n > 1000 {
				t.Fatal("the call never waited")
			}
		}
		s := h.Stats()
		checkLaw(t, s)
		if got := s.Handlers[0].Dropped["blocked too long"]["INFO"]; got != 1 {
			t.Errorf("dropped at the deadline: got %d, want 1 (%+v)", got, s.Handlers[0])
		}
		// A call that waits goes on as soon as there is room.
		waited := make(chan time.Duration)
		go func() {
			start := time.Now()
			log.Info("waits")
			waited <- time.Since(start)
		}()
		time.Sleep(500 * time.Millisecond)
		close(open)
		if got := <-waited; got < 500*time.Millisecond || got >= time.Second {
			t.Errorf("the call waited %v, want until there was room", got)
		}
		flush(t, h)
		messages := slow.messages()
		if !slices.Contains(messages, "waits") || !slices.Contains(messages, "1 record dropped here: blocked too long") {
			t.Errorf("messages: got %q", messages)
		}
		checkLaw(t, h.Stats())
		_ = h.Close(t.Context())
	})
}

func TestAfterClose(t *testing.T) {
	var errs []error
	h := jackdaw.New(jackdaw.Options{OnError: func(err error) { errs = append(errs, err) }})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	log := h.Logger("x")
	log.Info("before")
	for range 2 {
		if err := h.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	log.Info("after")
	if err := h.Handle(t.Context(), []record.Record{{Message: "after"}}); !errors.Is(err, jackdaw.ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want ErrClosed", err)
	}
	if err := h.AddHandler("", m, jackdaw.HandlerOptions{}); !errors.Is(err, jackdaw.ErrClosed) {
		t.Errorf("AddHandler after Close: got %v, want ErrClosed", err)
	}
	s := h.Stats()
	checkLaw(t, s)
	if s.Dropped["closed"]["INFO"] != 1 || len(errs) != 1 || !errors.Is(errs[0], jackdaw.ErrClosed) {
		t.Errorf("got %v, %v, want the record counted and told", s.Dropped, errs)
	}
	equal(t, "messages", m.messages(), []string{"before"})
	if m.closed != 1 {
		t.Errorf("handler closed %d times, want once", m.closed)
	}
}

func TestHandlerNames(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{Name: "mine"})
	if err := h.AddHandler("", new(memory), jackdaw.HandlerOptions{Name: "mine"}); err == nil {
		t.Error("two handlers may share a name")
	}
	if err := h.RemoveHandler(t.Context(), "yours"); err == nil || err.Error() != `remove handler: there is none named "yours"` {
		t.Errorf("RemoveHandler: got %v", err)
	}
	var names []string
	for _, hs := range h.Stats().Handlers {
		names = append(names, hs.Name)
	}
	equal(t, "names", names, []string{"*jackdaw_test.memory", "*jackdaw_test.memory-2", "mine"})
}

// A logger made before the default hierarchy was set follows it.
func TestDefault(t *testing.T) {
	early := jackdaw.Logger("myapp.db").With("k", 1)
	old := jackdaw.Default()
	defer jackdaw.SetDefault(old)
	h := newHierarchy(t, jackdaw.Options{})
	jackdaw.SetDefault(h)
	m := new(memory)
	if err := jackdaw.AddHandler("", m, jackdaw.HandlerOptions{}); err != nil {
		t.Fatal(err)
	}
	early.Info("i")
	jackdaw.SetLevel("myapp", slog.LevelError)
	early.Info("silent")
	if err := jackdaw.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "lines", m.lines(), []string{"INFO myapp.db i"})
	if err := jackdaw.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

type secret struct{ text string }

func (s *secret) LogValue() slog.Value { return slog.StringValue("<" + s.text + ">") }

type broken struct{}

func (broken) LogValue() slog.Value { panic("no value") }

type brokenJSON struct{}

func (brokenJSON) MarshalJSON() ([]byte, error) { panic("no JSON") }

type endless struct{}

func (endless) LogValue() slog.Value { return slog.AnyValue(endless{}) }

type colour int

// What is logged is what was true at the call.
func TestSnapshot(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{})
	list, dict, sec, n := []int{1}, map[string]any{"a": 1}, &secret{"before"}, 1
	group := []slog.Attr{slog.Any("in", list)}
	u, _ := url.Parse("http://h/p?q")
	h.Logger("x").With("bound", sec).Info("m", "list", list, "dict", dict, "sec", sec, "ptr", &n, "url", u,
		"err", fmt.Errorf("wrapped: %w", io.EOF), "colour", colour(3), "nilptr", (*secret)(nil), "raw", []byte("ab"),
		slog.Attr{Key: "g", Value: slog.GroupValue(group...)})
	h.Logger("x").Info("p", "panic", broken{}, "json", brokenJSON{}, "endless", endless{}, "func", struct{ F func() }{})
	list[0], dict["a"], sec.text, n, u.Path = 2, 2, "after", 2, "/other"
	group[0] = slog.String("in", "changed")
	close(gate)
	flush(t, h)
	var lines []string
	for _, r := range m.records {
		r.Time, r.PC, r.Source = time.Time{}, 0, slog.Source{}
		lines = append(lines, string(record.AppendJSON(nil, &r)))
	}
	equal(t, "lines", lines, []string{
		`{"level":"INFO","logger":"x","message":"m","attrs":{"bound":"<before>","list":[1],"dict":{"a":1},"sec":"<before>","ptr":1,"url":"http://h/p?q",` +
			`"err":"wrapped: EOF","colour":3,"nilptr":null,"raw":"YWI=","g":{"in":[1]}}}`,
		`{"level":"INFO","logger":"x","message":"p","attrs":{"panic":"!PANIC: no value","json":"!PANIC: no JSON",` +
			`"endless":"!ERROR: LogValue returns a LogValuer without end","func":"{F:<nil>}"}}`,
	})
}

// A program that never changes what it logged may have its values passed through as they are.
func TestTrustValues(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{TrustValues: true})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	list := []int{1}
	h.Logger("x").Info("m", "list", list)
	flush(t, h)
	if got, ok := m.records[0].Attrs[0].Value.Any().([]int); !ok || &got[0] != &list[0] {
		t.Errorf("got %v, want the very slice", m.records[0].Attrs[0])
	}
}

func TestSource(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	h.Logger("x").Info("here")
	flush(t, h)
	if src := m.records[0].Caller(); src == nil || !strings.HasSuffix(src.File, "jackdaw_test.go") || !strings.HasSuffix(src.Function, "TestSource") {
		t.Errorf("source: got %+v", src)
	}
}
