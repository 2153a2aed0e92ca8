package storetest

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
type Random struct{ *rand.Rand }

// NewRandom returns a Random that makes the same things each time.
func NewRandom(seed uint64) Random { return Random{rand.New(rand.NewPCG(seed, 20261122))} }

// Now is the moment about which random records were logged.
var Now = time.Date(2026, 11, 22, 10, 41, 41, 702_000_000, time.UTC)

func pick[T any](m Random, all ...T) T { return all[m.IntN(len(all))] }

func (m Random) word() string {
	return pick(m, "a", "b", "ab", "A", "Ab", "é", "É1", "1é", "ß", "K", "k", "x1", "X1", "42", "42.0", "-5", "0", "007", "07", "1e3", "接", "接続", "a5é",
		"warn", "true", "null", "a.b", "a-b", "a_b", "/a", "a:b", "it's", "ก", "e\u0301", "s", "18446744073709551615", "000000000000000000007",
		"36893488147419103232", "0.25", "OR", "-", "*", `\`, `"`, "(", "\x00", "\x01", "\x02a", "\x03\x02", "\t", "\n", "Infinity", "10.0.0.7", "0x7f", "\xff", "\xed\xb3\xbf")
}

// Text returns a few words.
func (m Random) text() string {
	var b strings.Builder
	for range 1 + m.IntN(4) {
		b.WriteString(m.word())
		b.WriteString(pick(m, "", " ", "  ", ".", "\n", "-", " "))
	}
	return strings.TrimSuffix(b.String(), " ")
}

func (m Random) pattern() filter.Pattern {
	switch m.IntN(10) {
	case 0:
		return filter.Pattern{Regexp: pick(m, "a", "a|b", "^a b$", `a\s+b`, `\d+`, "(ab)+ é", "a/b", "K é", "4.", `[1-9]+x`), IgnoreCase: m.IntN(2) == 0}
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
	return pick(m, "n", "s", "g", "g.n", "g.h", "g.h.s", "G.S", "list", "m.k", "no", "é", "a.b", "attrs", "attrs.message", "attrs.host",
		"message", "exception", "exception.type", "exception.message", "traceback", "stack", "source", "source.function", "function",
		"file", "line", "process", "process.pid", "pid", "thread", "thread.id", "task", "host", "peer", "levelno", "levelname",
		"trace_id", "span_id", "trace_flags")
}

func (m Random) expr(depth int) filter.Expr {
	if depth > 0 && m.IntN(3) > 0 {
		members := make([]filter.Expr, m.IntN(4))
		for i := range members {
			members[i] = m.expr(depth - 1)
		}
		return pick[filter.Expr](m, filter.And(members), filter.Or(members), filter.Not{X: m.expr(depth - 1)})
	}
	level := slog.Level(m.IntN(24) - 10)
	switch m.IntN(13) {
	case 0:
		return filter.Level{Min: level, Max: filter.MaxLevel}
	case 1:
		return pick(m, filter.Level{Min: filter.MinLevel, Max: level}, filter.Level{Min: level, Max: level}, filter.Level{Min: level, Max: level + 3})
	case 2:
		return filter.Time{Received: m.IntN(3) == 0, Before: m.IntN(2) == 0, At: Now.Add(time.Duration(m.IntN(5)-2) * time.Second)}
	case 3:
		return filter.Present{Field: pick(m, m.field(), "logger", "time", "received")}
	case 4:
		return filter.Compare{Field: m.field(), Op: pick(m, filter.Less, filter.LessEqual, filter.Greater, filter.GreaterEqual), Value: pick(m, m.word(), "5", "41.5", "1s", "-1")}
	case 5:
		return filter.Text{Field: "logger", Whole: m.IntN(2) == 0, Pattern: filter.Pattern{Parts: pick(m, []string{"a"}, []string{"a.b"}, []string{"A", ""}, []string{"", "b"})}}
	case 6, 7, 8, 9:
		return filter.Text{Pattern: m.pattern()}
	}
	return filter.Text{Field: m.field(), Whole: m.IntN(2) == 0, Pattern: m.pattern()}
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
	if depth > 0 {
		switch m.IntN(8) {
		case 0:
			return slog.GroupValue(m.attrs(depth - 1)...)
		case 1:
			return slog.AnyValue([]any{m.word(), int64(m.IntN(50)), nil, map[string]any{"k": m.word()}}[:m.IntN(5)])
		case 2:
			return slog.AnyValue(map[string]any{"k": m.text(), "n": int64(m.IntN(50)), "h": map[string]any{"s": []any{m.word(), nil, true}}})
		}
	}
	return pick(m, slog.StringValue(m.text()), slog.StringValue(m.word()), slog.StringValue(""), slog.IntValue(m.IntN(50)-5), slog.IntValue(42), slog.Int64Value(m.Int64()-1<<62), slog.Uint64Value(math.MaxUint64),
		slog.Float64Value(42), slog.Float64Value(0.25), slog.Float64Value(m.NormFloat64()), slog.Float64Value(math.NaN()), slog.Float64Value(math.Inf(-1)),
		slog.Float64Value(1<<65), slog.Float64Value(math.Copysign(0, -1)), slog.BoolValue(true), slog.BoolValue(false), slog.DurationValue(time.Second), slog.DurationValue(42),
		slog.TimeValue(Now), slog.TimeValue(time.Time{}), slog.TimeValue(time.Unix(1<<40, 0)), slog.TimeValue(Now.In(time.FixedZone("", 7200))),
		slog.AnyValue(nil), slog.AnyValue(json.Number("36893488147419103232")), slog.AnyValue(errors.New(m.word())),
		slog.AnyValue([]string{m.word(), m.word()}), slog.AnyValue(struct{ K, H string }{m.word(), m.word()}), slog.AnyValue(slog.LevelInfo), slog.AnyValue(map[string]any{}))
}

func (m Random) attrs(depth int) []slog.Attr {
	attrs := make([]slog.Attr, m.IntN(4))
	for i := range attrs {
		attrs[i] = slog.Attr{Key: pick(m, "n", "n", "s", "s", "S", "g", "g", "h", "g.n", "list", "m", "É", "odd name", "message", "host", "pid", "a.b", "k", "", "user"), Value: m.value(depth)}
	}
	return attrs
}

// Record returns a record without an id.
func (m Random) Record() record.Record {
	if m.IntN(500) == 0 {
		return pick(m, handlertest.Awkward()...)
	}
	r := record.Record{Level: slog.Level(m.IntN(24) - 10), Logger: pick(m, "", "root", "a", "a.b", "A.b.c", "ab"), Message: m.text(), Attrs: m.attrs(3)}
	maybe := func(set func()) {
		if m.IntN(3) == 0 {
			set()
		}
	}
	if m.IntN(20) > 0 {
		r.Time = Now.Add(time.Duration(m.IntN(5000)-2500) * time.Millisecond)
	}
	maybe(func() { r.Time = r.Time.In(time.FixedZone("", pick(m, -3600, 19800))) })
	maybe(func() { r.Received = Now.Add(time.Duration(m.IntN(5)-2) * time.Second) })
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

// Records returns n records without ids.
func (m Random) Records(n int) []record.Record {
	records := make([]record.Record, n)
	for i := range records {
		records[i] = m.Record()
	}
	return records
}
