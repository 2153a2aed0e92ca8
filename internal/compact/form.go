// Package compact is the form of records, and of attrs, in files that Jackdaw keeps for itself, from one process to the
// next: shorter than JSON, and with the kinds of slog's values.
//
// Numbers are varints as those of encoding/binary, a text is its length and its bytes. A time is the length of what
// [time.Time.MarshalBinary] makes of it, and that; 0 for none. Attrs are their number, and for each its key and its
// value, which begins with its kind. A value that has no kind of its own has its JSON.
package compact

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The kinds of values, part of the format.
const (
	kindNil = iota
	kindFalse
	kindTrue
	kindInt
	kindUint
	kindFloat
	kindString
	kindDuration
	kindTime
	kindGroup
	kindJSON
	kindBytes
	kindError
	kindNumber
)

// maxDepth bounds groups in groups.
const maxDepth = 1000

// AppendRecord appends the form of a record, but for its PC, which says nothing to another process.
func AppendRecord(dst []byte, r *record.Record) []byte {
	dst = AppendTime(dst, r.Time)
	dst = binary.AppendVarint(dst, int64(r.Level))
	dst = AppendText(dst, r.Logger)
	dst = AppendText(dst, r.Message)
	dst = AppendAttrs(dst, r.Attrs)
	source := r.Caller()
	if source == nil {
		source = new(slog.Source)
	}
	dst = AppendSource(dst, source)
	if r.Exception == nil {
		dst = append(dst, 0)
	} else {
		dst = AppendText(append(dst, 1), r.Exception.Type)
		dst = AppendText(dst, r.Exception.Message)
		dst = AppendText(dst, r.Exception.Traceback)
	}
	dst = AppendText(dst, r.Stack)
	dst = binary.AppendVarint(dst, int64(r.Process.PID))
	dst = AppendText(dst, r.Process.Name)
	dst = binary.AppendUvarint(dst, r.Thread.ID)
	dst = AppendText(dst, r.Thread.Name)
	dst = AppendText(dst, r.Task)
	dst = AppendText(dst, r.Host)
	dst = append(append(dst, r.Trace.ID[:]...), r.Trace.Span[:]...)
	dst = append(dst, r.Trace.Flags)
	dst = AppendTime(dst, r.Received)
	dst = AppendText(dst, r.Peer)
	dst = binary.AppendVarint(dst, int64(r.LevelNo))
	dst = AppendText(dst, r.LevelName)
	dst = binary.AppendUvarint(dst, r.ID.Epoch)
	dst = binary.AppendUvarint(dst, r.ID.Sequence)
	return binary.AppendUvarint(dst, uint64(r.ID.Index))
}

// AppendText appends a text.
func AppendText(dst []byte, s string) []byte {
	return append(appendUint(dst, uint64(len(s))), s...)
}

// appendUint appends a number, most often a small one.
func appendUint(dst []byte, n uint64) []byte {
	if n < 0x80 {
		return append(dst, byte(n))
	}
	return binary.AppendUvarint(dst, n)
}

// appendInt appends a kind and a number that may be less than none.
func appendInt(dst []byte, kind byte, n int64) []byte {
	if u := uint64(n)<<1 ^ uint64(n>>63); u < 0x80 {
		return append(dst, kind, byte(u))
	}
	return binary.AppendVarint(append(dst, kind), n)
}

// AppendSource appends a place.
func AppendSource(dst []byte, s *slog.Source) []byte {
	dst = AppendText(dst, s.Function)
	dst = AppendText(dst, s.File)
	return binary.AppendVarint(dst, int64(s.Line))
}

// AppendTime appends a time with its offset, 0 for one that is none.
func AppendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, 0)
	}
	at := len(dst)
	dst, err := t.AppendBinary(append(dst, 0))
	if err != nil { // an offset that no zone has
		dst, _ = t.UTC().AppendBinary(dst[:at+1])
	}
	dst[at] = byte(len(dst) - at - 1)
	return dst
}

// AppendAttrs appends attrs.
func AppendAttrs(dst []byte, attrs []slog.Attr) []byte { return appendAttrs(dst, attrs, 0) }

func appendAttrs(dst []byte, attrs []slog.Attr, depth int) []byte {
	dst = appendUint(dst, uint64(len(attrs)))
	for i := range attrs {
		a := &attrs[i]
		dst = AppendText(dst, a.Key)
		switch a.Value.Kind() { // those that most are of
		case slog.KindString:
			dst = AppendText(append(dst, kindString), a.Value.String())
		case slog.KindInt64:
			dst = appendInt(dst, kindInt, a.Value.Int64())
		default:
			dst = appendValue(dst, a.Value, depth)
		}
	}
	return dst
}

// AppendValue appends a value.
func AppendValue(dst []byte, v slog.Value) []byte { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v slog.Value, depth int) []byte {
	switch v.Kind() {
	case slog.KindBool:
		if v.Bool() {
			return append(dst, kindTrue)
		}
		return append(dst, kindFalse)
	case slog.KindInt64:
		return appendInt(dst, kindInt, v.Int64())
	case slog.KindUint64:
		return appendUint(append(dst, kindUint), v.Uint64())
	case slog.KindFloat64:
		return binary.LittleEndian.AppendUint64(append(dst, kindFloat), math.Float64bits(v.Float64()))
	case slog.KindString:
		return AppendText(append(dst, kindString), v.String())
	case slog.KindDuration:
		return appendInt(dst, kindDuration, int64(v.Duration()))
	case slog.KindTime:
		return AppendTime(append(dst, kindTime), v.Time())
	case slog.KindGroup:
		if depth < maxDepth {
			return appendAttrs(append(dst, kindGroup), v.Group(), depth+1)
		}
		return AppendText(append(dst, kindString), "!ERROR: nested too deep")
	case slog.KindLogValuer:
		return appendValue(dst, v.Resolve(), depth)
	}
	return appendAny(dst, v.Any())
}

// appendAny appends a value that has no kind of its own: as JSON, which is its form elsewhere too.
func appendAny(dst []byte, x any) []byte {
	switch x := x.(type) {
	case nil:
		return append(dst, kindNil)
	case json.RawMessage:
		return AppendText(append(dst, kindJSON), string(x))
	case []byte:
		return AppendText(append(dst, kindBytes), string(x))
	case json.Number:
		return AppendText(append(dst, kindNumber), string(x))
	case error:
		return AppendText(append(dst, kindError), errorText(x))
	}
	return AppendText(append(dst, kindJSON), string(record.AppendJSONValue(nil, slog.AnyValue(x))))
}

// errorText returns the text of an error, which may be one of the program's that nobody has looked at yet.
func errorText(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = "!PANIC: " + fmt.Sprint(p)
		}
	}()
	return err.Error()
}
