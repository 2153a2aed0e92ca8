package snapshot

import (
	"errors"
	"log/slog"
	"reflect"
	"time"
	"unsafe"
)

// slogRecord, slogValue and timeTime are slog's Record and Value and the package time's Time, as the code here
// takes them to be laid out.
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
	timeTime struct {
		wall uint64 // the highest bit says that there is a reading of the monotonic clock
		ext  int64  // which is this
		loc  *time.Location
	}
)

// known says that they are.
var known = alike(reflect.TypeFor[slogRecord](), reflect.TypeFor[slog.Record]()) &&
	alike(reflect.TypeFor[slogValue](), reflect.TypeFor[slog.Value]()) && knownError(reflect.TypeOf(errors.New("")).Elem())

// knownTime says that a Time can be looked into.
var knownTime = alike(reflect.TypeFor[timeTime](), reflect.TypeFor[time.Time]()) && readsTimes(time.Now())

// readsTimes reports whether what is read of now, and of times that are made of it, is right.
func readsTimes(now time.Time) bool {
	read := func(t time.Time) (int64, bool) {
		in := (*timeTime)(unsafe.Pointer(&t))
		return in.ext, in.wall>>63 != 0
	}
	at, ok := read(now)
	later, stillOK := read(now.Add(time.Hour))
	_, stripped := read(now.Round(0))
	_, zero := read(time.Time{})
	return ok && stillOK && later-at == int64(time.Hour) && !stripped && !zero
}

// Reading returns the reading of this process's monotonic clock that t has, in nanoseconds since a moment
// that is the same for all times. ok is false if t has none, or if it cannot be had this way, but only by the
// methods of t.
func Reading(t *time.Time) (ns int64, ok bool) {
	in := (*timeTime)(unsafe.Pointer(t))
	return in.ext, in.wall>>63 != 0 && knownTime
}

// knownError reports whether an error of that type is its text alone.
func knownError(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == reflect.TypeFor[string]()
}

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

// FrontOf returns how many attrs r has, if they all stand where CopyFront copies them from.
func FrontOf(r *slog.Record) (n int, ok bool) {
	if !known {
		return 0, false
	}
	in := (*slogRecord)(unsafe.Pointer(r))
	return in.nFront, len(in.back) == 0
}

// word stands for the type of what a value holds: the kinds of values that need no memory have one
// in common.
type word uintptr

func wordOf(v *slog.Value) word {
	return *(*word)(unsafe.Pointer(&(*slogValue)(unsafe.Pointer(v)).any))
}

// Word returns the kind of a value that is a number of at most eight bytes, and these: of a bool, 1 or 0. ok is false for any
// other, and for all where slog is laid out in a way that is not known.
func Word(v *slog.Value) (kind slog.Kind, bits uint64, ok bool) {
	if wordOf(v) != types.plain || !known {
		return 0, 0, false
	}
	in := (*slogValue)(unsafe.Pointer(v))
	return **dataOf[slog.Kind](in), in.num, true
}

// TextAt returns where the text of a value is that is one, and how many bytes it has. ok is as with [Word].
func TextAt(v *slog.Value) (at unsafe.Pointer, n int, ok bool) {
	if wordOf(v) != types.text || !known {
		return nil, 0, false
	}
	in := (*slogValue)(unsafe.Pointer(v))
	return unsafe.Pointer(*dataOf[byte](in)), int(in.num), true
}

// ErrorText returns the text of a value that is an error of [errors.New]. ok is as with [Word].
func ErrorText(v *slog.Value) (text string, ok bool) {
	if wordOf(v) != types.err || !known {
		return "", false
	}
	return (*dataOf[errorString]((*slogValue)(unsafe.Pointer(v)))).text, true
}

// TimeIn returns the nanoseconds since 1970 of a value that is a time, and its location. ok is as with [Word], and false as well
// for a time that these nanoseconds do not tell.
func TimeIn(v *slog.Value) (ns uint64, in *time.Location, ok bool) {
	if wordOf(v) != types.time || !known {
		return 0, nil, false
	}
	x := (*slogValue)(unsafe.Pointer(v))
	in = *dataOf[time.Location](x) // nil for the zero time
	return x.num, in, in != nil
}

// errorString is the error of errors.New, as the code here takes it to be laid out.
type errorString struct{ text string }

// dataOf returns where an interface says that what it holds is.
func dataOf[T any](v *slogValue) **T {
	return (**T)(unsafe.Add(unsafe.Pointer(&v.any), unsafe.Sizeof(uintptr(0))))
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
