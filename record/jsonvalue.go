package record

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strconv"
)

// AppendJSONValue appends the JSON of one value as it stands among the attrs of [AppendJSON]; an
// empty group is {}.
func AppendJSONValue(dst []byte, v slog.Value) []byte {
	w := walk{times: new(clock)}
	if v.Kind() == slog.KindLogValuer {
		v = v.Resolve()
	}
	if v.Kind() != slog.KindGroup {
		return w.appendValue(dst, v)
	}
	return append(w.appendAttrs(append(dst, '{'), v.Group()), '}')
}

// walk is the way through the attrs of a record. It ends, even where a list contains itself several times.
type walk struct {
	times   *clock
	depth   int // of the groups, lists and maps that are open
	refused int // how many were not entered
}

const (
	// maxJSONDepth bounds the groups, lists and maps that are open at a time, maxRefused those that may
	// lie below that: once so many do, no further one is entered.
	maxJSONDepth = 256
	maxRefused   = 100
	// tooDeep stands for what is not entered.
	tooDeep = `"!ERROR: nested too deep"`
)

// enter reports whether a group, list or map is to be written. Who enters one leaves it.
func (w *walk) enter() bool {
	if w.depth >= maxJSONDepth || w.refused >= maxRefused {
		w.refused++
		return false
	}
	w.depth++
	return true
}

func (w *walk) leave() { w.depth-- }

// appendAttrs appends the members of an object. A group without a key is inlined and an empty group
// is left out, as slog's handlers do.
func (w *walk) appendAttrs(dst []byte, attrs []slog.Attr) []byte {
	for i := range attrs {
		a := &attrs[i]
		switch kind := a.Value.Kind(); kind {
		case slog.KindLogValuer:
			dst = w.appendForeign(dst, a.Key, a.Value.Resolve())
		case slog.KindAny:
			dst = w.appendForeign(dst, a.Key, a.Value)
		case slog.KindGroup:
			dst = w.appendGroup(dst, a.Key, a.Value.Group())
		default:
			dst = w.appendScalar(appendKey(dst, a.Key), kind, a.Value)
		}
	}
	return dst
}

// appendForeign appends the attr of a value that may turn out to be anything.
func (w *walk) appendForeign(dst []byte, key string, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindGroup:
		return w.appendGroup(dst, key, v.Group())
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil:
			if key == "" {
				return dst // the empty attr
			}
		case *slog.Source:
			return w.appendGroup(dst, key, sourceAttrs(x))
		}
	}
	return w.appendValue(appendKey(dst, key), v)
}

// appendGroup appends the attr of a group, nothing if nothing is in it.
func (w *walk) appendGroup(dst []byte, key string, members []slog.Attr) []byte {
	if len(members) == 0 {
		return dst
	}
	if !w.enter() {
		return append(appendKey(dst, key), tooDeep...)
	}
	defer w.leave()
	if key == "" {
		return w.appendAttrs(dst, members)
	}
	from := len(dst)
	dst = append(appendKey(dst, key), '{')
	empty := len(dst)
	dst = w.appendAttrs(dst, members)
	if len(dst) == empty {
		return dst[:from]
	}
	return append(dst, '}')
}

// sourceAttrs returns what slog's handlers show of a place: what is known of it.
func sourceAttrs(s *slog.Source) (attrs []slog.Attr) {
	if s == nil {
		return nil
	}
	if s.Function != "" {
		attrs = append(attrs, slog.String("function", s.Function))
	}
	if s.File != "" {
		attrs = append(attrs, slog.String("file", s.File))
	}
	if s.Line != 0 {
		attrs = append(attrs, slog.Int("line", s.Line))
	}
	return attrs
}

// appendKey appends a key with its colon, and the comma before it where one is needed.
func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(AppendJSONString(dst, key), ':')
}

// appendValue appends a value that is neither a group nor a LogValuer.
func (w *walk) appendValue(dst []byte, v slog.Value) []byte {
	if kind := v.Kind(); kind != slog.KindAny {
		return w.appendScalar(dst, kind, v)
	}
	return w.appendAny(dst, v.Any())
}

// appendScalar appends a value of one of the kinds that hold no further values.
func (w *walk) appendScalar(dst []byte, kind slog.Kind, v slog.Value) []byte {
	switch kind {
	case slog.KindString:
		return AppendJSONString(dst, v.String())
	case slog.KindInt64:
		return appendInt(dst, v.Int64())
	case slog.KindUint64:
		return appendUint(dst, v.Uint64())
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return appendInt(dst, int64(v.Duration()))
	}
	return append(w.times.appendShort(append(dst, '"'), v.Time()), '"')
}

// appendAny appends the values that have no kind of their own. The plain containers of received
// records are walked here, because encoding/json knows neither lone surrogates nor NaN.
func (w *walk) appendAny(dst []byte, x any) []byte {
	switch x := x.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return AppendJSONString(dst, x)
	case bool:
		return strconv.AppendBool(dst, x)
	case int64:
		return appendInt(dst, x)
	case uint64:
		return appendUint(dst, x)
	case int:
		return appendInt(dst, int64(x))
	case float64:
		return appendFloat(dst, x)
	case json.RawMessage:
		if isCompact(x) {
			return append(dst, x...)
		}
	case json.Number:
		if isNumber(x) {
			return append(dst, x...)
		}
	case []any:
		return w.appendList(dst, x)
	case map[string]any:
		return w.appendMap(dst, x)
	}
	return appendMarshal(dst, x)
}

func (w *walk) appendList(dst []byte, list []any) []byte {
	if list == nil {
		return append(dst, "null"...)
	}
	if !w.enter() {
		return append(dst, tooDeep...)
	}
	defer w.leave()
	dst = append(dst, '[')
	for i, x := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.appendAny(dst, x)
	}
	return append(dst, ']')
}

func (w *walk) appendMap(dst []byte, m map[string]any) []byte {
	if m == nil {
		return append(dst, "null"...)
	}
	if !w.enter() {
		return append(dst, tooDeep...)
	}
	defer w.leave()
	var few [16]string
	keys := slices.AppendSeq(few[:0], maps.Keys(m))
	slices.Sort(keys)
	dst = append(dst, '{')
	for _, k := range keys {
		dst = w.appendAny(appendKey(dst, k), m[k])
	}
	return append(dst, '}')
}
