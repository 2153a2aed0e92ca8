package snapshot

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
)

// Attrs returns a copy of attrs with their values as they are now.
func Attrs(attrs []slog.Attr) []slog.Attr { return attrsAt(attrs, 0) }

func attrsAt(attrs []slog.Attr, depth int) []slog.Attr {
	now := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		now[i] = attrAt(a, depth)
	}
	return now
}

// Attr returns a with its value as it is now. It calls methods of the value, which may do anything; a
// panic of theirs becomes the value's text.
func Attr(a slog.Attr) slog.Attr { return attrAt(a, 0) }

func attrAt(a slog.Attr, depth int) slog.Attr {
	if !Settled(a.Value) {
		a.Value = taken(a.Value, depth)
	}
	return a
}

// maxResolve bounds a chain of LogValuers, maxDepth the groups in groups that they make.
const (
	maxResolve = 100
	maxDepth   = 1000
)

// taken returns v as it is now: LogValuers are resolved, groups copied, and what lies behind pointers,
// maps and slices is rendered. A method of the value that panics becomes its text.
func taken(v slog.Value, depth int) (s slog.Value) {
	defer func() {
		if p := recover(); p != nil {
			if isNil(v.Any()) {
				s = slog.AnyValue(nil) // the method does not expect it, and it says all there is
				return
			}
			s = slog.StringValue(fmt.Sprintf("!PANIC: %v", p))
		}
	}()
	for range maxResolve {
		if v.Kind() != slog.KindLogValuer {
			break
		}
		v = v.LogValuer().LogValue()
	}
	switch v.Kind() {
	case slog.KindLogValuer:
		return slog.StringValue("!ERROR: LogValue returns a LogValuer without end")
	case slog.KindGroup:
		if depth == maxDepth {
			return slog.StringValue("!ERROR: nested too deep")
		}
		return slog.GroupValue(attrsAt(v.Group(), depth+1)...)
	case slog.KindAny:
		if !Settled(v) {
			return rendered(v)
		}
	}
	return v
}

// rendered returns a value of kind Any as something that does not change: itself, where its type holds no
// references; the text of an error, a TextMarshaler or a Stringer; else its JSON.
func rendered(v slog.Value) slog.Value {
	x := v.Any()
	if isNil(x) {
		return slog.AnyValue(nil)
	}
	switch x := x.(type) {
	case json.RawMessage:
		return slog.AnyValue(bytes.Clone(x))
	case []byte:
		return slog.AnyValue(bytes.Clone(x))
	case error:
		return slog.StringValue(x.Error())
	case json.Marshaler:
		return marshalled(x)
	case encoding.TextMarshaler:
		if text, err := x.MarshalText(); err == nil {
			return slog.StringValue(string(text))
		}
	case fmt.Stringer:
		return slog.StringValue(x.String())
	}
	if immutable(reflect.TypeOf(x)) {
		return v
	}
	return marshalled(x)
}

func isNil(x any) bool {
	v := reflect.ValueOf(x)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// marshalled returns the JSON of x, or the text fmt makes of it where it has none.
func marshalled(x any) slog.Value {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(x); err != nil {
		return slog.StringValue(fmt.Sprintf("%+v", x))
	}
	return slog.AnyValue(json.RawMessage(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})))
}

// immutable reports whether a value of type t, once copied, cannot be changed by anybody.
func immutable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return immutable(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if !immutable(f.Type) {
				return false
			}
		}
		return true
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Chan, reflect.Func:
		return false
	}
	return true
}
