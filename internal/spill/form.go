package spill

import (
	"encoding/binary"
	"encoding/json"
	"errors"
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

// appendRecord appends the form of a record, but for its PC, which says nothing to another process.
func appendRecord(dst []byte, r *record.Record) []byte {
	dst = appendTime(dst, r.Time)
	dst = binary.AppendVarint(dst, int64(r.Level))
	dst = appendString(dst, r.Logger)
	dst = appendString(dst, r.Message)
	dst = appendAttrs(dst, r.Attrs, 0)
	source := r.Caller()
	if source == nil {
		source = new(slog.Source)
	}
	dst = appendString(dst, source.Function)
	dst = appendString(dst, source.File)
	dst = binary.AppendVarint(dst, int64(source.Line))
	if r.Exception == nil {
		dst = append(dst, 0)
	} else {
		dst = appendString(append(dst, 1), r.Exception.Type)
		dst = appendString(dst, r.Exception.Message)
		dst = appendString(dst, r.Exception.Traceback)
	}
	dst = appendString(dst, r.Stack)
	dst = binary.AppendVarint(dst, int64(r.Process.PID))
	dst = appendString(dst, r.Process.Name)
	dst = binary.AppendUvarint(dst, r.Thread.ID)
	dst = appendString(dst, r.Thread.Name)
	dst = appendString(dst, r.Task)
	dst = appendString(dst, r.Host)
	dst = append(append(dst, r.Trace.ID[:]...), r.Trace.Span[:]...)
	dst = append(dst, r.Trace.Flags)
	dst = appendTime(dst, r.Received)
	dst = appendString(dst, r.Peer)
	dst = binary.AppendVarint(dst, int64(r.LevelNo))
	dst = appendString(dst, r.LevelName)
	dst = binary.AppendUvarint(dst, r.ID.Epoch)
	dst = binary.AppendUvarint(dst, r.ID.Sequence)
	return binary.AppendUvarint(dst, uint64(r.ID.Index))
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendTime appends a time with its offset, 0 for one that is none.
func appendTime(dst []byte, t time.Time) []byte {
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

func appendAttrs(dst []byte, attrs []slog.Attr, depth int) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(attrs)))
	for i := range attrs {
		dst = appendString(dst, attrs[i].Key)
		dst = appendValue(dst, attrs[i].Value, depth)
	}
	return dst
}

func appendValue(dst []byte, v slog.Value, depth int) []byte {
	switch v.Kind() {
	case slog.KindBool:
		if v.Bool() {
			return append(dst, kindTrue)
		}
		return append(dst, kindFalse)
	case slog.KindInt64:
		return binary.AppendVarint(append(dst, kindInt), v.Int64())
	case slog.KindUint64:
		return binary.AppendUvarint(append(dst, kindUint), v.Uint64())
	case slog.KindFloat64:
		return binary.LittleEndian.AppendUint64(append(dst, kindFloat), math.Float64bits(v.Float64()))
	case slog.KindString:
		return appendString(append(dst, kindString), v.String())
	case slog.KindDuration:
		return binary.AppendVarint(append(dst, kindDuration), int64(v.Duration()))
	case slog.KindTime:
		return appendTime(append(dst, kindTime), v.Time())
	case slog.KindGroup:
		if depth < maxDepth {
			return appendAttrs(append(dst, kindGroup), v.Group(), depth+1)
		}
		return appendString(append(dst, kindString), "!ERROR: nested too deep")
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
		return appendString(append(dst, kindJSON), string(x))
	case []byte:
		return appendString(append(dst, kindBytes), string(x))
	case json.Number:
		return appendString(append(dst, kindNumber), string(x))
	case error:
		return appendString(append(dst, kindError), errorText(x))
	}
	return appendString(append(dst, kindJSON), string(record.AppendJSONValue(nil, slog.AnyValue(x))))
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

// errForm is the error of bytes that are no record.
var errForm = errors.New("not the form of a record")

// form reads what appendRecord has written.
type form struct {
	b     []byte
	bad   bool
	names names
}

// names are texts that many records have: loggers, keys, places. Those that were met before need no memory.
type names map[string]string

// maxNames and maxName bound them.
const (
	maxNames = 4096
	maxName  = 256
)

// of returns b as a text.
func (n names) of(b []byte) string {
	if s, ok := n[string(b)]; ok {
		return s
	}
	s := string(b)
	if n != nil && len(n) < maxNames && len(b) <= maxName {
		n[s] = s
	}
	return s
}

// readRecord reads a record. Its strings are its own, or known.
func readRecord(b []byte, known names) (r record.Record, err error) {
	f := form{b: b, names: known}
	r.Time = f.time()
	r.Level = slog.Level(f.int())
	r.Logger, r.Message = f.name(), f.string()
	r.Attrs = f.attrs(0)
	r.Source = slog.Source{Function: f.name(), File: f.name(), Line: int(f.int())}
	if f.byte() != 0 {
		r.Exception = &record.Exception{Type: f.string(), Message: f.string(), Traceback: f.string()}
	}
	r.Stack = f.string()
	r.Process = record.Process{PID: int(f.int()), Name: f.name()}
	r.Thread = record.Thread{ID: f.uint(), Name: f.name()}
	r.Task, r.Host = f.string(), f.name()
	copy(r.Trace.ID[:], f.take(uint64(len(r.Trace.ID))))
	copy(r.Trace.Span[:], f.take(uint64(len(r.Trace.Span))))
	r.Trace.Flags = f.byte()
	r.Received = f.time()
	r.Peer, r.LevelNo, r.LevelName = f.string(), int(f.int()), f.string()
	r.ID = record.ID{Epoch: f.uint(), Sequence: f.uint(), Index: uint32(f.uint())}
	if f.bad || len(f.b) > 0 {
		return record.Record{}, errForm
	}
	return r, nil
}

// take takes n bytes off.
func (f *form) take(n uint64) []byte {
	if f.bad || n > uint64(len(f.b)) {
		f.bad = true
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *form) byte() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *form) uint() uint64 {
	v, n := binary.Uvarint(f.b)
	f.take(uint64(max(n, 0)))
	f.bad = f.bad || n <= 0
	return v
}

func (f *form) int() int64 {
	v, n := binary.Varint(f.b)
	f.take(uint64(max(n, 0)))
	f.bad = f.bad || n <= 0
	return v
}

func (f *form) string() string { return string(f.take(f.uint())) }

func (f *form) name() string { return f.names.of(f.take(f.uint())) }

func (f *form) time() (t time.Time) {
	if n := f.byte(); n > 0 {
		f.bad = t.UnmarshalBinary(f.take(uint64(n))) != nil || f.bad
	}
	return t
}

func (f *form) attrs(depth int) []slog.Attr {
	n := f.uint()
	if f.bad || n > uint64(len(f.b)) || depth > maxDepth { // each takes a byte at least
		f.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	attrs := make([]slog.Attr, 0, min(n, 64))
	for range n {
		if f.bad {
			return nil
		}
		attrs = append(attrs, slog.Attr{Key: f.name(), Value: f.value(depth)})
	}
	return attrs
}

func (f *form) value(depth int) slog.Value {
	switch f.byte() {
	case kindNil:
		return slog.AnyValue(nil)
	case kindFalse:
		return slog.BoolValue(false)
	case kindTrue:
		return slog.BoolValue(true)
	case kindInt:
		return slog.Int64Value(f.int())
	case kindUint:
		return slog.Uint64Value(f.uint())
	case kindFloat:
		if b := f.take(8); b != nil {
			return slog.Float64Value(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	case kindString:
		return slog.StringValue(f.string())
	case kindDuration:
		return slog.DurationValue(time.Duration(f.int()))
	case kindTime:
		return slog.TimeValue(f.time())
	case kindGroup:
		return slog.GroupValue(f.attrs(depth + 1)...)
	case kindJSON:
		return slog.AnyValue(json.RawMessage(f.string()))
	case kindBytes:
		return slog.AnyValue([]byte(f.string()))
	case kindError:
		return slog.AnyValue(errors.New(f.string()))
	case kindNumber:
		return slog.AnyValue(json.Number(f.string()))
	}
	f.bad = true
	return slog.Value{}
}
