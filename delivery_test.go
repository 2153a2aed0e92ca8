package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

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
		logAtOnce(t, h, want...)
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

// logAtOnce logs the messages as one batch, which the handlers get as one: they wait for it already.
func logAtOnce(t *testing.T, h *jackdaw.Hierarchy, messages ...string) {
	t.Helper()
	synctest.Wait()
	var batch []record.Record
	for _, m := range messages {
		batch = append(batch, record.Record{Message: m})
	}
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
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
		logAtOnce(t, h, "a", "bad", "b", "late", "bad", "c")
		flush(t, h)
		equal(t, "messages", got, []string{"a", "b", "late", "c", "2 records dropped here: handler error"})
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
