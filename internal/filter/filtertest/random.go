// Package filtertest makes records and filters at random, for the tests of what matches or finds records.
package filtertest

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// Random makes records and filters of few words, so that the filters often match, and of every kind there is.
type Random struct {
	*rand.Rand
	live bool
}

// NewStored returns a Random of what a store may hold, text that is no UTF-8 included. It makes the same things each time.
func NewStored(seed uint64) Random { return Random{Rand: rand.New(rand.NewPCG(seed, 20261122))} }

// NewLive returns a Random of what programs log and people type: all text is UTF-8, and there are values that only the
// program that logged them has, LogValuers among them.
func NewLive(seed uint64) Random {
	r := NewStored(seed)
	r.live = true
	return r
}

// Now is the moment about which random records were logged.
var Now = time.Date(2026, 11, 22, 10, 41, 41, 702_000_000, time.UTC)

// Pick returns one of all.
func Pick[T any](m Random, all ...T) T { return all[m.IntN(len(all))] }

func (m Random) word() string {
	if !m.live && m.IntN(40) == 0 {
		return Pick(m, "\xff", "\xed\xb3\xbf")
	}
	return Pick(m, "a", "b", "ab", "A", "Ab", "é", "É", "É1", "1é", "ß", "ẞ", "K", "k", "x1", "X1", "42", "42.0", "-5", "0", "007", "07", "1e3", "接", "接続", "続", "a5é",
		"warn", "true", "null", "a.b", "a-b", "a_b", "/a", "/a/", "a:b", "=a", "it's", "“a”", "ก", "e\u0301", "ſ", "s", "18446744073709551615", "000000000000000000007",
		"36893488147419103232", "0.25", "OR", "NOT", "-", "*", `\`, `"`, "(", ")", "a*", `a\*`, "//a", "|", "4b000000000000000000000000000036", "\x00", "\x01", "\x02a", "\x03\x02", "\t", "\n", "Infinity", "10.0.0.7", "0x7f")
}

// text returns a few words.
func (m Random) text() string {
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.word())
		b.WriteString(Pick(m, "", " ", "  ", ".", "\n", "-", " "))
	}
	return strings.TrimSuffix(b.String(), " ")
}

func (m Random) pattern() filter.Pattern {
	switch m.IntN(10) {
	case 0:
		return filter.Pattern{Regexp: Pick(m, "a", "a|b", "^a b$", `a\s+b`, `\d+`, "(ab)+ é", "a/b", `[(/)] \\`, "K é", "4.", `[1-9]+x`), IgnoreCase: m.IntN(2) == 0}
	case 1, 2:
		parts := make([]string, 2+m.IntN(2))
		for i := range parts {
			if m.IntN(3) > 0 {
				parts[i] = m.word()
			}
		}
		return filter.Pattern{Parts: parts}
	case 3:
		return filter.Plain(m.text())
	}
	return filter.Plain(m.word())
}

func (m Random) field() string {
	return Pick(m, "n", "s", "g", "g.n", "g.h", "g.h.s", "G.S", "list", "m.k", "no", "é", "odd name", "a.b", "attrs", "attrs.message", "attrs.lvl", "attrs.host",
		"message", "exception", "exception.type", "exception.message", "traceback", "stack", "source", "source.function", "function",
		"file", "line", "process", "process.pid", "pid", "thread", "thread.id", "task", "host", "peer", "levelno", "levelname",
		"trace_id", "span_id", "trace_flags", "time.x", "user.id")
}

func (m Random) expr(depth int) filter.Expr {
	if depth > 0 && m.IntN(3) > 0 {
		members := make([]filter.Expr, m.IntN(4))
		for i := range members {
			members[i] = m.expr(depth - 1)
		}
		return Pick[filter.Expr](m, filter.And(members), filter.Or(members), filter.Not{X: m.expr(depth - 1)})
	}
	level := slog.Level(m.IntN(24) - 10)
	switch m.IntN(13) {
	case 0:
		return filter.Level{Min: level, Max: filter.MaxLevel}
	case 1:
		return Pick(m, filter.Level{Min: filter.MinLevel, Max: level}, filter.Level{Min: level, Max: level}, filter.Level{Min: level, Max: level + 3})
	case 2:
		return filter.Time{Received: m.IntN(3) == 0, Before: m.IntN(2) == 0, At: Now.Add(time.Duration(m.IntN(5)-2) * time.Second)}
	case 3:
		return filter.Present{Field: Pick(m, m.field(), "logger", "time", "received", "level")}
	case 4:
		return filter.Compare{Field: m.field(), Op: Pick(m, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual), Value: Pick(m, m.word(), "5", "41.5", "1s", "-1")}
	case 5:
		return filter.Text{Field: "logger", Whole: m.IntN(2) == 0, Pattern: filter.Pattern{Parts: Pick(m, []string{"a"}, []string{"a.b"}, []string{"A", ""}, []string{"", "b"}, []string{"a.", "b"})}}
	case 6, 7, 8, 9:
		return filter.Text{Pattern: m.pattern()}
	}
	e := filter.Text{Field: m.field(), Whole: m.IntN(2) == 0, Pattern: m.pattern()}
	if e.Whole && m.IntN(10) == 0 {
		e.Pattern = filter.Plain("")
	}
	return e
}

// Filter returns a filter.
func (m Random) Filter() *filter.Filter {
	for {
		if f, err := filter.New(m.expr(3)); err == nil {
			return f
		}
	}
}

func (m Random) value(depth int) slog.Value {
	if m.live && m.IntN(8) == 0 {
		return m.liveValue()
	}
	if depth > 0 {
		switch m.IntN(8) {
		case 0:
			return slog.GroupValue(m.attrs(depth - 1)...)
		case 1:
			if m.live {
				return m.liveList(depth)
			}
			return slog.AnyValue([]any{m.word(), int64(m.IntN(50)), nil, map[string]any{"k": m.word(), "h": map[string]any{}}}[:m.IntN(5)])
		case 2:
			return slog.AnyValue(map[string]any{"k": m.text(), "n": int64(m.IntN(50)), "h": map[string]any{"s": []any{m.word(), nil, true}}})
		}
	}
	return Pick(m, slog.StringValue(m.text()), slog.StringValue(m.word()), slog.StringValue(""), slog.IntValue(m.IntN(50)-5), slog.IntValue(42), slog.Int64Value(m.Int64()-1<<62), slog.Uint64Value(math.MaxUint64),
		slog.Float64Value(42), slog.Float64Value(0.25), slog.Float64Value(1000), slog.Float64Value(m.NormFloat64()), slog.Float64Value(math.NaN()), slog.Float64Value(math.Inf(-1)),
		slog.Float64Value(1<<65), slog.Float64Value(math.Copysign(0, -1)), slog.BoolValue(true), slog.BoolValue(false), slog.DurationValue(time.Second), slog.DurationValue(42),
		slog.TimeValue(Now), slog.TimeValue(time.Time{}), slog.TimeValue(time.Unix(1<<40, 0)), slog.TimeValue(Now.In(time.FixedZone("", 7200))),
		slog.AnyValue(nil), slog.AnyValue(json.Number("36893488147419103232")), slog.AnyValue(errors.New(m.word())),
		slog.AnyValue([]string{m.word(), m.word()}), slog.AnyValue(struct{ K, H string }{m.word(), m.word()}), slog.AnyValue(slog.LevelInfo), slog.AnyValue(map[string]any{}))
}

func (m Random) liveValue() slog.Value {
	return Pick(m, slog.AnyValue(json.RawMessage(`{"k":[42,{"s":"a"}]}`)), slog.AnyValue(valuer{m.word()}), slog.AnyValue([]any(nil)),
		slog.AnyValue(map[string]any(nil)), slog.AnyValue(&slog.Source{File: m.word()}), slog.AnyValue((*slog.Source)(nil)), slog.AnyValue(&slog.Source{}))
}

// liveList returns a list of whatever there is.
func (m Random) liveList(depth int) slog.Value {
	list := make([]any, m.IntN(3))
	for i := range list {
		list[i] = m.value(depth - 1).Any()
		if _, ok := list[i].([]slog.Attr); ok {
			list[i] = map[string]any{"k": m.word(), "h": map[string]any{}}
		}
	}
	return slog.AnyValue(list)
}

type valuer struct{ s string }

func (v valuer) LogValue() slog.Value { return slog.GroupValue(slog.String("s", v.s)) }

func (m Random) attrs(depth int) []slog.Attr {
	attrs := make([]slog.Attr, m.IntN(4))
	for i := range attrs {
		attrs[i] = slog.Attr{Key: Pick(m, "n", "n", "s", "s", "S", "g", "g", "h", "g.n", "list", "m", "É", "odd name", "message", "lvl", "host", "pid", "a.b", "k", "", "user"), Value: m.value(depth)}
	}
	return attrs
}

// Record returns a record without an id.
func (m Random) Record() record.Record {
	if !m.live && m.IntN(500) == 0 {
		return Pick(m, handlertest.Awkward()...)
	}
	r := record.Record{Level: slog.Level(m.IntN(24) - 10), Logger: Pick(m, "", "root", "a", "a.b", "A.b.c", "ab"), Message: m.text(), Attrs: m.attrs(3)}
	maybe := func(set func()) {
		if m.IntN(3) == 0 {
			set()
		}
	}
	switch {
	case m.live:
		maybe(func() { r.Time = Now.Add(time.Duration(m.IntN(5)-2) * time.Second) }) // often the one of a filter
	case m.IntN(20) > 0:
		r.Time = Now.Add(time.Duration(m.IntN(5000)-2500) * time.Millisecond)
	}
	maybe(func() { r.Time = r.Time.In(time.FixedZone("", Pick(m, -3600, 19800))) })
	maybe(func() { r.Received = Now.Add(time.Duration(m.IntN(5)-2) * time.Second) })
	maybe(func() {
		r.Exception = &record.Exception{Type: Pick(m, "", "a"), Message: m.word(), Traceback: Pick(m, "", m.text())}
	})
	maybe(func() { r.Stack = m.text() })
	maybe(func() {
		r.Source = slog.Source{Function: m.word(), File: Pick(m, "/a/b.py", "", "ab"), Line: m.IntN(50) - 3}
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

// Records returns n records without ids.
func (m Random) Records(n int) []record.Record {
	records := make([]record.Record, n)
	for i := range records {
		records[i] = m.Record()
	}
	return records
}
