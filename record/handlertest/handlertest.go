// Package handlertest is the contract of [record.Handler] as a test suite. Every handler runs it.
package handlertest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Subject is a handler under test.
type Subject struct {
	Handler record.Handler
	// Messages flushes the handler where it needs that and returns, in their order, the messages
	// of all records handled so far.
	Messages func() []string
}

// Run checks the handlers that fresh makes, a new one for each test, against the contract. What a
// handler opened is closed by t.Cleanup in fresh.
func Run(t *testing.T, fresh func(t *testing.T) Subject) {
	t.Run("empty batch", func(t *testing.T) {
		s := fresh(t)
		if err := s.Handler.Handle(t.Context(), nil); err != nil {
			t.Errorf("Handle of an empty batch: got %v, want nil", err)
		}
		if got := s.Messages(); len(got) != 0 {
			t.Errorf("messages of an empty batch: got %q, want none", got)
		}
	})
	t.Run("order", func(t *testing.T) {
		s := fresh(t)
		var want []string
		for range 5 {
			var batch []record.Record
			for range 20 {
				r := Record(len(want))
				batch, want = append(batch, r), append(want, r.Message)
			}
			handle(t, s, batch)
		}
		if got := s.Messages(); !slices.Equal(got, want) {
			t.Errorf("messages: got %q, want %q", got, want)
		}
	})
	t.Run("batch is the caller's", func(t *testing.T) {
		s := fresh(t)
		batch := []record.Record{Record(1), Record(2)}
		before := []string{line(&batch[0]), line(&batch[1])}
		handle(t, s, batch)
		for i := range batch {
			if got := line(&batch[i]); got != before[i] {
				t.Errorf("Handle changed record %d: got %s, want %s", i, got, before[i])
			}
			batch[i] = record.Record{Message: "overwritten by its owner"}
		}
		if got, want := s.Messages(), []string{"message 1", "message 2"}; !slices.Equal(got, want) {
			t.Errorf("messages after the caller used its slice again: got %q, want %q", got, want)
		}
	})
	t.Run("concurrent calls", func(t *testing.T) { concurrent(t, fresh(t)) })
	t.Run("any value", func(t *testing.T) {
		s := fresh(t)
		var want []string
		for i, r := range Awkward() {
			r.Message = fmt.Sprintf("awkward %d", i)
			want = append(want, r.Message)
			handle(t, s, []record.Record{r})
		}
		if got := s.Messages(); !slices.Equal(got, want) {
			t.Errorf("messages: got %q, want %q", got, want)
		}
	})
	t.Run("forms", func(t *testing.T) { forms(t, fresh(t)) })
	t.Run("context", func(t *testing.T) {
		s := fresh(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := make(chan error, 1)
		go func() { done <- s.Handler.Handle(ctx, []record.Record{Record(1)}) }()
		select {
		case err := <-done: // custody and refusal are both fine; hanging is not
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Handle with an ended context: got %v, want nil or context.Canceled", err)
			}
		case <-time.After(time.Minute):
			t.Error("Handle with an ended context did not return")
		}
	})
}

// forms hands over records by the forms that the handler has for them, if it is a [record.Former], among
// whole ones.
func forms(t *testing.T, s Subject) {
	f, ok := s.Handler.(record.Former)
	if !ok {
		return
	}
	of, form := f.NewForm()
	if form == nil || of != s.Handler {
		return
	}
	var batch []record.Record
	var want []string
	for i := range 30 {
		r := Record(i)
		want = append(want, r.Message)
		if i%3 > 0 {
			text := form(nil, &r)
			r = record.Record{Time: r.Time, Level: r.Level, Logger: r.Logger, Message: r.Message}
			r.SetForm(text)
		}
		batch = append(batch, r)
	}
	handle(t, s, batch)
	if got := s.Messages(); !slices.Equal(got, want) {
		t.Errorf("messages of records by their forms: got %q, want %q", got, want)
	}
}

func concurrent(t *testing.T, s Subject) {
	const callers, each = 4, 25
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				r := Record(i)
				r.Message = fmt.Sprintf("caller %d message %02d", c, i)
				if err := s.Handler.Handle(t.Context(), []record.Record{r}); err != nil {
					t.Errorf("Handle: got %v, want nil", err)
				}
			}
		})
	}
	wg.Wait()
	got := s.Messages()
	for c := range callers {
		prefix := fmt.Sprintf("caller %d ", c)
		mine := slices.DeleteFunc(slices.Clone(got), func(m string) bool { return !strings.HasPrefix(m, prefix) })
		if len(mine) != each || !slices.IsSorted(mine) {
			t.Errorf("messages of caller %d: got %q, want %d in their order", c, mine, each)
		}
	}
}

func handle(t *testing.T, s Subject, batch []record.Record) {
	t.Helper()
	if err := s.Handler.Handle(t.Context(), batch); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
}

func line(r *record.Record) string { return string(record.AppendJSON(nil, r)) }

// Record returns a typical record with the message "message n".
func Record(n int) record.Record {
	return record.Record{
		Time:    time.Date(2026, 11, 22, 10, 41, 41, n, time.UTC),
		Level:   slog.LevelInfo,
		Logger:  "handler.test",
		Message: fmt.Sprintf("message %d", n),
		Attrs:   []slog.Attr{slog.Int("n", n), slog.String("kind", "typical"), slog.Group("g", slog.Bool("in", true))},
		Process: record.Process{PID: 4242, Name: "MainProcess"},
	}
}

// Awkward returns records whose fields are unusual, and that every handler takes all the same.
func Awkward() []record.Record {
	deep := slog.AnyValue("bottom")
	for range 2000 {
		deep = slog.GroupValue(slog.Attr{Key: "d", Value: deep})
	}
	far := int64(1) << 40 // cut off where a level has 32 bits
	hostile := "a\x00b\nc\r\x1b[31m\u2028\xff\xed\xb3\xbf\""
	return []record.Record{
		{},
		{Level: slog.Level(far), Time: time.Unix(1<<60, 0)},
		{Logger: hostile, Host: hostile, Peer: hostile, Stack: hostile, Task: hostile, Attrs: []slog.Attr{slog.String(hostile, hostile)}},
		{Exception: &record.Exception{Traceback: hostile}, Source: slog.Source{File: hostile, Line: -1}},
		{Attrs: []slog.Attr{{}, slog.Any("nil", nil), slog.Group(""), slog.Group("empty"), {Key: "deep", Value: deep}}},
		{Attrs: []slog.Attr{slog.Any("panics", panicky{}), slog.Any("chan", make(chan int)), slog.Any("err", (*nilError)(nil))}},
		{Attrs: []slog.Attr{slog.Any("list", []any{nil, "x", int64(1), map[string]any{"k": []any{}}})}},
		{PC: 1, Process: record.Process{PID: -1}, LevelNo: -7, LevelName: hostile},
	}
}

type panicky struct{}

func (panicky) LogValue() slog.Value         { panic("LogValue") }
func (panicky) MarshalJSON() ([]byte, error) { panic("MarshalJSON") }
func (panicky) String() string               { panic("String") }

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }
