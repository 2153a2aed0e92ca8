package jackdaw_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/slogtest"

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
	for i := range batch {
		m.records = append(m.records, batch[i].Clone())
	}
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

func (broken) LogValue() slog.Value { panic("no value") }

func (brokenJSON) MarshalJSON() ([]byte, error) { panic("no JSON") }

func (endless) LogValue() slog.Value { return slog.AnyValue(endless{}) }
