package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"time"
)

// AppendJSON appends the JSON form of r to dst and returns the result: one object, without a
// newline at its end. It is the form of the console in a pipe, of files and of the command line.
//
// The keys, in this order:
//
//	time       RFC 3339 with nine digits of the second and the offset of r.Time's location
//	level      the name, as LevelName gives it
//	logger     the dotted name
//	message    the text
//	attrs      object of the attributes; groups are objects, repeated keys stay repeated
//	source     {function, file, line}
//	exception  {type, message, traceback}
//	stack      text
//	process    {pid, name}
//	thread     {id, name}
//	task       text
//	host       text
//	trace_id, span_id, trace_flags
//	           lower case hex digits, as OpenTelemetry wants them beside a log's other fields
//	received   as time
//	peer       text
//	levelno    the sender's own level, see Record.LevelNo
//	levelname  the sender's own name of it
//
// level and message are always there; any other key whose value is unknown is absent. The result
// is valid JSON and valid UTF-8 whatever the strings hold: control characters, DEL, C1 controls and
// the line separators U+2028 and U+2029 are escaped, a lone surrogate is its \u escape, a byte that
// is no UTF-8 is \ufffd.
//
// Values are as slog.JSONHandler writes them (a duration is its nanoseconds, an error its text),
// save that a float always shows that it is one (1.0, 1e+300), and that NaN and the infinities are the
// strings "NaN", "Infinity" and "-Infinity". A value whose JSON cannot be made is the string
// "!ERROR: …", one whose method panics "!PANIC: …".
func AppendJSON(dst []byte, r *Record) []byte {
	dst = append(dst, '{')
	if !r.Time.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = AppendTime(dst, r.Time)
		dst = append(dst, `",`...)
	}
	dst = append(dst, `"level":"`...)
	dst = append(dst, LevelName(r.Level)...)
	dst = append(dst, '"')
	dst = appendTextField(dst, `,"logger":`, r.Logger)
	dst = append(dst, `,"message":`...)
	dst = AppendJSONString(dst, r.Message)
	if len(r.Attrs) > 0 {
		from := len(dst)
		dst = append(dst, `,"attrs":{`...)
		empty := len(dst)
		dst = appendAttrs(dst, r.Attrs, 0)
		if len(dst) == empty {
			dst = dst[:from] // nothing but empty groups
		} else {
			dst = append(dst, '}')
		}
	}
	dst = appendOrigin(dst, r)
	return append(dst, '}')
}

// appendOrigin appends what is known about where the record came from.
func appendOrigin(dst []byte, r *Record) []byte {
	if src := r.Caller(); src != nil {
		o := object{dst: append(dst, `,"source":`...)}
		o.text(`"function":`, src.Function)
		o.text(`"file":`, src.File)
		o.number(`"line":`, uint64(max(src.Line, 0)))
		dst = o.end()
	}
	if e := r.Exception; e != nil {
		o := object{dst: append(dst, `,"exception":`...)}
		o.text(`"type":`, e.Type)
		o.text(`"message":`, e.Message)
		o.text(`"traceback":`, e.Traceback)
		dst = o.end()
	}
	dst = appendTextField(dst, `,"stack":`, r.Stack)
	if r.Process != (Process{}) {
		o := object{dst: append(dst, `,"process":`...)}
		o.number(`"pid":`, uint64(max(r.Process.PID, 0)))
		o.text(`"name":`, r.Process.Name)
		dst = o.end()
	}
	if r.Thread != (Thread{}) {
		o := object{dst: append(dst, `,"thread":`...)}
		o.number(`"id":`, r.Thread.ID)
		o.text(`"name":`, r.Thread.Name)
		dst = o.end()
	}
	dst = appendTextField(dst, `,"task":`, r.Task)
	dst = appendTextField(dst, `,"host":`, r.Host)
	dst = appendTrace(dst, &r.Trace)
	if !r.Received.IsZero() {
		dst = append(dst, `,"received":"`...)
		dst = AppendTime(dst, r.Received)
		dst = append(dst, '"')
	}
	dst = appendTextField(dst, `,"peer":`, r.Peer)
	if r.LevelNo != 0 {
		dst = append(dst, `,"levelno":`...)
		dst = strconv.AppendInt(dst, int64(r.LevelNo), 10)
	}
	return appendTextField(dst, `,"levelname":`, r.LevelName)
}

// MarshalJSON returns the JSON form that [AppendJSON] describes.
func (r Record) MarshalJSON() ([]byte, error) { return AppendJSON(nil, &r), nil }

// object writes the fields that are known, with commas between them.
type object struct {
	dst  []byte
	open bool
}

func (o *object) key(key string) {
	if o.open {
		o.dst = append(o.dst, ',')
	} else {
		o.dst = append(o.dst, '{')
	}
	o.open = true
	o.dst = append(o.dst, key...)
}

func (o *object) text(key, s string) {
	if s != "" {
		o.key(key)
		o.dst = AppendJSONString(o.dst, s)
	}
}

func (o *object) number(key string, n uint64) {
	if n != 0 {
		o.key(key)
		o.dst = strconv.AppendUint(o.dst, n, 10)
	}
}

func (o *object) end() []byte {
	if !o.open {
		o.dst = append(o.dst, '{')
	}
	return append(o.dst, '}')
}

func appendTextField(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return AppendJSONString(append(dst, key...), s)
}

// AppendTime appends t as RFC 3339 with nine digits of the second and the offset of t's location:
// 2026-11-22T10:41:41.702000000+01:00. The form has one length per offset form and sorts as text
// within one offset. A year out of 0 to 9999, which RFC 3339 cannot say, is clamped.
func AppendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, min(max(year, 0), 9999), 4)
	dst = append(dst, '-')
	dst = appendDigits(dst, int(month), 2)
	dst = append(dst, '-')
	dst = appendDigits(dst, day, 2)
	dst = append(dst, 'T')
	dst = appendDigits(dst, hour, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, minute, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, second, 2)
	dst = append(dst, '.')
	dst = appendDigits(dst, t.Nanosecond(), 9)
	_, offset := t.Zone()
	offset /= 60
	if offset == 0 {
		return append(dst, 'Z')
	}
	if offset < 0 {
		dst, offset = append(dst, '-'), -offset
	} else {
		dst = append(dst, '+')
	}
	dst = appendDigits(dst, offset/60, 2)
	dst = append(dst, ':')
	return appendDigits(dst, offset%60, 2)
}

func appendDigits(dst []byte, n, width int) []byte {
	dst = append(dst, "000000000"[:width]...)
	for i := len(dst) - 1; n > 0 && width > 0; i, width = i-1, width-1 {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// maxJSONDepth bounds the nesting of groups, lists and maps that is followed.
const maxJSONDepth = 256

// appendAttrs appends the members of an object. A group without a key is inlined and an empty group
// is left out, as slog's handlers do.
func appendAttrs(dst []byte, attrs []slog.Attr, depth int) []byte {
	for i := range attrs {
		a := &attrs[i]
		v := a.Value
		if v.Kind() == slog.KindLogValuer {
			v = v.Resolve()
		}
		if v.Kind() == slog.KindGroup {
			group := v.Group()
			if len(group) == 0 {
				continue
			}
			if a.Key == "" {
				dst = appendAttrs(dst, group, depth+1)
				continue
			}
			from := len(dst)
			dst = appendKey(dst, a.Key)
			dst = append(dst, '{')
			empty := len(dst)
			if depth < maxJSONDepth {
				dst = appendAttrs(dst, group, depth+1)
			}
			if len(dst) == empty {
				dst = dst[:from]
			} else {
				dst = append(dst, '}')
			}
			continue
		}
		if a.Key == "" && v.Equal(slog.Value{}) {
			continue // the empty attr
		}
		dst = appendKey(dst, a.Key)
		dst = appendValue(dst, v, depth)
	}
	return dst
}

func appendKey(dst []byte, key string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(AppendJSONString(dst, key), ':')
}

// AppendJSONValue appends the JSON of one value as it stands among the attrs of [AppendJSON]; an
// empty group is {}.
func AppendJSONValue(dst []byte, v slog.Value) []byte {
	v = v.Resolve()
	if v.Kind() != slog.KindGroup {
		return appendValue(dst, v, 0)
	}
	return append(appendAttrs(append(dst, '{'), v.Group(), 0), '}')
}

// appendValue appends a value that is neither a group nor a LogValuer.
func appendValue(dst []byte, v slog.Value, depth int) []byte {
	switch v.Kind() {
	case slog.KindString:
		return AppendJSONString(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return strconv.AppendInt(dst, int64(v.Duration()), 10)
	case slog.KindTime:
		return append(v.Time().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
	}
	return appendAny(dst, v.Any(), depth)
}

// appendFloat appends f so that a reader can tell it from an integer.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendAny appends the values that have no kind of their own. The plain containers of received
// records are walked here, because encoding/json knows neither lone surrogates nor NaN.
func appendAny(dst []byte, x any, depth int) []byte {
	if depth >= maxJSONDepth {
		return append(dst, `"!ERROR: nested too deep"`...)
	}
	switch x := x.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return AppendJSONString(dst, x)
	case bool:
		return strconv.AppendBool(dst, x)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case uint64:
		return strconv.AppendUint(dst, x, 10)
	case int:
		return strconv.AppendInt(dst, int64(x), 10)
	case float64:
		return appendFloat(dst, x)
	case []any:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendAny(dst, e, depth+1)
		}
		return append(dst, ']')
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		dst = append(dst, '{')
		for _, k := range keys {
			dst = appendKey(dst, k)
			dst = appendAny(dst, x[k], depth+1)
		}
		return append(dst, '}')
	}
	return appendMarshal(dst, x)
}

// appendMarshal appends what the value's own methods or encoding/json make of x.
func appendMarshal(dst []byte, x any) (result []byte) {
	defer func() {
		if p := recover(); p != nil {
			result = AppendJSONString(dst, fmt.Sprintf("!PANIC: %v", p))
		}
	}()
	if err, ok := x.(error); ok {
		if _, ok := x.(json.Marshaler); !ok {
			return AppendJSONString(dst, err.Error())
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(x); err != nil {
		return AppendJSONString(dst, "!ERROR: "+err.Error())
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte{'\n'})...)
}
