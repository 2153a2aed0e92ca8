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
			s = Panic(p)
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
		return slog.AnyValue(json.RawMessage(bytes.Clone(x)))
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
		if left := maxShown; !shows(reflect.ValueOf(x), &left, 0) {
			return slog.StringValue("!ERROR: " + err.Error())
		}
		return slog.StringValue(fmt.Sprintf("%+v", x))
	}
	return slog.AnyValue(json.RawMessage(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})))
}

// maxShown and maxShownDepth bound what is given to fmt, which follows a value that contains itself until
// the process dies of it.
const (
	maxShown      = 10_000
	maxShownDepth = 100
)

// shows reports whether fmt comes to an end with v within the bounds. left is how many values may
// be met yet. Pointers inside of a value are not followed, as fmt does not follow them.
func shows(v reflect.Value, left *int, depth int) bool {
	if *left--; *left < 0 || depth > maxShownDepth {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		return depth > 0 || shows(v.Elem(), left, depth+1)
	case reflect.Interface:
		return shows(v.Elem(), left, depth+1)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if !shows(field, left, depth+1) {
				return false
			}
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			if !shows(v.Index(i), left, depth+1) {
				return false
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !shows(it.Key(), left, depth+1) || !shows(it.Value(), left, depth+1) {
				return false
			}
		}
	}
	return true
}

// Panic returns the value of an attr whose taking panicked with p.
func Panic(p any) (v slog.Value) {
	defer func() {
		if recover() != nil { // at the attempt to say what it is
			v = slog.StringValue(fmt.Sprintf("!PANIC: %T", p))
		}
	}()
	return slog.StringValue(fmt.Sprintf("!PANIC: %v", p))
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
