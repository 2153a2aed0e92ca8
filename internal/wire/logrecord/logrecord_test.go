package logrecord_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// item is one item of a dict.
type item struct {
	key   string
	value any
}

// build makes a record of items and returns its JSON form, or the error.
func build(items ...item) string {
	var b logrecord.Builder
	var r record.Record
	b.Start(&r)
	for _, it := range items {
		b.Set(it.key, slog.AnyValue(it.value))
	}
	if err := b.Finish(); err != nil {
		return err.Error()
	}
	return string(record.AppendJSON(nil, &r))
}

func TestBuilder(t *testing.T) {
	f := func(want string, items ...item) {
		t.Helper()
		if got := build(append(items, item{"msg", "m"})...); got != want {
			t.Errorf("%v:\n got %s\nwant %s", items, got, want)
		}
	}
	f(`{"level":"INFO","message":"m"}`)
	f(`{"level":"INFO","logger":"root","message":"m"}`, item{"name", "root"})
	f(`{"level":"INFO","logger":"5","message":"m"}`, item{"name", int64(5)})
	f(`{"level":"INFO","message":"m","attrs":{"name":["x"]}}`, item{"name", []any{"x"}})
	f(`{"level":"INFO","message":"m"}`, item{"name", nil}, item{"thread", nil}, item{"lineno", nil}, item{"exc_text", nil})
	f(`{"level":"INFO","message":"m","attrs":{"a":null,"b":1,"c":1.0,"d":true,"b":2}}`,
		item{"a", nil}, item{"b", int64(1)}, item{"c", 1.0}, item{"d", true}, item{"b", int64(2)})
	f(`{"level":"INFO","message":"m","source":{"function":"go","file":"/a/pay.py","line":7}}`,
		item{"pathname", "/a/pay.py"}, item{"filename", "pay.py"}, item{"module", "pay"}, item{"lineno", int64(7)}, item{"funcName", "go"})
	f(`{"level":"INFO","message":"m","source":{"file":"C:\\a\\pay.py"}}`,
		item{"module", "pay"}, item{"pathname", `C:\a\pay.py`}, item{"filename", "pay.py"})
	f(`{"level":"INFO","message":"m"}`,
		item{"pathname", "(unknown file)"}, item{"filename", "(unknown file)"}, item{"module", "(unknown file)"},
		item{"lineno", int64(0)}, item{"funcName", "(unknown function)"})
	f(`{"level":"INFO","message":"m","attrs":{"module":"billing"},"source":{"file":"a.pdf"}}`, item{"module", "billing"}, item{"filename", "a.pdf"})
	f(`{"level":"INFO","message":"m","process":{"pid":7,"name":"MainProcess"},"thread":{"id":18446744073709551615,"name":"T"},"task":"Task-1"}`,
		item{"process", "7"}, item{"processName", "MainProcess"}, item{"thread", uint64(math.MaxUint64)}, item{"threadName", "T"}, item{"taskName", "Task-1"})
	f(`{"level":"INFO","message":"m","attrs":{"process":"x","lineno":-1,"thread":-5,"process":18446744073709551615}}`,
		item{"process", "x"}, item{"lineno", int64(-1)}, item{"thread", int64(-5)}, item{"process", uint64(math.MaxUint64)})
	f(`{"time":"2023-11-14T22:13:20.123456000Z","level":"INFO","message":"m"}`,
		item{"created", 1700000000.123456}, item{"msecs", 123.0}, item{"relativeCreated", 12.5}, item{"asctime", "2023-11-14 23:13:20,123"})
	f(`{"level":"INFO","message":"m","attrs":{"created":"NaN","msecs":"x","asctime":"yesterday"}}`,
		item{"created", math.NaN()}, item{"msecs", "x"}, item{"asctime", "yesterday"})
	f(`{"level":"INFO","message":"m","attrs":{"created":"now"}}`, item{"created", "now"})
	f(`{"level":"INFO","message":"m","stack":"Stack (most recent call last):\n  File"}`, item{"stack_info", "Stack (most recent call last):\n  File"})
	f(`{"level":"INFO","message":"m","attrs":{"stack_info":["x"]}}`, item{"stack_info", []any{"x"}})
}

func TestBuilderLevel(t *testing.T) {
	f := func(levelno, name any, want string) {
		t.Helper()
		want += "}"
		if got := build(item{"levelno", levelno}, item{"levelname", name}, item{"msg", ""}); strings.Replace(got, `"message":"",`, "", 1) != want && strings.Replace(got, `,"message":""`, "", 1) != want {
			t.Errorf("levelno %v, levelname %v:\n got %s\nwant %s", levelno, name, got, want)
		}
	}
	f(int64(10), "DEBUG", `{"level":"DEBUG"`)
	f(int64(20), "INFO", `{"level":"INFO"`)
	f(int64(30), "WARNING", `{"level":"WARNING"`)
	f(int64(40), "ERROR", `{"level":"ERROR"`)
	f(int64(50), "CRITICAL", `{"level":"CRITICAL"`)
	f(int64(0), "NOTSET", `{"level":"DEBUG-4"`)
	f(int64(25), "Level 25", `{"level":"INFO+2"`)
	f(int64(25), "INFO+2", `{"level":"INFO+2"`)
	f(int64(25), "NOTICE", `{"level":"INFO+2","levelname":"NOTICE"`)
	f(int64(22), "Level 22", `{"level":"INFO+1","levelno":22`)
	f(int64(30), "WARN", `{"level":"WARNING","levelname":"WARN"`)
	f(int64(20), nil, `{"level":"INFO"`)
	f("20", "INFO", `{"level":"INFO"`)
	f(40.0, "ERROR", `{"level":"ERROR"`)
	f(nil, "error", `{"level":"ERROR","levelname":"error"`)
	f(nil, "CRITICAL", `{"level":"CRITICAL"`)
	f(nil, "Level 15", `{"level":"DEBUG+2"`)
	f(nil, "NOTSET", `{"level":"DEBUG-4"`)
	f(nil, "AUDIT", `{"level":"INFO","levelname":"AUDIT"`)
	f(nil, nil, `{"level":"INFO"`)
	f("high", "ERROR", `{"level":"ERROR","attrs":{"levelno":"high"}`)
	f(true, "ERROR", `{"level":"ERROR","attrs":{"levelno":true}`)
	f(int64(math.MaxInt64), "X", `{"level":"CRITICAL+419410","levelno":9223372036854775807,"levelname":"X"`)
}

func TestBuilderMessage(t *testing.T) {
	f := func(want string, items ...item) {
		t.Helper()
		if got := build(items...); got != want {
			t.Errorf("%v:\n got %s\nwant %s", items, got, want)
		}
	}
	f(logrecord.ErrNoMessage.Error(), item{"name", "x"})
	f(logrecord.ErrNoMessage.Error(), item{"message", nil})
	f(`{"level":"INFO","message":""}`, item{"msg", ""})
	f(`{"level":"INFO","message":"None"}`, item{"msg", nil})
	f(`{"level":"INFO","message":"{'a': [1, 'x', None]}"}`, item{"msg", slog.GroupValue(slog.Any("a", []any{int64(1), "x", nil}))})
	f(`{"level":"INFO","message":"said"}`, item{"message", "said"})
	f(`{"level":"INFO","message":"said"}`, item{"msg", "said"}, item{"message", "other"}, item{"args", nil})
	f(`{"level":"INFO","message":"100%"}`, item{"msg", "100%"}, item{"args", []any{}})
	f(`{"level":"INFO","message":"a %s","attrs":{"args":["b"]}}`, item{"msg", "a %s"}, item{"args", []any{"b"}})
	f(`{"level":"INFO","message":"a b","attrs":{"args":["b"],"msg":"a %s"}}`, item{"msg", "a %s"}, item{"args", []any{"b"}}, item{"message", "a b"})
}

// Records of one Builder share slabs and nothing else.
func TestBuilderSlab(t *testing.T) {
	var b logrecord.Builder
	records := make([]record.Record, 1000)
	for i := range records {
		b.Start(&records[i])
		b.Set("i", slog.IntValue(i))
		for range i % 5 {
			b.Set("more", slog.IntValue(i))
		}
		if i%7 == 0 { // given up: its attrs are nobody's
			b.Start(&records[i])
			b.Set("i", slog.IntValue(i))
		}
		b.Set("msg", slog.StringValue("m"))
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range records {
		want := 1 + i%5
		if i%7 == 0 {
			want = 1
		}
		attrs := records[i].Attrs
		if len(attrs) != want || cap(attrs) != want || attrs[0].Value.Int64() != int64(i) {
			t.Fatalf("record %d: got attrs %v of capacity %d, want %d", i, attrs, cap(attrs), want)
		}
	}
	var r record.Record
	allocs := testing.AllocsPerRun(1000, func() {
		b.Start(&r)
		b.Set("msg", slog.StringValue("m"))
		b.Set("a", slog.StringValue("b"))
		_ = b.Finish()
	})
	if allocs > 0 {
		t.Errorf("got %v allocations a record, want none", allocs)
	}
}

func TestKeyOf(t *testing.T) {
	for k := logrecord.Name; k <= logrecord.Asctime; k++ {
		if got := logrecord.KeyOf([]byte(k.String())); got != k || len(k.String()) > logrecord.MaxKeyLen {
			t.Errorf("KeyOf(%q): got %d, want %d", k, got, k)
		}
	}
	if got := logrecord.KeyOf(nil); got != logrecord.Other {
		t.Errorf("KeyOf of nothing: got %d, want Other", got)
	}
}

func TestStr(t *testing.T) {
	f := func(in any, want string) {
		t.Helper()
		if got := logrecord.Str(slog.AnyValue(in)); got != want {
			t.Errorf("Str(%v): got %s, want %s", in, got, want)
		}
	}
	f("it's", "it's")
	f(nil, "None")
	f(true, "True")
	f(int64(-3), "-3")
	f(uint64(math.MaxUint64), "18446744073709551615")
	f(json.Number("123456789012345678901234567890"), "123456789012345678901234567890")
	f(1.0, "1.0")
	f(1e16, "1e+16")
	f(123456789012345.6, "123456789012345.6")
	f(0.0001, "0.0001")
	f(0.00001, "1e-05")
	f(math.Inf(-1), "-inf")
	f(math.NaN(), "nan")
	f(math.Copysign(0, -1), "-0.0")
	f([]any{"it's", `"`, `'"`, "a\\\n\x00\x7f", false}, `["it's", '"', '\'"', 'a\\\n\x00\x7f', False]`)
	f([]any{"\u00e9\u00a0\u2028\U000e0001\ud7ff", "\xed\xb3\xbf"}, `['é\xa0\u2028\U000e0001\ud7ff', '\udcff']`)
	f(map[string]any{"b": []any{1.5}, "a": map[string]any{}}, `{'a': {}, 'b': [1.5]}`)
	f(slog.GroupValue(slog.Int("z", 1), slog.Group("a", slog.String("k", "v"))), `{'z': 1, 'a': {'k': 'v'}}`)
	deep := any("x")
	for range 100_000 {
		deep = []any{deep}
	}
	if got := logrecord.Str(slog.AnyValue(deep)); len(got) > 1000 {
		t.Errorf("Str of a deep list: got %d bytes", len(got))
	}
}

func TestErrNoMessage(t *testing.T) {
	var b logrecord.Builder
	var r record.Record
	b.Start(&r)
	if err := b.Finish(); !errors.Is(err, logrecord.ErrNoMessage) {
		t.Errorf("Finish: got %v, want ErrNoMessage", err)
	}
}

func TestTime(t *testing.T) {
	f := func(created float64, want string) {
		t.Helper()
		got := "no time"
		if at, ok := logrecord.Time(created); ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("Time(%v): got %s, want %s", created, got, want)
		}
	}
	f(1700000000.123456, "2023-11-14T22:13:20.123456Z")
	f(1700000000.1234567, "2023-11-14T22:13:20.1234567Z")
	f(1700000000.9999998, "2023-11-14T22:13:20.9999998Z")
	f(1795344101.702, "2026-11-22T10:41:41.702Z")
	f(2200000000.000001, "2039-09-18T23:06:40.000001Z")
	f(1700000000, "2023-11-14T22:13:20Z")
	f(0, "1970-01-01T00:00:00Z")
	f(1.1, "1970-01-01T00:00:01.1Z")
	f(-1.5, "1969-12-31T23:59:58.5Z")
	f(5e9, "2128-06-11T08:53:20Z")
	f(math.NaN(), "no time")
	f(math.Inf(1), "no time")
	f(math.Inf(-1), "no time")
	f(1e300, "no time")
	f(253402300800, "no time")
	f(-62135596801, "no time")
}
