package pickle

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// seen is what a Python receiver saw of a record.
type seen struct {
	Attributes map[string]string // as Python's ascii() writes them
	Lines      string
}

// receive has a real Python receiver handle the records.
func receive(t *testing.T, records ...record.Record) []seen {
	t.Helper()
	cmd := exec.Command(testenv.Python(t), "testdata/encode_receiver.py")
	cmd.Env = append(cmd.Environ(), "TZ=UTC")
	var in, out, complaints bytes.Buffer
	for i := range records {
		in.Write(AppendFrame(nil, &records[i]))
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("Python receiver: %v\n%s", err, &complaints)
	}
	all := make([]seen, 0, len(records))
	for dec := json.NewDecoder(&out); dec.More(); {
		var s seen
		if err := dec.Decode(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if len(all) != len(records) {
		t.Fatalf("Python receiver: got %d records, want %d", len(all), len(records))
	}
	return all
}

func TestAppendPythonSees(t *testing.T) {
	full := record.Record{
		Time: time.Date(2026, 11, 22, 10, 41, 41, 702123000, time.FixedZone("", 3600)), Level: record.LevelWarning,
		Logger: "shop.pay", Message: "100% of gr\u00fcn",
		Source: slog.Source{Function: "main.(*Server).charge", File: "/src/shop/pay.v2.go", Line: 70000},
		Exception: &record.Exception{Type: "ValueError", Message: "x",
			Traceback: "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: x"},
		Stack:   "Stack (most recent call last):\n  there",
		Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890123, Name: "worker"},
		Task: "Task-1", Host: "web-1", Peer: "127.0.0.1:5", Received: time.Unix(1, 0),
		Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{7: 0xb7}, Flags: 1},
		Attrs: []slog.Attr{slog.Int("user_id", 42), slog.Group("http", slog.Int("status", 200))},
	}
	got := receive(t, full, record.Record{})
	want := map[string]string{
		"name": "'shop.pay'", "msg": `'100% of gr\xfcn'`, "args": "None", "levelname": "'WARNING'", "levelno": "30",
		"pathname": "'/src/shop/pay.v2.go'", "filename": "'pay.v2.go'", "module": "'pay.v2'", "lineno": "70000",
		"funcName": "'main.(*Server).charge'", "exc_info": "None",
		"exc_text":   `'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: x'`,
		"stack_info": `'Stack (most recent call last):\n  there'`,
		"created":    "1795340501.702123", "msecs": "702.0", "relativeCreated": "0.0",
		"thread": "140234567890123", "threadName": "'worker'", "processName": "'MainProcess'", "process": "4242",
		"taskName": "'Task-1'", "user_id": "42", "http": "{'status': 200}", "host": "'web-1'",
		"trace_id": "'4b000000000000000000000000000036'", "span_id": "'00000000000000b7'", "trace_flags": "'01'",
	}
	if !maps.Equal(got[0].Attributes, want) {
		t.Errorf("attributes of a full record:\ngot  %v\nwant %v", got[0].Attributes, want)
	}
	const lines = "2026-11-22 09:41:41,702 shop.pay WARNING MainProcess[4242] worker[140234567890123]" +
		" pay.v2.go:70000 pay.v2 main.(*Server).charge 702 0 100% of gr\u00fcn\n" +
		"Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: x\n" +
		"Stack (most recent call last):\n  there\n"
	if got[0].Lines != lines {
		t.Errorf("lines of a full record:\ngot  %s\nwant %s", got[0].Lines, lines)
	}

	empty := got[1].Attributes
	for _, filled := range []string{"created", "msecs"} { // by the receiver
		delete(empty, filled)
	}
	want = map[string]string{
		"name": "'root'", "msg": "''", "args": "None", "levelname": "'INFO'", "levelno": "20", "pathname": "''", "filename": "''",
		"module": "''", "lineno": "0", "funcName": "''", "exc_info": "None", "exc_text": "None", "stack_info": "None",
		"relativeCreated": "0.0", "thread": "0", "threadName": "''", "processName": "''", "process": "0", "taskName": "None",
	}
	if !maps.Equal(empty, want) {
		t.Errorf("attributes of an empty record:\ngot  %v\nwant %v", empty, want)
	}
	if want := " root INFO [0] [0] :0 "; !strings.Contains(got[1].Lines, want) {
		t.Errorf("line of an empty record: got %q, want %q in it", got[1].Lines, want)
	}
}

func TestAppendPythonSeesFields(t *testing.T) {
	var records []record.Record
	var wants [][]string
	// want alternates between keys and what Python's ascii says.
	f := func(r record.Record, want ...string) {
		records, wants = append(records, r), append(wants, want)
	}
	f(record.Record{Logger: record.RootLogger}, "name", "'root'")
	f(record.Record{Level: record.LevelDebug}, "levelno", "10", "levelname", "'DEBUG'")
	f(record.Record{Level: record.LevelError}, "levelno", "40", "levelname", "'ERROR'")
	f(record.Record{Level: record.LevelCritical}, "levelno", "50", "levelname", "'CRITICAL'")
	f(record.Record{Level: record.LevelAll}, "levelno", "0", "levelname", "'NOTSET'")
	f(record.Record{Level: 1}, "levelno", "23", "levelname", "'Level 23'")
	f(record.Record{Level: 1, LevelNo: 22}, "levelno", "22", "levelname", "'Level 22'")
	f(record.Record{Level: 2, LevelName: "NOTICE"}, "levelno", "25", "levelname", "'NOTICE'")
	f(record.Record{Level: -12}, "levelno", "0", "levelname", "'DEBUG-8'")
	f(record.Record{LevelNo: -7}, "levelno", "-7", "levelname", "'Level -7'")

	f(record.Record{Exception: &record.Exception{Type: "ValueError", Message: "no"}}, "exc_text", "'ValueError: no'")
	f(record.Record{Exception: &record.Exception{Type: "KeyError"}}, "exc_text", "'KeyError'")
	f(record.Record{Exception: &record.Exception{}}, "exc_text", "None")
	f(record.Record{Source: slog.Source{File: `C:\app\views.py`}}, "filename", "'views.py'", "module", "'views'")
	f(record.Record{Source: slog.Source{File: ".profile"}}, "filename", "'.profile'", "module", "'.profile'")

	f(record.Record{Time: time.Unix(1700000000, 999999999)}, "created", "1700000001.0", "msecs", "999.0")
	f(record.Record{Time: time.Unix(-1, 250e6)}, "created", "-0.75", "msecs", "250.0")
	f(record.Record{Time: time.Unix(1<<60, 0)}, "created", "253402214400.0", "msecs", "0.0")
	f(record.Record{Time: time.Unix(-1<<60, 0)}, "created", "-62135510400.0", "msecs", "0.0")

	attrs := func(want string, attrs ...slog.Attr) { f(record.Record{Attrs: attrs}, "v", want) }
	attrs("1", slog.Int("v", 2), slog.Int("v", 1)) // the last one counts
	for key, renamed := range map[string]string{
		"name": "name_", "message": "message_", "asctime": "asctime_", "taskName": "taskName_", "getMessage": "getMessage_",
		"__class__": "__class___", "__reduce__": "__reduce___", "host": "host", "": "", "_": "_", "____": "____", "a\xff": "a\ufffd",
	} {
		f(record.Record{Message: "m", Attrs: []slog.Attr{slog.Bool(key, true)}}, renamed, "True", "msg", "'m'")
	}
	f(record.Record{Host: "a", Attrs: []slog.Attr{slog.String("host", "b")}}, "host", "'b'")
	f(record.Record{Host: "a", Attrs: []slog.Attr{slog.Group("host", slog.Group("x"))}}, "host", "'a'")
	f(record.Record{Trace: record.Trace{ID: [16]byte{1}, Flags: 1}, Attrs: []slog.Attr{slog.Int("trace_id", 7), slog.Int("trace_flags", 8)}},
		"trace_id", "7", "trace_flags", "8")
	// What hides in a group is no key of the record.
	f(record.Record{Host: "a", Attrs: []slog.Attr{slog.Group("g", slog.String("host", "b"), slog.Int("msg", 1))}},
		"host", "'a'", "g", "{'host': 'b', 'msg': 1}")
	f(record.Record{Attrs: []slog.Attr{slog.Group("", slog.Int("a", 1), slog.Int("msg", 2), slog.Group("", slog.Int("b", 3)))}},
		"a", "1", "msg_", "2", "b", "3")
	attrs("{'a': 1, 'c': {'d': 'e'}}", slog.Group("v", slog.Int("a", 1), slog.Group("b"), slog.Group("c", slog.String("d", "e"), slog.Attr{})))

	for i, s := range receive(t, records...) {
		for j := 0; j < len(wants[i]); j += 2 {
			key, want := wants[i][j], wants[i][j+1]
			if got, ok := s.Attributes[key]; got != want || !ok {
				t.Errorf("%+v: %s: got %s, want %s", records[i], key, got, want)
			}
		}
	}
}

func TestAppendPythonSeesValues(t *testing.T) {
	var records []record.Record
	var wants []string
	f := func(v any, want string) {
		records = append(records, record.Record{Attrs: []slog.Attr{slog.Any("v", v)}})
		wants = append(wants, want)
	}
	f(nil, "None")
	f(true, "True")
	f(false, "False")
	for _, n := range []int64{0, 1, 255, 256, 65535, 65536, math.MaxInt32, math.MaxInt32 + 1, -1, -255, math.MinInt32, math.MinInt32 - 1,
		math.MaxInt64, math.MinInt64} {
		f(n, slog.Int64Value(n).String())
	}
	f(uint64(math.MaxUint64), "18446744073709551615")
	f(uint8(7), "7")
	f(1.0, "1.0")
	f(float32(0.5), "0.5")
	f(math.Copysign(0, -1), "-0.0")
	f(math.NaN(), "nan")
	f(math.Inf(-1), "-inf")
	f(1500*time.Millisecond, "1.5")
	f(time.Date(2026, 11, 22, 10, 41, 41, 5, time.UTC), "'2026-11-22T10:41:41.000000005Z'")
	f(time.Date(12026, 1, 1, 0, 0, 0, 0, time.FixedZone("", -3600)), "'12026-01-01T00:00:00-01:00'")

	big1000 := strings.Repeat("9", 1000)
	for _, digits := range []string{"127", "128", "-128", "-129", "18446744073709551616", "-9223372036854775809",
		"340282366920938463463374607431768211455", "-340282366920938463463374607431768211456", big1000, "-" + big1000} {
		f(json.Number(digits), digits)
	}
	f(json.Number("1.50"), "1.5")
	f(json.Number("1e3"), "1000.0")
	f(json.Number(strings.Repeat("1", 5000)), "'"+strings.Repeat("1", 5000)+"'") // longer than Python's str goes
	f(json.Number("ten"), "'ten'")
	f(json.Number("Inf"), "'Inf'")
	f(big.NewInt(-5), "-5")

	f("", "''")
	f("a\x00\x1b\U0001f600", `'a\x00\x1b\U0001f600'`)
	f("x\xed\xb3\xbf\xffy\xed\xa0", `'x\udcff\ufffdy\ufffd\ufffd'`)
	f("\xed\xa0\xbd\xed\xb8\x80", `'\ud83d\ude00'`) // two lone surrogates stay two
	f([]any{}, "[]")
	f(map[string]any{}, "{}")
	f([]any{nil, int64(1), 2.5, "x", []any{[]any{}}, map[string]any{"b": 1, "a": time.Second}}, "[None, 1, 2.5, 'x', [[]], {'a': 1.0, 'b': 1}]")
	f([]any{slog.GroupValue(slog.Int("a", 1)), []slog.Attr{}, valuer{}}, "[{'a': 1}, {}, {'resolved': 1}]")
	f(valuer{}, "{'resolved': 1}")
	f(errors.New("no"), "'no'")
	f((*textError)(nil), "'!PANIC: runtime error: invalid memory address or nil pointer dereference'")
	f(time.November, "'November'")
	f(netip.MustParseAddr("::1"), "'::1'")
	f(json.RawMessage(`{"a":[1,2.0,null,"\u00fc"],"n":12345678901234567890123}`), `{'a': [1, 2.0, None, '\xfc'], 'n': 12345678901234567890123}`)
	f(struct {
		A any `json:"a"`
		B []string
	}{1, []string{"x"}}, "{'B': ['x'], 'a': 1}")
	f(stringerPanics{}, "'!PANIC: no'")
	f(marshalPanics{}, "'!PANIC: no'")
	f(make(chan int), "'!ERROR: json: unsupported type: chan int'")

	for i, s := range receive(t, records...) {
		if got := s.Attributes["v"]; got != wants[i] {
			t.Errorf("%#v: got %s, want %s", records[i].Attrs[0].Value.Any(), got, wants[i])
		}
	}
}

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.GroupValue(slog.Int("resolved", 1)) }

type textError struct{ text string }

func (e *textError) Error() string { return e.text }

type stringerPanics struct{}

func (stringerPanics) String() string { panic("no") }

type marshalPanics struct{}

func (marshalPanics) MarshalJSON() ([]byte, error) { panic("no") }

// anything returns records that hold whatever a program may log.
func anything() []record.Record {
	self := []any{1, nil, nil}
	self[1], self[2] = self, self
	selfMap := map[string]any{}
	selfMap["a"], selfMap["b"] = selfMap, selfMap
	inlined := slog.GroupValue(slog.Int("a", 1))
	for range 500 {
		inlined = slog.GroupValue(slog.Attr{Value: inlined})
	}
	wide := make([]slog.Attr, 2*encMaxNodes)
	for i := range wide {
		wide[i] = slog.Int(strconv.Itoa(i), i)
	}
	return append(handlertest.Awkward(),
		record.Record{Message: "contains itself", Attrs: []slog.Attr{slog.Any("v", self), slog.Any("m", selfMap), slog.Int("last", 1)}},
		record.Record{Message: "inlined", Attrs: []slog.Attr{{Value: inlined}}},
		record.Record{Message: "wide", Attrs: wide},
		record.Record{Message: "wide group", Attrs: []slog.Attr{{Key: "g", Value: slog.GroupValue(wide...)}}},
		record.Record{Message: strings.Repeat("long \xff", 1<<16)},
	)
}

// Whatever a record holds, Python loads it, formats it and prints it.
func TestAppendPythonTakesAnything(t *testing.T) {
	records := anything()
	for i, s := range receive(t, records...) {
		if s.Lines == "" {
			t.Errorf("record %d: Python printed nothing", i)
		}
	}
}

// The pickle of an ordinary record is written into the buffer it is given and nowhere else.
func TestAppendAllocates(t *testing.T) {
	r := typical()
	buf := make([]byte, 0, 2048)
	if got := testing.AllocsPerRun(100, func() { buf = AppendFrame(buf[:0], &r) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func TestAppendFrame(t *testing.T) {
	r := typical()
	pickle := Append(nil, &r)
	got := AppendFrame([]byte("before"), &r)
	want := slices.Concat([]byte("before"), []byte{0, 0, byte(len(pickle) >> 8), byte(len(pickle))}, pickle)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func typical() record.Record {
	return record.Record{
		Time: time.Date(2026, 11, 22, 10, 41, 41, 702123456, time.UTC), Level: record.LevelInfo, Logger: "shop.pay",
		Message: "payment of 12.50 for order 4711 taken", Source: slog.Source{Function: "main.charge", File: "/src/shop/pay.go", Line: 71},
		Process: record.Process{PID: 4242, Name: "shop"},
		Attrs:   []slog.Attr{slog.Int("order", 4711), slog.Float64("amount", 12.5), slog.String("customer", "c-99812")},
	}
}

func BenchmarkAppend(b *testing.B) {
	r := typical()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendFrame(buf[:0], &r)
	}
	b.SetBytes(int64(len(buf)))
}
