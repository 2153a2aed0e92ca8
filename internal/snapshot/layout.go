package snapshot

import (
	"errors"
	"log/slog"
	"reflect"
	"time"
	"unsafe"
)

// slogRecord and slogValue are slog's Record and Value, as the code here takes them to be laid out.
type (
	slogRecord struct {
		Time    time.Time
		Message string
		Level   slog.Level
		PC      uintptr
		front   [5]slog.Attr
		nFront  int
		back    []slog.Attr
	}
	slogValue struct {
		_   [0]func()
		num uint64
		any any
	}
)

// known says that they are.
var known = alike(reflect.TypeFor[slogRecord](), reflect.TypeFor[slog.Record]()) &&
	alike(reflect.TypeFor[slogValue](), reflect.TypeFor[slog.Value]())

// alike reports whether two structs have the same fields in the same places.
func alike(a, b reflect.Type) bool {
	if a.Kind() != reflect.Struct || b.Kind() != reflect.Struct || a.NumField() != b.NumField() || a.Size() != b.Size() {
		return false
	}
	for i := range a.NumField() {
		f, g := a.Field(i), b.Field(i)
		if f.Name != g.Name || f.Type != g.Type || f.Offset != g.Offset {
			return false
		}
	}
	return true
}

// AttrsOf returns the attrs of r in two parts, which are r's own memory. ok is false if they cannot be
// had this way, but only by the method of r.
func AttrsOf(r *slog.Record) (front, back []slog.Attr, ok bool) {
	if !known {
		return nil, nil, false
	}
	in := (*slogRecord)(unsafe.Pointer(r))
	return in.front[:in.nFront], in.back, true
}

// word stands for the type of what a value holds: the kinds of values that need no memory have one
// in common.
type word uintptr

func wordOf(v *slog.Value) word {
	return *(*word)(unsafe.Pointer(&(*slogValue)(unsafe.Pointer(v)).any))
}

// words are the types of values that are settled, and that most values are of.
type words struct{ plain, text, time, farTime, err word }

// types are the words of this process.
var types = func() words {
	if !known {
		return words{}
	}
	f := func(v slog.Value) word { return wordOf(&v) }
	return words{
		plain:   f(slog.IntValue(0)),
		text:    f(slog.StringValue("")),
		time:    f(slog.TimeValue(time.Unix(0, 0))),
		farTime: f(slog.TimeValue(time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC))),
		err:     f(slog.AnyValue(errors.New(""))),
	}
}()

func (t *words) settles(w word) bool {
	return w == t.plain || w == t.text || w == t.err || w == t.time || w == t.farTime
}
