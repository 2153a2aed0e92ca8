package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// lines is a writer whose content is read as JSON lines.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) objects(t *testing.T) (objects []map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.b.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		objects = append(objects, m)
	}
	return objects
}

func TestFromSlogContract(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		var l lines
		return handlertest.Subject{
			Handler: record.FromSlog(slog.NewJSONHandler(&l, nil)),
			Messages: func() (messages []string) {
				for _, m := range l.objects(t) {
					messages = append(messages, m[slog.MessageKey].(string))
				}
				return messages
			},
		}
	})
}

// A slog handler behind both adapters keeps slog's own contract.
func TestToSlog(t *testing.T) {
	var l *lines
	slogtest.Run(t, func(*testing.T) slog.Handler {
		l = new(lines)
		return record.ToSlog(record.FromSlog(slog.NewJSONHandler(l, nil)), "x", nil)
	}, func(t *testing.T) map[string]any { return l.objects(t)[0] })

	h := record.ToSlog(record.HandlerFunc(func(context.Context, []record.Record) error { return io.ErrShortWrite }), "x", slog.LevelError)
	if h.Enabled(t.Context(), slog.LevelWarn) || !h.Enabled(t.Context(), slog.LevelError) {
		t.Error("Enabled does not follow the level")
	}
	if err := h.Handle(t.Context(), slog.Record{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Handle: got %v, want the handler's error", err)
	}
}

func TestFromSlogKeepsWhatSlogHasNoPlaceFor(t *testing.T) {
	var l lines
	h := record.FromSlog(slog.NewJSONHandler(&l, nil))
	r := handlertest.Record(1)
	r.Source.File, r.Task, r.Host = "pay.py", "Task-1", "web-1"
	r.Exception = &record.Exception{Type: "ValueError"}
	r.Trace = record.Trace{ID: [16]byte{0xab}, Flags: 1}
	if err := h.Handle(t.Context(), []record.Record{r}); err != nil {
		t.Fatal(err)
	}
	got := l.objects(t)[0]
	if got["logger"] != "handler.test" || got["task"] != "Task-1" || got["host"] != "web-1" ||
		got["source"].(map[string]any)["file"] != "pay.py" || got["process"].(map[string]any)["pid"] != 4242.0 ||
		got["exception"].(map[string]any)["type"] != "ValueError" ||
		got["trace_id"] != "ab000000000000000000000000000000" || got["trace_flags"] != "01" || got["span_id"] != nil {
		t.Errorf("got %v", got)
	}
}

// faulty is a slog.Handler that errs, or panics, at the messages that say so.
type faulty struct{ slog.Handler }

func (f faulty) WithAttrs(attrs []slog.Attr) slog.Handler { return faulty{f.Handler.WithAttrs(attrs)} }

func (f faulty) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case strings.HasSuffix(r.Message, " 1"):
		return io.ErrClosedPipe
	case strings.HasSuffix(r.Message, " 2"):
		panic("faulty")
	}
	return f.Handler.Handle(ctx, r)
}

func TestFromSlogPartialError(t *testing.T) {
	var l lines
	h := record.FromSlog(faulty{slog.NewJSONHandler(&l, nil)})
	f := func(first, handled int, want string) {
		t.Helper()
		batch := []record.Record{handlertest.Record(0), handlertest.Record(1), handlertest.Record(2), handlertest.Record(3)}
		err := h.Handle(t.Context(), batch[first:])
		partial, ok := errors.AsType[*record.PartialError](err)
		if !ok || partial.Handled != handled || !record.IsPermanent(err) || err.Error() != want {
			t.Errorf("Handle: got %v, permanent %v, want %d handled, then %s", err, record.IsPermanent(err), handled, want)
		}
	}
	f(0, 1, "io: read/write on closed pipe")
	f(2, 0, "panic: faulty")
}
