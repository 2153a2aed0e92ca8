package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"reflect"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// ownError may change; its text is what it is now.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

type number int

func (n number) Error() string { return "number" }

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.IntValue(1) }

// nested is a LogValuer that is in the group it makes.
type nested struct{}

func (n nested) LogValue() slog.Value { return slog.GroupValue(slog.Any("n", n)) }

// withoutLayout calls f as it is on a Go whose slog is laid out in a way that is not known.
func withoutLayout(f func()) {
	defer func(was bool) { known = was }(known)
	known = false
	f()
}

// A Go whose slog is laid out otherwise is served all the same, if more slowly. This test says so.
func TestLayoutIsKnown(t *testing.T) {
	if !known {
		t.Error("slog.Record or slog.Value of this Go has another layout than slogRecord and slogValue have: bring them up to date")
	}
	if !knownTime {
		t.Error("time.Time of this Go has another layout than timeTime has: bring it up to date")
	}
	if alike(reflect.TypeFor[slogRecord](), reflect.TypeFor[slog.Value]()) || alike(reflect.TypeFor[slogValue](), reflect.TypeFor[struct {
		_   [0]func()
		any any
		num uint64
	}]()) {
		t.Error("alike: got true for structs that differ")
	}
}

func TestSettled(t *testing.T) {
	f := func(x any, want bool) {
		t.Helper()
		v := slog.AnyValue(x)
		check := func(how string) {
			t.Helper()
			if got := Settled(v); got != want {
				t.Errorf("Settled(%T %v)%s: got %t, want %t", x, x, how, got, want)
			}
			attrs := []slog.Attr{slog.Int("n", 1), {Key: "v", Value: v}}
			if got := AllSettled(attrs); got != want {
				t.Errorf("AllSettled(%T %v)%s: got %t, want %t", x, x, how, got, want)
			}
		}
		check("")
		withoutLayout(func() { check(" without the layout") })
	}
	own := &ownError{"x"}
	f(nil, true)
	f("x", true)
	f(1, true)
	f(uint64(1), true)
	f(1.5, true)
	f(true, true)
	f(time.Second, true)
	f(time.Time{}, true)
	f(time.Now(), true)
	f(time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC), true)
	f(slog.KindGroup, true)
	f(netip.MustParseAddr("::1"), true)
	f(netip.MustParseAddrPort("[::1]:80"), true)
	f(netip.MustParsePrefix("10.0.0.0/8"), true)

	f(io.EOF, true)
	f(context.Canceled, true)
	f(context.DeadlineExceeded, true)
	f(syscall.ENOENT, true)
	f(fmt.Errorf("a: %w", io.EOF), true)
	f(fmt.Errorf("a: %w", fmt.Errorf("b: %w: %w", io.EOF, syscall.EPIPE)), true)
	f(errors.Join(io.EOF, fmt.Errorf("a: %w", io.EOF)), true)
	f(own, false)
	f(number(1), false) // its method is the program's
	f(fmt.Errorf("a: %w", own), false)
	f(fmt.Errorf("a: %w: %w", io.EOF, own), false)
	f(errors.Join(io.EOF, own), false)
	deep := io.EOF
	for range maxWrapped + 1 {
		deep = fmt.Errorf("deep: %w", deep)
	}
	f(deep, false)

	f([]byte("x"), false)
	f([]int{1}, false)
	f(map[string]int{}, false)
	f(new(int), false)
	f(valuer{}, false)
	f([]slog.Attr{slog.Int("a", 1)}, false)
}

// An error whose text may be had but not kept is its text.
func TestErrorThatMayChange(t *testing.T) {
	own := &ownError{"before"}
	wrapped := fmt.Errorf("wrapped: %w", own)
	a, b := Attr(slog.Any("e", own)), Attr(slog.Any("e", wrapped))
	own.text = "after"
	if got := fmt.Sprint(a, b); got != "e=before e=wrapped: before" {
		t.Errorf("got %s, want the texts as they were", got)
	}
	if got := Attr(slog.Any("e", io.EOF)).Value.Any(); got != error(io.EOF) {
		t.Errorf("got %v, want io.EOF itself", got)
	}
	if got := testing.AllocsPerRun(100, func() { Attr(slog.Any("e", wrapped)) }); got != 0 {
		t.Errorf("got %v allocations for an error that has its text, want 0", got)
	}
}

func TestEndlessNesting(t *testing.T) {
	v := Attr(slog.Any("n", nested{})).Value
	depth := 0
	for ; v.Kind() == slog.KindGroup; depth++ {
		v = v.Group()[0].Value
	}
	if depth != maxDepth || v.String() != "!ERROR: nested too deep" {
		t.Errorf("got %s in %d groups, want an end after %d", v, depth, maxDepth)
	}
}

func TestAttrsOf(t *testing.T) {
	for n := range 12 {
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 1)
		for i := range n {
			r.AddAttrs(slog.Int("n", i), slog.String("s", "x"))
		}
		var want []slog.Attr
		r.Attrs(func(a slog.Attr) bool {
			want = append(want, a)
			return true
		})
		front, back, ok := AttrsOf(&r)
		if got := fmt.Sprint(append(front, back...)); !ok || got != fmt.Sprint(want) {
			t.Errorf("attrs of a record: got %s, %t, want %v", got, ok, want)
		}
		withoutLayout(func() {
			if _, _, ok := AttrsOf(&r); ok {
				t.Error("AttrsOf: got attrs without the layout")
			}
		})
	}
}

// The attrs of a record that all stand in it are copied if they are settled at a glance.
func TestFront(t *testing.T) {
	settled := []slog.Attr{
		slog.Int("i", 1), slog.String("s", "x"), slog.Any("err", io.EOF), slog.Time("t", time.Now()), slog.Time("far", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	record := func(attrs ...slog.Attr) *slog.Record {
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "m", 1)
		r.AddAttrs(attrs...)
		return &r
	}
	for n := range len(settled) + 1 {
		to := make([]slog.Attr, n)
		r := record(settled[:n]...)
		if got, ok := FrontOf(r); got != n || !ok || !CopyFront(to, r) || fmt.Sprint(to) != fmt.Sprint(settled[:n]) {
			t.Errorf("got %d, %t and %v, want %v", got, ok, to, settled[:n])
		}
		withoutLayout(func() {
			if _, ok := FrontOf(r); ok || CopyFront(to, r) {
				t.Error("got attrs without the layout")
			}
		})
	}
	if _, ok := FrontOf(record(append(settled[:5:5], settled[0])...)); ok {
		t.Error("FrontOf: got that a sixth attr stands in the record")
	}
	if CopyFront(make([]slog.Attr, 6), record(settled...)) {
		t.Error("CopyFront: copied more attrs than there are")
	}
	for _, v := range []any{nil, []byte("x"), slog.GroupValue(slog.Int("a", 1)), &ownError{}, valuer{}} {
		if r := record(settled[0], slog.Any("v", v), settled[1]); CopyFront(make([]slog.Attr, 3), r) {
			t.Errorf("CopyFront: %v was taken for settled", v)
		}
	}
}

// Copy copies what Measure counts, groups in groups too.
func TestCopy(t *testing.T) {
	f := func(attrs []slog.Attr, wantBytes, wantMembers int) {
		t.Helper()
		check := func(how string) {
			t.Helper()
			bytes, members := Measure(attrs)
			if bytes != wantBytes || members != wantMembers {
				t.Errorf("Measure(%v)%s: got %d, %d, want %d, %d", attrs, how, bytes, members, wantBytes, wantMembers)
			}
			mem := make([]slog.Attr, len(attrs)+members)
			if left := Copy(mem, attrs); len(left) != 0 {
				t.Errorf("Copy(%v)%s: %d attrs are left, want 0", attrs, how, len(left))
			}
			if got, want := fmt.Sprint(mem[:len(attrs)]), fmt.Sprint(attrs); got != want {
				t.Errorf("Copy%s: got %s, want %s", how, got, want)
			}
		}
		check("")
		withoutLayout(func() { check(" without the layout") })
	}
	f(nil, 0, 0)
	f([]slog.Attr{slog.Int("n", 1), slog.String("s", "text"), slog.Any("e", io.EOF), slog.Any("b", []byte("abc")), slog.Any("raw", json.RawMessage("{}"))},
		5*40+7+4+64+64+3+64+2, 0)
	f([]slog.Attr{slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.Int("b", 1), slog.Int("c", 1))), slog.Group("i", slog.Int("d", 1))}, 7*40+7, 5)

	inner := []slog.Attr{slog.Int("a", 1)}
	mem := make([]slog.Attr, 2)
	Copy(mem, []slog.Attr{{Key: "g", Value: slog.GroupValue(inner...)}})
	inner[0] = slog.Int("a", 2)
	if got := fmt.Sprint(mem[0]); got != "g=[a=1]" {
		t.Errorf("after the group's memory was used again: got %s", got)
	}
}

// textOf returns the text of a value by its place.
func textOf(v *slog.Value) (string, bool) {
	at, n, ok := TextAt(v)
	return unsafe.String((*byte)(at), n), ok
}

// A time is looked at in place if it is one that nanoseconds tell.
func TestTimeInPlace(t *testing.T) {
	f := func(v slog.Value, want bool) {
		t.Helper()
		ns, in, ok := TimeIn(&v)
		if ok != want || ok && (int64(ns) != v.Time().UnixNano() || in != v.Time().Location()) {
			t.Errorf("TimeIn(%v): got %d, %v, %t, want %t", v, ns, in, ok, want)
		}
		withoutLayout(func() {
			if _, _, ok := TimeIn(&v); ok {
				t.Errorf("%v: got it in place where the layout is not known", v)
			}
		})
	}
	now := time.Now()
	f(slog.TimeValue(now), true)
	f(slog.TimeValue(now.UTC()), true)
	f(slog.TimeValue(now.In(time.FixedZone("", 3600))), true)
	f(slog.TimeValue(time.Time{}), false)
	f(slog.TimeValue(time.Date(2600, 1, 1, 0, 0, 0, 0, time.UTC)), false)
	f(slog.IntValue(1), false)
	f(slog.StringValue(""), false)
	f(slog.Value{}, false)
}

// What is looked at in place is what the methods say, or nothing.
func TestInPlace(t *testing.T) {
	f := func(v slog.Value, kind slog.Kind, bits uint64, text, fault string) {
		t.Helper()
		k, b, ok := Word(&v)
		if ok != (kind != slog.KindAny) || ok && (k != kind || b != bits) {
			t.Errorf("Word(%v): got %v, %d, %t, want %v, %d", v, k, b, ok, kind, bits)
		}
		if got, ok := textOf(&v); ok != (text != "") || got != text {
			t.Errorf("TextAt(%v): got %q, %t, want %q", v, got, ok, text)
		}
		if got, ok := ErrorText(&v); ok != (fault != "") || got != fault {
			t.Errorf("ErrorText(%v): got %q, %t, want %q", v, got, ok, fault)
		}
		withoutLayout(func() {
			_, _, word := Word(&v)
			_, isText := textOf(&v)
			if _, isError := ErrorText(&v); word || isText || isError {
				t.Errorf("%v: got it in place where the layout is not known", v)
			}
		})
	}
	f(slog.Int64Value(-1), slog.KindInt64, 1<<64-1, "", "")
	f(slog.Uint64Value(7), slog.KindUint64, 7, "", "")
	f(slog.BoolValue(true), slog.KindBool, 1, "", "")
	f(slog.BoolValue(false), slog.KindBool, 0, "", "")
	f(slog.DurationValue(time.Second), slog.KindDuration, 1e9, "", "")
	f(slog.Float64Value(1), slog.KindFloat64, 0x3ff0000000000000, "", "")
	f(slog.StringValue("text"), slog.KindAny, 0, "text", "")
	f(slog.AnyValue(errors.New("gone")), slog.KindAny, 0, "", "gone")
	f(slog.AnyValue(&ownError{"own"}), slog.KindAny, 0, "", "")
	f(slog.AnyValue(io.EOF), slog.KindAny, 0, "", "EOF")
	f(slog.AnyValue(nil), slog.KindAny, 0, "", "")
	f(slog.TimeValue(time.Unix(1, 0)), slog.KindAny, 0, "", "")
	f(slog.GroupValue(slog.Int("a", 1)), slog.KindAny, 0, "", "")
	f(slog.AnyValue(valuer{}), slog.KindAny, 0, "", "")
}
