package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// slogAttrs returns the attrs as slog.JSONHandler writes them, in one object.
func slogAttrs(attrs []slog.Attr) string {
	var b bytes.Buffer
	r := slog.NewRecord(time.Time{}, 0, "", 0)
	r.AddAttrs(attrs...)
	_ = slog.NewJSONHandler(&b, nil).Handle(context.Background(), r)
	rest := strings.TrimPrefix(b.String(), `{"level":"INFO","msg":""`)
	return "{" + strings.TrimPrefix(strings.TrimSuffix(rest, "\n"), ",")
}

// ourAttrs returns the attrs as AppendJSON writes them.
func ourAttrs(attrs []slog.Attr) string {
	got := string(record.AppendJSON(nil, &record.Record{Attrs: attrs}))
	rest := strings.TrimPrefix(got, `{"level":"INFO","message":""`)
	if rest == "}" {
		return "{}"
	}
	return strings.TrimSuffix(strings.TrimPrefix(rest, `,"attrs":`), "}")
}

type (
	point   struct{ X, Y any }
	pointer struct{ text string }
	valuer  struct{ v slog.Value }
	marsh   struct{ json string }
	texter  struct{ text string }
)

func (p *pointer) Error() string              { return p.text }
func (v valuer) LogValue() slog.Value         { return v.v }
func (m marsh) MarshalJSON() ([]byte, error)  { return []byte(m.json), nil }
func (x texter) MarshalText() ([]byte, error) { return []byte(x.text), nil }

// sameValue makes a random value of those that both write alike: see docs/formats.md.
func (d *dice) sameValue(depth int) slog.Value {
	text := func() string {
		return []string{"", "a", "two words", "naïve 日本語 😀\u00a0", "<&>'\"\\/", "\x00\b\f\n\r\t\x1f", "\u2028\u2029", "a\xffb\xc3", strings.Repeat("x", d.IntN(300))}[d.IntN(9)]
	}
	at := func() time.Time {
		t := d.time()
		if y := t.Year(); y < 0 || y > 9999 {
			return time.Time{}
		}
		return t
	}
	switch d.IntN(24) {
	case 0:
		return slog.Int64Value(int64(d.Uint64()) >> d.IntN(64))
	case 1:
		return slog.Uint64Value(d.Uint64() >> d.IntN(64))
	case 2:
		return slog.Float64Value(d.fraction())
	case 3:
		return slog.BoolValue(d.IntN(2) == 0)
	case 4:
		return slog.DurationValue(time.Duration(d.Uint64()))
	case 5, 6:
		return slog.TimeValue(at())
	case 7, 8, 9:
		if depth > 0 {
			return slog.GroupValue(d.sameAttrs(1+d.IntN(3), depth-1)...)
		}
		return slog.GroupValue()
	case 10:
		return slog.AnyValue(errors.New(text()))
	case 11:
		return slog.AnyValue(fmt.Errorf("wrapped: %w", io.EOF))
	case 12:
		return slog.AnyValue((*pointer)(nil))
	case 13:
		if v := d.sameValue(0); v.Kind() != slog.KindGroup { // inside a group, slog shows such a one that is empty
			return slog.AnyValue(valuer{v})
		}
	case 14:
		return slog.AnyValue(point{d.IntN(100), map[string]int{"b": 1, "a": 2}})
	case 15:
		return slog.AnyValue(marsh{" {\"a\" : [1, 2.50, \"\\u003c<\"]} "})
	case 16:
		return slog.AnyValue([]any{nil, "x", int64(1), true, []any{}, map[string]any{"k": "v", "j": uint64(2)}, []any(nil), map[string]any(nil)})
	case 17:
		return slog.AnyValue(nil)
	case 18:
		return slog.AnyValue([]any{texter{"<t>"}, point{1, nil}, time.Duration(3), at().UTC(), []int{1}, []byte("ab"), json.Number("-1.50")})
	case 19:
		return slog.AnyValue(json.RawMessage([]string{`{"a":[1,2.50e+3,"\u00e9\/ü"],"b":{}}`, " [ 1 ,\n2 ] ", "null", `""`, "-0"}[d.IntN(5)]))
	case 20:
		return slog.AnyValue(&slog.Source{Function: text(), File: "f", Line: d.IntN(2)})
	case 21:
		return slog.AnyValue(netip.MustParseAddr("203.0.113.7"))
	}
	return slog.StringValue(text())
}

// fraction is a float that is not whole, or so large that it has an exponent.
func (d *dice) fraction() float64 {
	for {
		f := d.float()
		if a := math.Abs(f); a < 1e21 && f != math.Trunc(f) || a >= 1e21 && a <= math.MaxFloat64 {
			return f
		}
	}
}

func (d *dice) sameAttrs(n, depth int) (attrs []slog.Attr) {
	keys := []string{"a", "key", "a key", "", "naïve", "with\"quote", "status_code_of_the_answer"}
	for range n {
		a := slog.Attr{Key: keys[d.IntN(len(keys))], Value: d.sameValue(depth)}
		if a.Key == "" && a.Value.Resolve().Any() == nil {
			a.Key = "nil" // slog loses a comma where a group has nothing but empty attrs
		}
		attrs = append(attrs, a)
	}
	return attrs
}

// What docs/formats.md claims: attrs have the bytes that slog.JSONHandler gives them.
func TestAttrsAreSlogs(t *testing.T) {
	for seed := range uint64(100) {
		checkSameAttrs(t, seed)
	}
}

func FuzzAttrsAreSlogs(f *testing.F) {
	f.Add(uint64(1000))
	f.Fuzz(checkSameAttrs)
}

func checkSameAttrs(t *testing.T, seed uint64) {
	d := newDice(seed)
	for range 100 {
		attrs := d.sameAttrs(d.IntN(6), 3)
		if got, want := ourAttrs(attrs), slogAttrs(attrs); got != want {
			t.Fatalf("seed %d, attrs %v:\ngot  %s\nwant %s", seed, attrs, got, want)
		}
	}
}

// Where ours differs, as docs/formats.md says, and how.
func TestAttrsAreNotSlogs(t *testing.T) {
	f := func(v any, slogs, want string) {
		t.Helper()
		attrs := []slog.Attr{slog.Any("v", v)}
		if got := slogAttrs(attrs); got != `{"v":`+slogs+`}` {
			t.Errorf("slog: got %s, want %s: docs/formats.md is out of date", got, slogs)
		}
		if got := ourAttrs(attrs); got != `{"v":`+want+`}` {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(1.0, "1", "1.0")
	f(-1e20, "-100000000000000000000", "-100000000000000000000.0")
	f(math.Copysign(0, -1), "-0", "-0.0")
	f(math.NaN(), `"!ERROR:json: unsupported value: NaN"`, `"NaN"`)
	f(math.Inf(1), `"!ERROR:json: unsupported value: +Inf"`, `"Infinity"`)
	f("\x7f\u0085", "\"\x7f\u0085\"", `"\u007f\u0085"`)
	f("\xed\xb3\xbf", `"\ufffd\ufffd\ufffd"`, `"\udcff"`)
	f(point{"\x7f", 1}, "{\"X\":\"\x7f\",\"Y\":1}", `{"X":"\u007f","Y":1}`)
	f(json.RawMessage("\"\u2028\xff\""), "\"\u2028\xff\"", `"\u2028\ufffd"`)
	f([]any{1.0, errors.New("e"), "\b"}, `[1,{},"\b"]`, `[1.0,"e","\u0008"]`)
	f(map[string]any{"a": math.NaN()}, `"!ERROR:json: unsupported value: NaN"`, `{"a":"NaN"}`)
	f(make(chan int), `"!ERROR:json: unsupported type: chan int"`, `"!ERROR: json: unsupported type: chan int"`)
	f(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), `"!ERROR:time.Time year outside of range [0,9999]""10000-01-01T00:00:00Z"`, `"10000-01-01T00:00:00Z"`)

	empty := []slog.Attr{slog.Int("a", 1), slog.Group("g", slog.Attr{}), slog.Int("b", 2)}
	if got, want := slogAttrs(empty), `{"a":1"b":2}`; got != want {
		t.Errorf("slog: got %s, want %s: docs/formats.md is out of date", got, want)
	}
	if got, want := ourAttrs(empty), `{"a":1,"b":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	empty = []slog.Attr{slog.Group("g", slog.Any("v", valuer{slog.GroupValue()}))}
	if got, want := slogAttrs(empty), `{"g":{}}`; got != want {
		t.Errorf("slog: got %s, want %s: docs/formats.md is out of date", got, want)
	}
	if got, want := ourAttrs(empty), `{}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
