package jsonl

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func typical() record.Record {
	return record.Record{
		Time: time.Date(2026, 11, 22, 10, 41, 41, 702123456, time.UTC), Level: record.LevelInfo, Logger: "shop.pay",
		Message: "payment of 12.50 for order 4711 taken", Source: slog.Source{Function: "main.charge", File: "/src/shop/pay.go", Line: 71},
		Process: record.Process{PID: 4242, Name: "shop"},
		Attrs:   []slog.Attr{slog.Int("order", 4711), slog.Float64("amount", 12.5), slog.String("customer", "c-99812")},
	}
}

// full returns a record with all that the own form can say.
func full() record.Record {
	r := typical()
	r.Time = r.Time.In(time.FixedZone("", -5*3600-1800))
	r.Level, r.LevelNo, r.LevelName = -3, 12, "VERBOSE"
	r.Message = "a\x00\"\\\u2028\U0001f600\xed\xb3\xbf\xed\xa0\x80"
	r.Attrs = []slog.Attr{
		slog.Int64("int", math.MinInt64), slog.Uint64("uint", math.MaxUint64), slog.Any("big", json.Number("-123456789012345678901234567890")),
		slog.Float64("float", 1), slog.Float64("small", 5e-324), slog.Float64("negative zero", math.Copysign(0, -1)), slog.Float64("large", 1e300),
		slog.Bool("b", true), slog.Bool("b", false), slog.Any("b", nil), slog.String("", "no key"),
		slog.Group("z", slog.Int("y", 1), slog.Group("x", slog.Int("w", 1), slog.Int("w", 2)), slog.Int("a", 2)),
		slog.Any("map", map[string]any{}), slog.Any("", map[string]any{"in": int64(1)}),
		slog.Any("list", []any{nil, int64(1), 1.0, "\xed\xb3\xbf", true, []any{}, map[string]any{"k": []any{map[string]any{}}}}),
		slog.String("time", "2026"), slog.Int("msg", 1), slog.Int("levelno", 1), slog.String("attrs", "x"),
	}
	r.Exception = &record.Exception{Type: "ValueError", Message: "x", Traceback: "Traceback\n  …\nValueError: x"}
	r.Stack, r.Thread, r.Task, r.Host, r.Peer = "Stack\n  there", record.Thread{ID: math.MaxUint64, Name: "t"}, "Task-1", "web-1", "[::1]:5"
	r.Trace = record.Trace{ID: [16]byte{0xab, 15: 1}, Span: [8]byte{1}, Flags: 1}
	r.Received = r.Time.Add(time.Second).UTC()
	return r
}

func decode(t *testing.T, line string) record.Record {
	t.Helper()
	var r record.Record
	if err := Decode([]byte(line), &r); err != nil {
		t.Fatalf("Decode(%s): %v", line, err)
	}
	return r
}

func TestDecodeOwnForm(t *testing.T) {
	for _, want := range []record.Record{{}, typical(), full(), handlertest.Record(1), {Exception: &record.Exception{}}} {
		line := string(record.AppendJSON(nil, &want))
		got := decode(t, line)
		if again := string(record.AppendJSON(nil, &got)); again != line {
			t.Errorf("JSON read and written:\ngot  %s\nwant %s", again, line)
		}
		if !got.Time.Equal(want.Time) || !got.Received.Equal(want.Received) {
			t.Errorf("times: got %v, %v, want %v, %v", got.Time, got.Received, want.Time, want.Received)
		}
		got.Time, got.Received = want.Time, want.Received // whose locations differ as pointers
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %#v\nwant %#v", got, want)
		}
	}
}

// What AppendJSON makes of values that have no JSON of their own is read, too.
func TestDecodeAwkward(t *testing.T) {
	for i, r := range handlertest.Awkward() {
		line := string(record.AppendJSON(nil, &r))
		got := decode(t, line)
		// A byte that was no UTF-8 is a character now, and what is empty is not there.
		want := strings.NewReplacer(`\ufffd`, "\ufffd", `"process":{},`, "").Replace(line)
		if i == 1 { // a level far beyond what record.ParseLevel takes is kept as a name
			want = strings.Replace(line, `"CRITICAL+1099511627764","message":""`, `"INFO","message":"","levelname":"CRITICAL+1099511627764"`, 1)
		}
		if again := string(record.AppendJSON(nil, &got)); again != want {
			t.Errorf("record %d:\ngot  %s\nwant %s", i, again, want)
		}
	}
}

func TestDecodeLenient(t *testing.T) {
	// want is the own form of what line is read as.
	f := func(line, want string) {
		t.Helper()
		r := decode(t, line)
		if got := string(record.AppendJSON(nil, &r)); got != want {
			t.Errorf("Decode(%s):\ngot  %s\nwant %s", line, got, want)
		}
	}
	f(`{"message": "hi", "foo": 1}`, `{"level":"INFO","message":"hi","attrs":{"foo":1}}`)
	f(" {\"msg\":\"hi\"\r\n}\t\n", `{"level":"INFO","message":"hi"}`)
	f(`{"message":"a","msg":"b"}`, `{"level":"INFO","message":"a","attrs":{"msg":"b"}}`)
	f(`{"msg":"b","message":"a"}`, `{"level":"INFO","message":"a","attrs":{"msg":"b"}}`)
	f(`{"message":"a","message":"b","level":"warn","level":"x"}`, `{"level":"WARNING","message":"a","attrs":{"message":"b","level":"x"}}`)
	f(`{"message":{"a":[1.0,null]},"x":{}}`, `{"level":"INFO","message":"{\"a\":[1.0,null]}","attrs":{"x":{}}}`)
	f(`{"message":null}`, `{"level":"INFO","message":"null"}`)
	f(`{"mess\u0061ge":"x","attrs":{"a":1},"b":{"c":{"d":2}}}`, `{"level":"INFO","message":"x","attrs":{"a":1,"b":{"c":{"d":2}}}}`)

	// A LogRecord without msg may have anything as its message.
	f(`{"levelname":"ERROR","message":null,"special":"value"}`, `{"level":"ERROR","message":"null","attrs":{"special":"value"}}`)
	f(`{"levelno":40,"message":{"a":[1,{"b":null}]},"user":7}`, `{"level":"ERROR","message":"{\"a\":[1,{\"b\":null}]}","attrs":{"user":7}}`)
	f(`{"levelno":40,"message":[],"created":1.5}`, `{"time":"1970-01-01T00:00:01.500000000Z","level":"ERROR","message":"[]"}`)
	f(`{"levelno":40,"message":123456789012345678901234567890}`, `{"level":"ERROR","message":"123456789012345678901234567890"}`)

	f(`{"message":"","level":"25"}`, `{"level":"INFO+2","message":""}`)
	f(`{"message":"","level":"critical"}`, `{"level":"CRITICAL","message":""}`)
	f(`{"message":"","level":"chatty"}`, `{"level":"INFO","message":"","levelname":"chatty"}`)
	f(`{"message":"","level":"chatty","levelname":"X"}`, `{"level":"INFO","message":"","attrs":{"level":"chatty"},"levelname":"X"}`)
	f(`{"message":"","level":30}`, `{"level":"INFO","message":"","attrs":{"level":30}}`)

	// What slog's own JSON handler writes.
	f(`{"time":"2026-11-22T10:41:41.5+01:00","level":"WARN","source":{"function":"f","file":"a.go","line":3},"msg":"hi","n":1}`,
		`{"time":"2026-11-22T10:41:41.500000000+01:00","level":"WARNING","message":"hi","attrs":{"n":1},"source":{"function":"f","file":"a.go","line":3}}`)

	// A key of the form with a value of another is an attr.
	f(`{"message":"","time":1795340,"received":"now","logger":null,"attrs":[],"source":"x","stack":1,"task":{},"host":{"name":"h"},"peer":2}`,
		`{"level":"INFO","message":"","attrs":{"time":1795340,"received":"now","logger":null,"attrs":[],"source":"x","stack":1,"task":{},"host":{"name":"h"},"peer":2}}`)
	f(`{"message":"","source":{"file":"a","column":1},"exception":{"type":1},"process":{"pid":-1},"thread":{"id":1.0}}`,
		`{"level":"INFO","message":"","attrs":{"source":{"file":"a","column":1},"exception":{"type":1},"process":{"pid":-1},"thread":{"id":1.0}}}`)
	f(`{"message":"","source":{},"process":{"name":"p"},"thread":{"id":18446744073709551615}}`,
		`{"level":"INFO","message":"","process":{"name":"p"},"thread":{"id":18446744073709551615}}`)

	f(`{"message":"","trace_id":"00000000000000000000000000000000","span_id":"0123456789abcdeg","trace_flags":1}`,
		`{"level":"INFO","message":"","attrs":{"trace_id":"00000000000000000000000000000000","span_id":"0123456789abcdeg","trace_flags":1}}`)
	f(`{"message":"","trace_id":"4BF92F3577B34DA6A3CE929D0E0E4736","span_id":"00f067aa0ba902b","trace_flags":"01"}`,
		`{"level":"INFO","message":"","attrs":{"span_id":"00f067aa0ba902b"},"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","trace_flags":"01"}`)

	// A LogRecord, where the keys say so, and only there.
	f(`{"message":"hi","levelname":"ERROR","name":"a.b","asctime":"2026-11-22 10:41:41,000"}`,
		`{"level":"ERROR","logger":"a.b","message":"hi","attrs":{"asctime":"2026-11-22 10:41:41,000"}}`)
	f(`{"message":"hi","created":"2026","name":"Bob"}`, `{"level":"INFO","message":"hi","attrs":{"created":"2026","name":"Bob"}}`)
	f(`{"msg":"hi","levelno":22,"process":{"pid":1},"level":"INFO"}`,
		`{"level":"INFO+1","message":"hi","attrs":{"process":{"pid":1},"level":"INFO"},"levelno":22}`)
}

// Bytes are read into the strings they stand for, and none is lost.
func TestDecodeStrings(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := decode(t, `{"message":"`+text+`"}`).Message; got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f(`\"\\\/\b\f\n\r\t\u00fC`, "\"\\/\b\f\n\r\t\u00fc")
	f(`\u0000`+"\x7f", "\x00\x7f")
	f(`\ud83d\ude00 \uD83D\uDE00`, "\U0001f600 \U0001f600")
	f(`\udcff`, "\xed\xb3\xbf")
	f(`\ud83d`, "\xed\xa0\xbd")
	f(`\ud83d\u0041`, "\xed\xa0\xbdA")
	f(`\ud83d\ud83d\ude00`, "\xed\xa0\xbd\U0001f600")
	f(`\ude00\ud83d`, "\xed\xb8\x80\xed\xa0\xbd")
	f("\xed\xb3\xbf", "\xed\xb3\xbf")
	f("a\xffb\xed\xa0", "a\ufffdb\ufffd\ufffd")
	f("\xff"+`\n`+"\xed\xb3\xbf", "\ufffd\n\xed\xb3\xbf")
}

func TestDecodeNumbers(t *testing.T) {
	f := func(text string, want any) {
		t.Helper()
		got := decode(t, `{"message":"","v":`+text+`}`).Attrs[0].Value
		if !got.Equal(slog.AnyValue(want)) {
			t.Errorf("%s: got %s %v, want %v", text, got.Kind(), got, want)
		}
	}
	f("0", 0)
	f("-0", 0)
	f("-1", -1)
	f("9223372036854775807", int64(math.MaxInt64))
	f("-9223372036854775808", int64(math.MinInt64))
	f("9223372036854775808", uint64(1<<63))
	f("18446744073709551615", uint64(math.MaxUint64))
	f("18446744073709551616", json.Number("18446744073709551616"))
	f("-9223372036854775809", json.Number("-9223372036854775809"))
	f("1.0", 1.0)
	f("1e2", 100.0)
	f("-1.5E-1", -0.15)
	f("1e999", math.Inf(1))
	f("Infinity", math.Inf(1))
	f("-Infinity", math.Inf(-1))
	if v := decode(t, `{"message":"","v":NaN}`).Attrs[0].Value; v.Kind() != slog.KindFloat64 || !math.IsNaN(v.Float64()) {
		t.Errorf("NaN: got %v", v)
	}
}

func TestDecodeErrors(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		var r record.Record
		err := Decode([]byte(line), &r)
		if err == nil || err.Error() != want {
			t.Errorf("Decode(%s):\ngot  %v\nwant %s", line, err, want)
		}
		if json.Valid([]byte(line)) && strings.HasPrefix(line, "{") && !errors.Is(err, logrecord.ErrNoMessage) {
			t.Errorf("Decode(%s): got %v for valid JSON", line, err)
		}
	}
	f("", `json: byte 0: the line ends, want an object: "{"`)
	f(`[1]`, `json: byte 0: got "[", want an object: "{"`)
	f(`{"message":"x"`, `json: byte 14: the line ends, want "," or "}" after the value`)
	f(`{"message":"x"}}`, `json: byte 15: got "}", want the end of the line`)
	f("{\"message\":\"x\"}\x00", `json: byte 15: got "\x00", want the end of the line`)
	f(`{message:1}`, `json: byte 1: got "m", want a key: "\""`)
	f(`{"message":"x",}`, `json: byte 15: got "}", want a key: "\""`)
	f(`{"message" "x"}`, `json: byte 11: got "\"", want ":" after the key`)
	f(`{"message":}`, `json: byte 11: got "}", want a value`)
	f(`{"message":hi}`, `json: byte 11: got "h", want a value`)
	f(`{"message":nil}`, `json: byte 11: got "n", want a value: strings need quotes`)
	f(`{"message":[1 2]}`, `json: byte 14: got "2", want "," or "]" after the value`)
	f(`{"message":[1,]}`, `json: byte 14: got "]", want a value`)
	f(`{"message":01}`, `json: byte 11: a number begins with 0, want another digit or a point behind it`)
	f(`{"message":-}`, `json: byte 12: got "}", want a digit`)
	f(`{"message":-In}`, `json: byte 11: got "-", want a value: strings need quotes`)
	f(`{"message":1.}`, `json: byte 13: got "}", want a digit behind the point`)
	f(`{"message":1e+}`, `json: byte 14: got "}", want a digit of the exponent`)
	f(`{"message":"x`, `json: byte 11: the string has no end, want a quote`)
	f(`{"message":"\n`, `json: byte 11: the string has no end, want a quote`)
	f("{\"message\":\"a\nb\"}", `json: byte 13: a string holds a control character, want it as \u000a`)
	f("{\"message\":\"\\n\x1b\"}", `json: byte 14: a string holds a control character, want it as \u001b`)
	f(`{"message":"\x41"}`, `json: byte 12: got "\\x41\"}", want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`)
	f(`{"message":"\u12g4"}`, `json: byte 12: got "\\u12g4", want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`)
	f(`{"level":"INFO"}`, "json: "+logrecord.ErrNoMessage.Error())
	f(`{"levelno":20}`, "json: "+logrecord.ErrNoMessage.Error())
}

func TestDecodeLimits(t *testing.T) {
	nested := func(depth int) []byte {
		return []byte(`{"message":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}")
	}
	var r record.Record
	f := func(d *Decoder, line []byte, want string) {
		t.Helper()
		got := ""
		if err := d.Decode(line, &r); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	var d Decoder
	f(&d, nested(DefaultDepth-1), "")
	f(&d, nested(DefaultDepth), "json: byte 310: objects and arrays are nested deeper than 300")
	f(&d, nested(1e6), "json: byte 310: objects and arrays are nested deeper than 300")
	f(&d, nested(1), "")
	small := NewDecoder(Limits{Depth: 2, Nodes: 3})
	f(small, []byte(`{"message":[1,2]}`), "")
	f(small, []byte(`{"message":[1,2],"x":3}`), "json: byte 21: the line has more than 3 values")
	f(small, []byte(`{"message":[{}]}`), "json: byte 12: objects and arrays are nested deeper than 2")
}

// What a Decoder hands out is not touched by its next record.
func TestDecoderKeepsNothing(t *testing.T) {
	var d Decoder
	lines := []string{
		`{"message":"1","attrs":{"a":{"b":1}},"process":{"odd":1},"x":{"y":[{"z":1}]},"text":"\u00e4"}`,
		`{"msg":"2","levelno":20,"a":{"b":2},"c":[2,[3]],"text":"\u00f6"}`,
		`{"message":"3","process":{"pid":3},"attrs":{"f":3},"g":{"h":3}}`,
		`{"message":"4","x":[[`, `{"message":"5","x":{"y":{`,
	}
	var records []record.Record
	var before []string
	for range 3 {
		for _, line := range lines {
			var r record.Record
			buf := []byte(line)
			if err := d.Decode(buf, &r); err != nil {
				continue
			}
			records, before = append(records, r), append(before, string(record.AppendJSON(nil, &r)))
			clear(buf)
		}
	}
	for i := range records {
		if got := string(record.AppendJSON(nil, &records[i])); got != before[i] {
			t.Errorf("record %d changed:\ngot  %s\nwant %s", i, got, before[i])
		}
		if i >= 3 && before[i] != before[i-3] {
			t.Errorf("record %d: got %s, want %s as before", i, before[i], before[i-3])
		}
	}
}

// An ordinary record costs some hundredths of an allocation: what is new of its texts, and its attrs.
func TestDecodeAllocates(t *testing.T) {
	r := typical()
	line := record.AppendJSON(nil, &r)
	var d Decoder
	got := testing.AllocsPerRun(100, func() {
		if err := d.Decode(line, &r); err != nil {
			t.Fatal(err)
		}
	})
	if got > 0 {
		t.Errorf("allocations: got %v, want none", got)
	}
}
