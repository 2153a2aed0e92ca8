package filter

import (
	"bytes"
	"encoding/json"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// tester holds a plain value against something: a text, a number, a boolean, a time or nil, never a
// list or a mapping.
type tester interface {
	test(v slog.Value) bool
}

// walk is the way through the values of a record's attrs, up to one that the tester takes. It ends, even
// where a list contains itself several times. Its methods report whether there was one.
type walk struct {
	tester tester // nil to take any value that is there, be it null or an empty list
	depth  depth
}

// depth bounds how deep values are nested that are looked at, as in the JSON form: maxDepth groups,
// lists and mappings within each other, and no further ones once maxRefused were deeper.
type depth struct{ open, refused int }

const (
	maxDepth   = 256
	maxRefused = 100
)

// enter reports whether a group, list or mapping is to be looked into. Who enters one leaves it.
func (d *depth) enter() bool {
	if d.open >= maxDepth || d.refused >= maxRefused {
		d.refused++
		return false
	}
	d.open++
	return true
}

func (d *depth) leave() { d.open-- }

// value looks at v, or at all that it holds.
func (w *walk) value(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindLogValuer:
		return w.value(v.Resolve())
	case slog.KindGroup:
		return w.attrs(v.Group())
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil, json.Number:
		case []any, map[string]any:
			return w.tester == nil || w.members(x)
		default:
			v, ok := plain(v)
			return ok && w.value(v)
		}
	}
	return w.tester == nil || w.tester.test(v)
}

// attrs looks at the values of a record's attrs, or a group's.
func (w *walk) attrs(attrs []slog.Attr) (found bool) {
	if !w.depth.enter() {
		return false
	}
	for i := range attrs {
		if a := &attrs[i]; !empty(a) && w.value(a.Value) {
			found = true
			break
		}
	}
	w.depth.leave()
	return found
}

// members looks at the members of a list or mapping. A nil one is null.
func (w *walk) members(x any) (found bool) {
	if !w.depth.enter() {
		return false
	}
	switch x := x.(type) {
	case []any:
		if x == nil {
			found = w.tester.test(slog.Value{})
		}
		for i := 0; i < len(x) && !found; i++ {
			found = w.value(element(x[i]))
		}
	case map[string]any:
		if x == nil {
			found = w.tester.test(slog.Value{})
		}
		for _, e := range x {
			if found = w.value(element(e)); found {
				break
			}
		}
	}
	w.depth.leave()
	return found
}

// empty reports whether a is the empty attr, which is left out of a record.
func empty(a *slog.Attr) bool { return a.Key == "" && a.Value.Equal(slog.Value{}) }

// plain returns what the JSON form of a record shows of a value of any other type; ok is false where it
// shows nothing. It allocates.
func plain(v slog.Value) (p slog.Value, ok bool) {
	const key = "v"
	var shown map[string]any
	if err := decode(record.AppendJSONValue(nil, slog.GroupValue(slog.Attr{Key: key, Value: v})), &shown); err != nil {
		return slog.StringValue("!ERROR: " + err.Error()), true
	}
	x, ok := shown[key]
	return slog.AnyValue(x), ok
}

// element returns the value that a member of a list or mapping is. What slog would make more of, a
// LogValuer for example, is as in the JSON form there.
func element(x any) slog.Value {
	switch x.(type) {
	case nil, string, bool, int, int64, uint64, float64, []any, map[string]any, json.Number:
		return slog.AnyValue(x)
	}
	var shown []any
	if err := decode(record.AppendJSONValue(nil, slog.AnyValue([]any{x})), &shown); err != nil || len(shown) != 1 {
		return slog.Value{}
	}
	return slog.AnyValue(shown[0])
}

// decode reads JSON, with numbers as they are written.
func decode(b []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return dec.Decode(to)
}
