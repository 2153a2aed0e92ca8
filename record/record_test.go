package record_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func TestAppendJSON(t *testing.T) {
	f := func(r record.Record, want string) {
		t.Helper()
		got := string(record.AppendJSON(nil, &r))
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("not valid JSON: %s", got)
		}
	}
	at := time.Date(2026, 11, 22, 10, 41, 41, 702000001, time.FixedZone("", 3600))

	f(record.Record{}, `{"level":"INFO","message":""}`)
	f(record.Record{Time: at, Level: 2, Logger: "shop.pay", Message: "hi", Attrs: []slog.Attr{slog.Int("n", 1)}},
		`{"time":"2026-11-22T10:41:41.702000001+01:00","level":"INFO+2","logger":"shop.pay","message":"hi","attrs":{"n":1}}`)
	f(record.Record{Time: at.UTC()}, `{"time":"2026-11-22T09:41:41.702000001Z","level":"INFO","message":""}`)
	f(record.Record{Time: at.In(time.FixedZone("", -5*3600-1800))}, `{"time":"2026-11-22T04:11:41.702000001-05:30","level":"INFO","message":""}`)
	f(record.Record{Level: 12, Message: "m", Source: slog.Source{Function: "f", File: "a.py", Line: 3},
		Exception: &record.Exception{Type: "ValueError", Message: "x", Traceback: "Traceback\nValueError: x"},
		Stack:     "s", Process: record.Process{PID: 7, Name: "p"}, Thread: record.Thread{ID: 140234567890123, Name: "t"},
		Task: "Task-1", Host: "web-1", Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{0: 0xf0, 7: 0xb7}, Flags: 1}, Received: at, Peer: "127.0.0.1:5", LevelNo: 51, LevelName: "FATALISH"},
		`{"level":"CRITICAL","message":"m","source":{"function":"f","file":"a.py","line":3},`+
			`"exception":{"type":"ValueError","message":"x","traceback":"Traceback\nValueError: x"},"stack":"s",`+
			`"process":{"pid":7,"name":"p"},"thread":{"id":140234567890123,"name":"t"},"task":"Task-1","host":"web-1",`+
			`"trace_id":"4b000000000000000000000000000036","span_id":"f0000000000000b7","trace_flags":"01",`+
			`"received":"2026-11-22T10:41:41.702000001+01:00","peer":"127.0.0.1:5","levelno":51,"levelname":"FATALISH"}`)

	f(record.Record{Trace: record.Trace{Span: [8]byte{1}}}, `{"level":"INFO","message":"","span_id":"0100000000000000"}`)

	attr := func(v any, want string) {
		t.Helper()
		f(record.Record{Attrs: []slog.Attr{slog.Any("v", v)}}, `{"level":"INFO","message":"","attrs":{"v":`+want+`}}`)
	}
	attr(nil, "null")
	attr(true, "true")
	attr(uint64(math.MaxUint64), "18446744073709551615")
	attr(1.0, "1.0")
	attr(-0.25, "-0.25")
	attr(1e300, "1e+300")
	attr(1e20, "100000000000000000000.0")
	attr(math.NaN(), `"NaN"`)
	attr(math.Inf(-1), `"-Infinity"`)
	attr(1500*time.Millisecond, "1500000000")
	attr(at, `"2026-11-22T10:41:41.702000001+01:00"`)
	attr(errors.New("<no>"), `"<no>"`)
	attr(struct{ A, B any }{1, "<&>"}, `{"A":1,"B":"<&>"}`)
	attr(json.Number("123456789012345678901234567890"), "123456789012345678901234567890")
	attr([]any{nil, int64(1), 2.0, map[string]any{"b": []any{}, "a": "\xed\xb3\xbf"}}, `[null,1,2.0,{"a":"\udcff","b":[]}]`)
	attr(map[string]any{}, "{}")
	attr(make(chan int), `"!ERROR: json: unsupported type: chan int"`)
	attr(panicky{}, `"!PANIC: no"`)
	attr(slog.GroupValue(slog.Int("a", 1), slog.Attr{Value: slog.GroupValue(slog.Int("b", 2))}, slog.Group("c")), `{"a":1,"b":2}`)
	f(record.Record{Attrs: []slog.Attr{slog.Group("c", slog.Group("d")), {}}}, `{"level":"INFO","message":""}`)

	text := func(s, want string) {
		t.Helper()
		f(record.Record{Message: s}, `{"level":"INFO","message":`+want+`}`)
	}
	text("a\x00b\n\r\t\"\\\x1b\x7f", `"a\u0000b\n\r\t\"\\\u001b\u007f"`)
	text("grün 😀\u0085\u2028", `"grün 😀\u0085\u2028"`)
	text("a\xed\xb3\xbfb\xed\xa0\x80", `"a\udcffb\ud800"`)
	text("\xff\xed\xb3", `"\ufffd\ufffd\ufffd"`)
}

type panicky struct{}

func (panicky) MarshalJSON() ([]byte, error) { panic("no") }

func TestAppendJSONValue(t *testing.T) {
	f := func(v slog.Value, want string) {
		t.Helper()
		if got := string(record.AppendJSONValue(nil, v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(slog.StringValue("a\x1b"), `"a\u001b"`)
	f(slog.Float64Value(1), "1.0")
	f(slog.AnyValue([]any{nil, true, map[string]any{"k": int64(1)}}), `[null,true,{"k":1}]`)
	f(slog.GroupValue(slog.Int("a", 1), slog.Group("g", slog.Bool("b", true))), `{"a":1,"g":{"b":true}}`)
	f(slog.GroupValue(), "{}")
}

// A record without surprises is written into the buffer it is given and nowhere else.
func TestAppendJSONAllocates(t *testing.T) {
	r := handlertest.Record(1)
	buf := make([]byte, 0, 1024)
	if got := testing.AllocsPerRun(100, func() { buf = record.AppendJSON(buf[:0], &r) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// Every byte is seen wherever it stands among the eight that are looked at together.
func TestAppendJSONStringSeesEachByte(t *testing.T) {
	for b := range 256 {
		for at := range 17 {
			s := strings.Repeat("a", at) + string([]byte{byte(b)}) + strings.Repeat("z", 16-at)
			got := record.AppendJSONString(nil, s)
			if plain := b >= 0x20 && b < 0x7f && b != '"' && b != '\\'; plain != (string(got) == `"`+s+`"`) {
				t.Errorf("byte %#x at %d: got %s", b, at, got)
			}
		}
	}
}

func FuzzAppendJSONString(f *testing.F) {
	for _, s := range []string{"", "a\x00b", "\xed\xb3\xbf", "\xff", "\u2028\u0085😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		got := record.AppendJSONString(nil, s)
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("AppendJSONString(%q) = %s: %v", s, got, err)
		}
		// encoding/json reads a lone surrogate, as any byte that is no UTF-8, as U+FFFD, and a
		// high one before a low one as the character they are halves of.
		var want []rune
		high, pair := false, false
		for i := 0; i < len(s); {
			r, size := utf8.DecodeRuneInString(s[i:])
			low := false
			if len(s)-i >= 3 && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
				size, low = 3, s[i+1] >= 0xb0
				pair = pair || high && low
				high = !low
			} else {
				high = false
			}
			want = append(want, r)
			i += size
		}
		if back != string(want) && !pair {
			t.Errorf("AppendJSONString(%q) reads back as %q, want %q", s, back, string(want))
		}
		for _, b := range got {
			if b < 0x20 || b == 0x7f {
				t.Errorf("AppendJSONString(%q) = %q holds the control character %#x", s, got, b)
			}
		}
	})
}

func TestLevels(t *testing.T) {
	f := func(level slog.Level, name string, python, otel, syslog int) {
		t.Helper()
		if got := record.LevelName(level); got != name {
			t.Errorf("LevelName(%d): got %s, want %s", level, got, name)
		}
		if got, err := record.ParseLevel(name); got != level || err != nil {
			t.Errorf("ParseLevel(%s): got %d, %v, want %d", name, got, err, level)
		}
		if got := record.PythonLevel(level); got != python {
			t.Errorf("PythonLevel(%d): got %d, want %d", level, got, python)
		}
		if got, exact := record.FromPythonLevel(python); got != level || !exact {
			t.Errorf("FromPythonLevel(%d): got %d, %v, want %d", python, got, exact, level)
		}
		if got := record.OTelSeverity(level); got != otel {
			t.Errorf("OTelSeverity(%d): got %d, want %d", level, got, otel)
		}
		if got := record.SyslogSeverity(level); got != syslog {
			t.Errorf("SyslogSeverity(%d): got %d, want %d", level, got, syslog)
		}
	}
	f(-8, "DEBUG-4", 0, 1, 7)
	f(-6, "DEBUG-2", 5, 3, 7)
	f(-4, "DEBUG", 10, 5, 7)
	f(-3, "DEBUG+1", 13, 6, 7)
	f(0, "INFO", 20, 9, 6)
	f(1, "INFO+1", 23, 10, 6)
	f(2, "INFO+2", 25, 11, 5)
	f(4, "WARNING", 30, 13, 4)
	f(8, "ERROR", 40, 17, 3)
	f(12, "CRITICAL", 50, 21, 2)
	f(40, "CRITICAL+28", 120, 24, 2)
	if got, err := record.ParseLevel("CRITICAL+1000000"); got != 1000012 || err != nil {
		t.Errorf("ParseLevel of a distant level: got %d, %v", got, err)
	}

	for n := -500; n < 500; n++ {
		level, exact := record.FromPythonLevel(n)
		if back := record.PythonLevel(level); (back == n) != exact || back < n-1 || back > n+1 {
			t.Errorf("levelno %d: became %d, which is %d, exact %v", n, level, back, exact)
		}
	}
	for s := range 8 {
		if level, ok := record.FromSyslogSeverity(s); !ok || record.SyslogSeverity(level) != max(s, 2) {
			t.Errorf("FromSyslogSeverity(%d): got %d, %v", s, level, ok)
		}
	}
	if _, ok := record.FromSyslogSeverity(8); ok {
		t.Error("FromSyslogSeverity(8): got ok")
	}
	if _, ok := record.FromOTelSeverity(0); ok {
		t.Error("FromOTelSeverity(0): got ok")
	}
	if got, exact := record.FromPythonLevel(22); got != 1 || exact {
		t.Errorf("FromPythonLevel(22): got %d, %v, want 1, false", got, exact)
	}
	record.PythonLevel(math.MinInt)
	record.FromPythonLevel(math.MaxInt)
}

func TestParseLevelErrors(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		_, err := record.ParseLevel(in)
		if err == nil || err.Error() != want {
			t.Errorf("ParseLevel(%q): got %v, want %s", in, err, want)
		}
	}
	f("warnin", `level "warnin" is unknown; did you mean WARNING?`)
	f("errors", `level "errors" is unknown; did you mean ERROR?`)
	f("INFO+x", `level "INFO+x": "+x" is no distance; write it as in INFO+2`)
	f("", `level "" is unknown; use DEBUG, INFO, WARNING, ERROR, CRITICAL, a form like INFO+2, or a Python level number`)
}

func TestPermanent(t *testing.T) {
	cause := errors.New("cause")
	err := &record.PartialError{Handled: 3, Err: record.Permanent(cause)}
	if !record.IsPermanent(err) || !errors.Is(err, cause) || err.Error() != "cause" {
		t.Errorf("got %v, permanent %v, want the cause, permanent", err, record.IsPermanent(err))
	}
	if record.Permanent(nil) != nil || record.IsPermanent(cause) || record.IsPermanent(nil) {
		t.Error("nil and a plain error must not be permanent")
	}
}

func TestFullError(t *testing.T) {
	cause := errors.New("stream: 2 GiB are waiting")
	err := fmt.Errorf("append: %w", &record.FullError{RetryAfter: time.Second, Err: cause})
	full, ok := errors.AsType[*record.FullError](err)
	if !ok || full.RetryAfter != time.Second || !errors.Is(err, cause) || full.Error() != cause.Error() || record.IsPermanent(err) {
		t.Errorf("got %v, %+v, want the cause, after a second, not permanent", err, full)
	}
}
