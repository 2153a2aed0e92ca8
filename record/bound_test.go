package record_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// binder is a slog handler that counts what it is told once.
type binder struct {
	slog.Handler
	times *atomic.Int32
}

func (b binder) WithAttrs(attrs []slog.Attr) slog.Handler {
	b.times.Add(1)
	return binder{b.Handler.WithAttrs(attrs), b.times}
}

func (b binder) WithGroup(name string) slog.Handler {
	b.times.Add(1)
	return binder{b.Handler.WithGroup(name), b.times}
}

// What a scope binds is told a slog handler once, and its output is that of all attrs in each record.
func TestFromSlogBindsOnce(t *testing.T) {
	var none record.Scope
	x, y, empty := slog.Int("x", 1), slog.String("y", "2"), slog.Attr{Key: "e", Value: slog.GroupValue()}
	own := []slog.Attr{slog.Int("own", 3), slog.Group("g", slog.Int("in", 4)), slog.Int("last", 5)}
	f := func(scope record.Scope, wantTimes int32, edit func(r *record.Record)) {
		t.Helper()
		var bound, plain bytes.Buffer
		var times atomic.Int32
		o := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return a }}
		h, reference := record.FromSlog(binder{slog.NewJSONHandler(&bound, o), &times}), record.FromSlog(slog.NewJSONHandler(&plain, o))
		var mem []slog.Attr
		for i := range 6 {
			r := record.Record{Logger: "app", Message: "m"}
			mem = scope.Bind(&r, mem[:0], nil, own[:i%len(own)])
			if edit != nil {
				edit(&r)
			}
			want := r.Clone() // which is not known to be bound
			if err := h.Handle(t.Context(), []record.Record{r}); err != nil {
				t.Fatal(err)
			}
			if err := reference.Handle(t.Context(), []record.Record{want}); err != nil {
				t.Fatal(err)
			}
		}
		if bound.String() != plain.String() {
			t.Errorf("got\n%swant\n%s", &bound, &plain)
		}
		if got := times.Load(); got != wantTimes {
			t.Errorf("bound %d times, want %d", got, wantTimes)
		}
	}
	f(none, 1, nil) // the logger's name
	f(none.WithAttrs([]slog.Attr{x}), 3, nil)
	f(none.WithGroup("g"), 3, nil)
	f(none.WithAttrs([]slog.Attr{x}).WithGroup("g").WithAttrs([]slog.Attr{y}).WithGroup("h"), 6, nil)
	f(none.WithAttrs([]slog.Attr{empty}).WithGroup("g").WithAttrs([]slog.Attr{empty, x, empty}), 4, nil)
	f(none.WithAttrs([]slog.Attr{x}), 3, func(r *record.Record) { r.Task = "t" })
	f(none.WithGroup("g").WithAttrs([]slog.Attr{x}), 1, func(r *record.Record) { r.Task = "t" })
	// Attrs that somebody replaced count as they are.
	f(none.WithAttrs([]slog.Attr{x}), 1, func(r *record.Record) { r.Attrs = []slog.Attr{y} })
	f(none.WithAttrs([]slog.Attr{x, y}), 1, func(r *record.Record) { r.Attrs = r.Attrs[:1] })
}

// A slog handler may keep what it is given; the record is the caller's.
func TestFromSlogGivesNothingOfTheBatch(t *testing.T) {
	var kept slog.Record
	h := record.FromSlog(keeper{&kept})
	batch := []record.Record{{Message: "m", Source: slog.Source{File: "a.py", Line: 1}}}
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	batch[0].Source.File = "b.py"
	kept.Attrs(func(a slog.Attr) bool {
		if source := a.Value.Any().(*slog.Source); source.File != "a.py" {
			t.Errorf("source: got %+v, want the place it was", source)
		}
		return true
	})
}

// keeper is a slog handler that keeps the last record.
type keeper struct{ kept *slog.Record }

func (k keeper) Enabled(context.Context, slog.Level) bool { return true }
func (k keeper) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k keeper) WithGroup(string) slog.Handler            { return k }

func (k keeper) Handle(_ context.Context, r slog.Record) error {
	*k.kept = r.Clone()
	return nil
}
