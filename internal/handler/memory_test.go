package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// target keeps messages, unless err says why not.
type target struct {
	messages []string
	err      func(message string) error
	flushed  int
	closed   int
}

func (k *target) Handle(_ context.Context, batch []record.Record) error {
	for i := range batch {
		if k.err != nil {
			if err := k.err(batch[i].Message); err != nil {
				return &record.PartialError{Handled: i, Err: err}
			}
		}
		k.messages = append(k.messages, batch[i].Message)
	}
	return nil
}

func (k *target) Flush(context.Context) error { k.flushed++; return nil }
func (k *target) Close() error                { k.closed++; return nil }

func newMemory(t *testing.T, to record.Handler, o handler.MemoryOptions) *handler.Memory {
	t.Helper()
	m, err := handler.NewMemory(to, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// log hands over a record for each word; one in capitals is an error.
func log(t *testing.T, h record.Handler, words string) error {
	t.Helper()
	var batch []record.Record
	for word := range strings.FieldsSeq(words) {
		r := record.Record{Logger: "shop", Message: word}
		if word == strings.ToUpper(word) {
			r.Level = record.LevelError
		}
		batch = append(batch, r)
	}
	return h.Handle(t.Context(), batch)
}

func checkTarget(t *testing.T, k *target, want string) {
	t.Helper()
	if got := strings.Join(k.messages, " "); got != want {
		t.Errorf("the target has %q, want %q", got, want)
	}
}

func TestMemoryContract(t *testing.T) {
	for _, capacity := range []int{1, 7, 10_000} {
		t.Run(fmt.Sprint(capacity), func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				k := new(target)
				m := newMemory(t, k, handler.MemoryOptions{Capacity: capacity})
				return handlertest.Subject{Handler: m, Messages: func() []string {
					if err := m.Flush(t.Context()); err != nil {
						t.Error(err)
					}
					return k.messages
				}}
			})
		})
	}
}

func TestMemory(t *testing.T) {
	k := new(target)
	m := newMemory(t, k, handler.MemoryOptions{Capacity: 3})
	f := func(words, want string) {
		t.Helper()
		if err := log(t, m, words); err != nil {
			t.Error(err)
		}
		checkTarget(t, k, want)
	}
	f("a b", "")
	f("c d", "a b c")
	f("E f", "a b c d E")
	if got, want := m.Stats(), (handler.MemoryStats{Handled: 6, Flushed: 5, Waiting: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := m.Flush(t.Context()); err != nil || k.flushed != 1 {
		t.Errorf("Flush: got %v, the target was flushed %d times", err, k.flushed)
	}
	f("g", "a b c d E f")
	if err := errors.Join(m.Close(), m.Close()); err != nil || k.closed != 1 {
		t.Errorf("Close: got %v, the target was closed %d times", err, k.closed)
	}
	checkTarget(t, k, "a b c d E f g")
	if err := log(t, m, "h"); !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want a permanent error", err)
	}

	k = new(target)
	m = newMemory(t, k, handler.MemoryOptions{FlushLevel: record.LevelCritical, MaxBytes: 5000, NoFlushOnClose: true})
	f("A B "+strings.Repeat("x", 5000), "A B "+strings.Repeat("x", 5000))
	f("C d", "A B "+strings.Repeat("x", 5000))
	_ = m.Close()
	if got, want := m.Stats(), (handler.MemoryStats{Handled: 5, Flushed: 3, Dropped: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// With Latest what led to an error comes with it, the rest never.
func TestMemoryLatest(t *testing.T) {
	k := new(target)
	m := newMemory(t, k, handler.MemoryOptions{Capacity: 3, Latest: true})
	f := func(words, want string) {
		t.Helper()
		if err := log(t, m, words); err != nil {
			t.Error(err)
		}
		checkTarget(t, k, want)
	}
	f("a b c d e", "")
	const first = "4 records dropped here: the latest 3 are kept e f G"
	f("f G h i", first)
	f("j K", first+" 1 record dropped here: the latest 3 are kept i j K") // h made room for K
}

// A target that is away costs no record, and one that refuses a record only that.
func TestMemoryTrouble(t *testing.T) {
	away := errors.New("away")
	k := new(target)
	var told []string
	m := newMemory(t, k, handler.MemoryOptions{Capacity: 3, OnError: func(err error) { told = append(told, err.Error()) }})
	k.err = func(message string) error {
		if message != "a" {
			return away
		}
		return nil
	}
	err := log(t, m, "a b c d")
	if partial, ok := errors.AsType[*record.PartialError](err); !ok || partial.Handled != 2 || !errors.Is(err, away) {
		t.Errorf("got %v, want two records taken, and that it is away", err)
	}
	checkTarget(t, k, "a")
	if got, want := m.Stats(), (handler.MemoryStats{Handled: 2, Flushed: 1, Waiting: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	k.err = func(message string) error {
		if message == "c" {
			return record.Permanent(errors.New("no"))
		}
		return nil
	}
	if err := log(t, m, "c d"); err != nil {
		t.Error(err)
	}
	checkTarget(t, k, "a b d")
	if got, want := m.Stats(), (handler.MemoryStats{Handled: 4, Flushed: 3, Dropped: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if want := []string{`memory handler: a record of logger "shop" is dropped: no`}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	k.err = func(string) error { return away }
	if err := log(t, m, "e f"); err != nil {
		t.Error(err)
	}
	if err := m.Close(); !errors.Is(err, away) || !strings.HasPrefix(err.Error(), "memory handler: 2 records are dropped: ") {
		t.Errorf("Close: got %v", err)
	}
	if got, want := m.Stats(), (handler.MemoryStats{Handled: 6, Flushed: 3, Dropped: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMemoryOptions(t *testing.T) {
	for _, o := range []handler.MemoryOptions{{Capacity: -1}, {MaxBytes: -1}} {
		if _, err := handler.NewMemory(new(target), o); err == nil {
			t.Errorf("%+v: got nil, want an error", o)
		}
	}
	if _, err := handler.NewMemory(nil, handler.MemoryOptions{}); err == nil {
		t.Error("no target: got nil, want an error")
	}
}

func TestNull(t *testing.T) {
	if err := (handler.Null{}).Handle(t.Context(), handlertest.Awkward()); err != nil {
		t.Error(err)
	}
}
