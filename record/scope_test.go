package record_test

import (
	"log/slog"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// What Bind makes of a scope and attrs is what AppendAttrs makes of them, in memory that is used again.
func TestScopeBind(t *testing.T) {
	var none record.Scope
	x, y, lead, own := slog.Int("x", 1), slog.String("y", "2"), slog.Int("lead", 0), slog.Int("own", 3)
	scopes := map[string]record.Scope{
		"nothing":              none,
		"attrs":                none.WithAttrs([]slog.Attr{x, y}),
		"group":                none.WithGroup("g"),
		"attrs in a group":     none.WithGroup("g").WithAttrs([]slog.Attr{x}),
		"attrs around a group": none.WithAttrs([]slog.Attr{x}).WithGroup("g"),
		"groups":               none.WithAttrs([]slog.Attr{x}).WithGroup("g").WithGroup("h").WithAttrs([]slog.Attr{y}).WithGroup("i"),
	}
	var mem []slog.Attr
	for name, scope := range scopes {
		for _, own := range [][]slog.Attr{nil, {own}, {own, x, y}} {
			for _, lead := range [][]slog.Attr{nil, {lead}} {
				want := record.Record{Attrs: scope.AppendAttrs(append([]slog.Attr(nil), lead...), own)}
				for range 2 { // in new memory, then in the same
					var got record.Record
					mem = scope.Bind(&got, mem[:0], lead, own)
					if got, want := line(&got), line(&want); got != want {
						t.Errorf("%s with %v and %v: got %s, want %s", name, lead, own, got, want)
					}
				}
			}
		}
		var r record.Record
		leads, owns := []slog.Attr{lead}, []slog.Attr{own, x, y}
		if got := testing.AllocsPerRun(100, func() {
			mem = scope.Bind(&r, mem[:0], leads, owns)
		}); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

// A clone is not changed by what becomes of the memory of its original.
func TestClone(t *testing.T) {
	inner := []slog.Attr{slog.Int("in", 1)}
	attrs := []slog.Attr{slog.Int("n", 1), {Key: "g", Value: slog.GroupValue(slog.Attr{Key: "h", Value: slog.GroupValue(inner...)})}}
	r := record.Record{Message: "m", Attrs: attrs}
	c := r.Clone()
	want := line(&r)
	attrs[0], inner[0] = slog.Int("n", 2), slog.Int("in", 2)
	if got := line(&c); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func line(r *record.Record) string { return string(record.AppendJSON(nil, r)) }
