package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

func valueJSON(v any) string { return string(record.AppendJSONValue(nil, slog.AnyValue(v))) }

// Integers and floats are those of strconv, in the shortest form.
func TestNumbers(t *testing.T) {
	integer := func(n int64) {
		t.Helper()
		if got, want := valueJSON(n), strconv.FormatInt(n, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := valueJSON(uint64(n)), strconv.FormatUint(uint64(n), 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	float := func(f float64) {
		t.Helper()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		want := strconv.FormatFloat(f, 'f', -1, 64)
		if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
			want = strings.Replace(strconv.FormatFloat(f, 'e', -1, 64), "e-0", "e-", 1)
		} else if !strings.Contains(want, ".") {
			want += ".0"
		}
		if got := valueJSON(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for n := int64(1); n > 0 && n < math.MaxInt64/10; n *= 10 {
		for _, d := range []int64{-1, 0, 1} {
			integer(n + d)
			integer(-n - d)
			float(float64(n + d))
			float(1 / float64(n+d))
			float(float64(n+d) / 1e6)
			float(float64(n+d) / 1e7)
		}
	}
	integer(math.MaxInt64)
	integer(math.MinInt64)
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, 0.3, 1e-6, 9.999999e-7, 999999999.999999, 999999999.9999999, 1e9, 1e21, 1e-7, 5e-324, math.MaxFloat64, 4503599627370496.5} {
		float(f)
		float(-f)
		float(math.Nextafter(f, 0))
		float(math.Nextafter(f, math.MaxFloat64))
	}
	d := newDice(1)
	for range 100_000 {
		integer(int64(d.Uint64()) >> d.IntN(64))
		float(d.float())
		float(math.Round(d.float()*1e6) / 1e6)
	}
}

// The times of attrs are time.RFC3339Nano, whatever the year and the offset.
func TestTimes(t *testing.T) {
	d := newDice(1)
	var e record.Encoder
	for range 20_000 {
		at := d.time()
		want := `"` + at.Format(time.RFC3339Nano) + `"`
		if got := valueJSON(at); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		got := string(e.AppendJSON(nil, &record.Record{Attrs: []slog.Attr{slog.Time("t", at)}}))
		if want = `{"level":"INFO","message":"","attrs":{"t":` + want + `}}`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	f := func(t0 time.Time, want string) {
		t.Helper()
		if got := string(record.AppendTime(nil, t0)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	at := time.Date(2026, 11, 22, 10, 41, 41, 12_000_345, time.UTC)
	f(at, "2026-11-22T10:41:41.012000345Z")
	f(at.In(time.FixedZone("", 3600)), "2026-11-22T11:41:41.012000345+01:00")
	f(at.In(time.FixedZone("", -5*3600-1800)), "2026-11-22T05:11:41.012000345-05:30")
	f(at.In(time.FixedZone("", 30)), "2026-11-22T10:42:11.012000345Z")
	f(at.AddDate(9000, 0, 0), "9999-11-22T10:41:41.012000345Z")
	f(at.AddDate(-3000, 0, 0), "0000-11-22T10:41:41.012000345Z")
	f(time.Unix(1<<60, 0).UTC(), "9999-05-13T13:56:16.000000000Z")
}

// textJSON is AppendJSONString as its rules are, a character after another.
func textJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80:
			fmt.Fprintf(&b, `\u%04x`, 0xd000|rune(s[1]&0x3f)<<6|rune(s[2]&0x3f))
			n = 3
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\ufffd`)
		case r == '"', r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20, r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
	b.WriteByte('"')
	return b.String()
}

func checkText(t *testing.T, s string) {
	t.Helper()
	if got, want := string(record.AppendJSONString([]byte("x"), s)), "x"+textJSON(s); got != want {
		t.Errorf("%q: got %s, want %s", s, got, want)
	}
}

// Texts of every length are looked at whole, wherever they hold what has to be escaped.
func TestTexts(t *testing.T) {
	odd := []string{"\x00", "\x1f", " ", "!", "\"", "#", "\\", "~", "\x7f", "\u0080", "\u009f", "\u00a0", "ü", "\u07ff", "\u0800", "日", "\u2027", "\u2028", "\u2029", "\u202a",
		"\ud7ff", "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0", "\ue000", "\uffff", "😀", "\U0010ffff", "\x80", "\xc0\x80", "\xc2", "\xe0\x80\x80", "\xe3\x81", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff"}
	for n := range 40 {
		text := strings.Repeat("abcdefghij", 4)[:n]
		checkText(t, text)
		for at := range n + 1 {
			for _, o := range odd {
				checkText(t, text[:at]+o+text[at:])
				checkText(t, text[:at]+o+o+text[at:]+"\"")
			}
		}
	}
	checkText(t, strings.Repeat("long ", 1<<18)+"\x00")
}

// What is behind a long text, as a string that was cut from another may be, is not looked at.
func FuzzTexts(f *testing.F) {
	f.Add("日本語 \"x\"\x00\xed\xb3\xbf", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		checkText(t, s)
		if n >= 0 && n < len(s) {
			checkText(t, s[n:])
			checkText(t, s[:n])
		}
	})
}

type panicsTwice struct{}

func (panicsTwice) String() string               { panic(panicsTwice{}) }
func (panicsTwice) MarshalJSON() ([]byte, error) { panic(panicsTwice{}) }

func TestPanicsTwice(t *testing.T) {
	if got, want := valueJSON(panicsTwice{}), `"!PANIC: record_test.panicsTwice"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// encoded says what encoding/json makes of raw, by way of a Marshaler.
type encoded struct{ raw []byte }

func (e encoded) MarshalJSON() ([]byte, error) { return e.raw, nil }

func checkRaw(t *testing.T, raw string) {
	t.Helper()
	got, want := valueJSON(json.RawMessage(raw)), valueJSON(encoded{[]byte(raw)})
	if raw == "" {
		want = `"!ERROR: json: error calling MarshalJSON for type json.RawMessage: unexpected end of JSON input"`
	}
	want = strings.Replace(want, "record_test.encoded", "json.RawMessage", 1)
	if got != want {
		t.Errorf("%q: got %s, want %s", raw, got, want)
	}
	if !json.Valid([]byte(got)) || !utf8.ValidString(got) {
		t.Errorf("%q: got %s, which is not valid", raw, got)
	}
	for _, r := range got {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			t.Errorf("%q: got %s, which holds %U", raw, got, r)
		}
	}
	if n := valueJSON(json.Number(raw)); !json.Valid([]byte(n)) {
		t.Errorf("%q as a number: got %s, which is not valid", raw, n)
	}
}

// JSON that a value brings with it is taken as it is where it is compact, and otherwise as encoding/json
// takes it.
var raws = []string{
	"", "null", "true", "false", "nul", "truefalse", "0", "-0", "00", "-", "1.5", "1.", ".5", "1e5", "1E+05", "1e", "+1", "12 ", `"`, `""`, `"a\"\\\/\b\f\n\r\t\u00e9"`, `"\u00g0"`, `"\u00"`, `"\x"`,
	"\"a\nb\"", "\"\x7f\u0085\u2028ü😀\"", "\"\xed\xb3\xbf\xff\"", "[]", "{}", "[", "]", "[1,2]", "[1,]", "[,1]", "[1 ,2]", "[1}", `{"a":1,"b":[{}]}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1]`, "{", "1,2", "[[[]]]",
	strings.Repeat("[", 300) + strings.Repeat("]", 300), " {\"a\" :\t1}\n",
}

func TestRaw(t *testing.T) {
	for _, raw := range raws {
		checkRaw(t, raw)
	}
}

func FuzzRaw(f *testing.F) {
	for _, raw := range raws {
		f.Add(raw)
	}
	f.Fuzz(checkRaw)
}

// endless is in the group that it is.
type endless struct{}

func (endless) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("a", endless{}), slog.Any("b", endless{}))
}

// What is nested deep, or contains itself several times, stays valid, and costs neither the stack nor for ever.
func TestDeep(t *testing.T) {
	group, list := slog.StringValue("bottom"), any("bottom")
	for range 100_000 {
		group = slog.GroupValue(slog.Attr{Key: "g", Value: group})
		list = []any{list}
	}
	inlined := slog.StringValue("bottom")
	for range 100_000 {
		inlined = slog.GroupValue(slog.Attr{Value: inlined})
	}
	itself, members := make([]any, 3), make([]slog.Attr, 3)
	for i := range itself {
		itself[i] = map[string]any{"a": itself, "b": itself}
		members[i] = slog.Attr{Key: "g", Value: slog.GroupValue(members...)}
	}
	for _, v := range []slog.Value{group, slog.AnyValue(list), inlined, slog.AnyValue(itself), slog.GroupValue(members...), slog.AnyValue(endless{})} {
		got := record.AppendJSON(nil, &record.Record{Attrs: []slog.Attr{{Key: "v", Value: v}}})
		if !json.Valid(got) || len(got) > 100_000 || !bytes.Contains(got, []byte("!ERROR: nested too deep")) {
			t.Errorf("got %d bytes, %.100s…, valid %v, want few, valid, and the reason", len(got), got, json.Valid(got))
		}
	}
}
