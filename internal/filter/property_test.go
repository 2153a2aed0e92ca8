package filter_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// maker makes expressions and records at random, of few words, so that they often match.
type maker struct{ *rand.Rand }

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 5))} }

func pick[T any](m maker, all ...T) T { return all[m.IntN(len(all))] }

func (m maker) word() string {
	return pick(m, "a", "b", "ab", "A", "Ab", "é", "É", "ß", "ẞ", "K", "k", "x1", "42", "42.0", "-5", "0", "1e3", "接", "接続", "続",
		"warn", "true", "null", "a.b", "a-b", "a_b", "/a", "/a/", "a:b", "=a", "it's", "“a”", "ก", "e\u0301", "ſ", "s", "18446744073709551615",
		"36893488147419103232", "0.25", "OR", "NOT", "-", "*", `\`, `"`, "(", ")", "a*", `a\*`, "//a", "|", "4b000000000000000000000000000036")
}

// text returns a few words.
func (m maker) text() string {
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.word())
		b.WriteString(pick(m, "", " ", "  ", ".", "\n", "-", " "))
	}
	return strings.TrimSuffix(b.String(), " ")
}

func (m maker) pattern() filter.Pattern {
	switch m.IntN(10) {
	case 0:
		return filter.Pattern{Regexp: pick(m, "a", "a|b", "^a b$", `a\s+b`, `\d+`, "(ab)+ é", "a/b", `[(/)] \\`, "K é", "4."), IgnoreCase: m.IntN(2) == 0}
	case 1, 2, 3:
		parts := make([]string, 2+m.IntN(2))
		for i := range parts {
			if m.IntN(3) > 0 {
				parts[i] = m.word()
			}
		}
		return filter.Pattern{Parts: parts}
	case 4:
		return filter.Plain(m.text())
	}
	return filter.Plain(m.word())
}

func (m maker) field() string {
	return pick(m, "n", "s", "g", "g.n", "g.h", "g.h.s", "G.S", "list", "m.k", "no", "é", "odd name", "a.b", "attrs", "attrs.message", "attrs.lvl", "attrs.host",
		"message", "exception", "exception.type", "exception.message", "traceback", "stack", "source", "source.function", "function",
		"file", "line", "process", "process.pid", "pid", "thread", "thread.id", "task", "host", "peer", "levelno", "levelname",
		"trace_id", "span_id", "trace_flags", "time.x", "user.id")
}

func (m maker) expr(depth int) filter.Expr {
	if depth > 0 && m.IntN(3) > 0 {
		members := make([]filter.Expr, m.IntN(4))
		for i := range members {
			members[i] = m.expr(depth - 1)
		}
		return pick[filter.Expr](m, filter.And(members), filter.Or(members), filter.Not{X: m.expr(depth - 1)})
	}
	level := slog.Level(m.IntN(24) - 10)
	switch m.IntN(12) {
	case 0:
		return filter.Level{Min: level, Max: filter.MaxLevel}
	case 1:
		return pick[filter.Expr](m, filter.Level{Min: filter.MinLevel, Max: level}, filter.Level{Min: level, Max: level}, filter.Level{Min: level, Max: level + 3})
	case 2:
		return filter.Time{Received: m.IntN(3) == 0, Before: m.IntN(2) == 0, At: now.Add(time.Duration(m.IntN(5)-2) * time.Second)}
	case 3:
		return filter.Present{Field: pick(m, m.field(), "logger", "time", "received", "level")}
	case 4:
		return filter.Compare{Field: m.field(), Op: pick(m, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual),
			Value: pick(m, m.word(), "5", "41.5", "1s", "-1")}
	case 5:
		return filter.Text{Field: "logger", Whole: m.IntN(2) == 0, Pattern: filter.Pattern{Parts: pick(m, []string{"a"}, []string{"a.b"}, []string{"A", ""}, []string{"", "b"}, []string{"a.", "b"})}}
	case 6, 7, 8:
		return filter.Text{Pattern: m.pattern()}
	}
	e := filter.Text{Field: m.field(), Whole: m.IntN(2) == 0, Pattern: m.pattern()}
	if e.Whole && m.IntN(10) == 0 {
		e.Pattern = filter.Plain("")
	}
	return e
}

// filter returns a filter that [filter.New] takes.
func (m maker) filter() *filter.Filter {
	for {
		if f, err := filter.New(m.expr(3)); err == nil {
			return f
		}
	}
}

func (m maker) value(depth int) slog.Value {
	if depth > 0 {
		switch m.IntN(8) {
		case 0:
			return slog.GroupValue(m.attrs(depth - 1)...)
		case 1:
			list := make([]any, m.IntN(3))
			for i := range list {
				list[i] = m.value(depth - 1).Any()
				if _, ok := list[i].([]slog.Attr); ok {
					list[i] = map[string]any{"k": m.word(), "h": map[string]any{}}
				}
			}
			return slog.AnyValue(list)
		case 2:
			return slog.AnyValue(map[string]any{"k": m.text(), "n": int64(m.IntN(50)), "h": map[string]any{"s": []any{m.word(), nil, true}}})
		}
	}
	return pick(m, slog.StringValue(m.text()), slog.StringValue(m.word()), slog.StringValue(""), slog.IntValue(m.IntN(50)-5), slog.IntValue(42), slog.Uint64Value(math.MaxUint64),
		slog.Float64Value(42), slog.Float64Value(0.25), slog.Float64Value(1000), slog.Float64Value(math.NaN()), slog.Float64Value(math.Inf(-1)),
		slog.Float64Value(1<<65), slog.Float64Value(math.Copysign(0, -1)), slog.BoolValue(true), slog.BoolValue(false), slog.DurationValue(time.Second),
		slog.TimeValue(now), slog.AnyValue(nil), slog.AnyValue(json.Number("36893488147419103232")), slog.AnyValue(errors.New(m.word())),
		slog.AnyValue([]string{m.word(), m.word()}), slog.AnyValue(struct{ K, H string }{m.word(), m.word()}), slog.AnyValue(json.RawMessage(`{"k":[42,{"s":"a"}]}`)),
		slog.AnyValue(slog.LevelInfo), slog.AnyValue(valuer{m.word()}), slog.AnyValue(map[string]any{}),
		slog.AnyValue([]any(nil)), slog.AnyValue(map[string]any(nil)), slog.AnyValue(&slog.Source{File: m.word()}), slog.AnyValue((*slog.Source)(nil)), slog.AnyValue(&slog.Source{}))
}

type valuer struct{ s string }

func (v valuer) LogValue() slog.Value { return slog.GroupValue(slog.String("s", v.s)) }

func (m maker) attrs(depth int) []slog.Attr {
	attrs := make([]slog.Attr, m.IntN(4))
	for i := range attrs {
		attrs[i] = slog.Attr{Key: pick(m, "n", "s", "S", "g", "h", "g.n", "list", "m", "É", "odd name", "message", "lvl", "host", "pid", "a.b", "k", "", "user"), Value: m.value(depth)}
	}
	return attrs
}

func (m maker) record() *record.Record {
	r := &record.Record{Level: slog.Level(m.IntN(24) - 10), Logger: pick(m, "", "root", "a", "a.b", "A.b.c", "ab"), Message: m.text(), Attrs: m.attrs(3)}
	maybe := func(set func()) {
		if m.IntN(3) == 0 {
			set()
		}
	}
	maybe(func() { r.Time = now.Add(time.Duration(m.IntN(5)-2) * time.Second) })
	maybe(func() { r.Received = now.Add(time.Duration(m.IntN(5)-2) * time.Second) })
	maybe(func() {
		r.Exception = &record.Exception{Type: pick(m, "", "a"), Message: m.word(), Traceback: pick(m, "", m.text())}
	})
	maybe(func() { r.Stack = m.text() })
	maybe(func() {
		r.Source = slog.Source{Function: m.word(), File: pick(m, "/a/b.py", "", "ab"), Line: m.IntN(50) - 3}
	})
	maybe(func() { r.Process = record.Process{PID: m.IntN(50) - 3, Name: m.word()} })
	maybe(func() { r.Thread = record.Thread{ID: uint64(m.IntN(50)), Name: m.word()} })
	maybe(func() { r.Task, r.Host, r.Peer = m.word(), m.word(), m.word() })
	maybe(func() { r.LevelNo, r.LevelName = m.IntN(50)-3, m.word() })
	maybe(func() {
		r.Trace = record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{7: byte(m.IntN(2))}, Flags: byte(m.IntN(2))}
	})
	return r
}

// rounds is n, or many times that in the long tier.
func rounds(n int) int {
	if testenv.Long() {
		return 100 * n
	}
	return n
}

// Whatever the expression, its canonical form is read back as the same one.
func TestPrintAndParse(t *testing.T) {
	m := newMaker(1)
	for range rounds(2_000) {
		f := m.filter()
		text := f.String()
		back, err := filter.Parse(text, now)
		if err != nil {
			t.Fatalf("%#v\nprints %s\nwhich does not parse: %v", f.Expr(), text, err)
		}
		if !reflect.DeepEqual(back.Expr(), f.Expr()) || back.String() != text {
			t.Fatalf("%#v\nprints %s\nwhich is read as %#v\nand prints %s", f.Expr(), text, back.Expr(), back)
		}
	}
}

// A record matches just where the plain evaluation of its JSON form does, and then it also has all that
// the filter needs.
func TestMatchAsReference(t *testing.T) {
	m := newMaker(2)
	matches, needs, rounds := 0, 0, rounds(6_000)
	for range rounds {
		f, r := m.filter(), m.record()
		ref := reference{leaves(t, r)}
		got, want := f.Match(r), ref.match(f.Expr())
		if got != want {
			t.Fatalf("Match(%s): got %v, want %v\nof %s", f, got, want, record.AppendJSON(nil, r))
		}
		met := indexOf(r).meets(f.Need())
		if got && !met {
			t.Fatalf("%s matches, but does not meet %#v\nof %s", f, f.Need(), record.AppendJSON(nil, r))
		}
		if b := filter.BoundsOf(f.Need()); got && (b.None() || r.Level < b.Level.Min || r.Level > b.Level.Max || !inside(b.Time, r.Time) || !inside(b.Received, r.Received)) {
			t.Fatalf("%s matches, but is out of %+v\nof %s", f, b, record.AppendJSON(nil, r))
		}
		if got {
			matches++
		}
		if met {
			needs++
		}
	}
	// The test says nothing if all match, or none; nor if what is needed is always met.
	t.Logf("%d of %d match, %d have what is needed", matches, rounds, needs)
	if matches < rounds/10 || matches > rounds*9/10 || needs > rounds*9/10 {
		t.Errorf("%d of %d match, %d have what is needed: too one-sided a sample", matches, rounds, needs)
	}
}

func inside(n filter.NeedTime, at time.Time) bool {
	if n.From.IsZero() && n.To.IsZero() {
		return true
	}
	return !at.IsZero() && (n.From.IsZero() || !at.Before(n.From)) && (n.To.IsZero() || at.Before(n.To))
}

// found is what a record is found by.
type found struct {
	record *record.Record
	terms  []string
	attrs  []filter.NeedAttr
}

func indexOf(r *record.Record) *found {
	f := &found{record: r}
	x := filter.Index{
		Term: func(term []byte) { f.terms = append(f.terms, string(term)) },
		Attr: func(name, value []byte) {
			f.attrs = append(f.attrs, filter.NeedAttr{Name: string(name), Value: string(value)})
		},
	}
	x.Add(r)
	return f
}

func (f *found) meets(n filter.Need) bool {
	switch n := n.(type) {
	case filter.NeedAll:
		for _, part := range n {
			if !f.meets(part) {
				return false
			}
		}
		return true
	case filter.NeedAny:
		return slices.ContainsFunc(n, f.meets)
	case filter.NeedTerm:
		for _, term := range f.terms {
			if term == n.Term || n.Prefix && strings.HasPrefix(term, n.Term) {
				return true
			}
		}
		return false
	case filter.NeedAttr:
		return slices.Contains(f.attrs, n)
	case filter.NeedLevel:
		return f.record.Level >= n.Min && f.record.Level <= n.Max
	case filter.NeedLogger:
		name := filter.Fold(f.record.Logger)
		return name == n.Name || n.Below && strings.HasPrefix(name, n.Name+".")
	case filter.NeedTime:
		if n.Received {
			return inside(n, f.record.Received)
		}
		return inside(n, f.record.Time)
	}
	panic("unknown need")
}
