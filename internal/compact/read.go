package compact

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// ErrForm is the error of bytes that are not of this form.
var ErrForm = errors.New("not the form of a record")

// Names are texts that many records have: loggers, keys, places. Those that were met before need no memory.
type Names map[string]string

// maxNames and maxName bound them.
const (
	maxNames = 4096
	maxName  = 256
)

// of returns b as a text.
func (n Names) of(b []byte) string {
	if s, ok := n[string(b)]; ok {
		return s
	}
	s := string(b)
	if n != nil && len(n) < maxNames && len(b) <= maxName {
		n[s] = s
	}
	return s
}

// Reader reads what this package has written, from bytes that may be anything. What it returns is of its own
// memory, or known; once something was wrong it is zero.
type Reader struct {
	b     []byte
	bad   bool
	names Names
}

// NewReader returns a Reader of b. known may be nil.
func NewReader(b []byte, known Names) *Reader { return &Reader{b: b, names: known} }

// Close returns [ErrForm] unless all was read, and right.
func (r *Reader) Close() error {
	if r.bad || len(r.b) > 0 {
		return ErrForm
	}
	return nil
}

// Failed reports whether something was wrong.
func (r *Reader) Failed() bool { return r.bad }

// Fail says that what was read is wrong.
func (r *Reader) Fail() { r.bad = true }

// Record reads a record.
func (r *Reader) Record() (rec record.Record) {
	rec.Time = r.Time()
	rec.Level = slog.Level(r.Int())
	rec.Logger, rec.Message = r.Name(), r.Text()
	rec.Attrs = r.Attrs()
	rec.Source = r.Source()
	if r.Byte() != 0 {
		rec.Exception = &record.Exception{Type: r.Text(), Message: r.Text(), Traceback: r.Text()}
	}
	rec.Stack = r.Text()
	rec.Process = record.Process{PID: int(r.Int()), Name: r.Name()}
	rec.Thread = record.Thread{ID: r.Uint(), Name: r.Name()}
	rec.Task, rec.Host = r.Text(), r.Name()
	copy(rec.Trace.ID[:], r.take(uint64(len(rec.Trace.ID))))
	copy(rec.Trace.Span[:], r.take(uint64(len(rec.Trace.Span))))
	rec.Trace.Flags = r.Byte()
	rec.Received = r.Time()
	rec.Peer, rec.LevelNo, rec.LevelName = r.Text(), int(r.Int()), r.Text()
	rec.ID = record.ID{Epoch: r.Uint(), Sequence: r.Uint(), Index: uint32(r.Uint())}
	return rec
}

// Source reads a place.
func (r *Reader) Source() slog.Source {
	return slog.Source{Function: r.Name(), File: r.Name(), Line: int(r.Int())}
}

// take takes n bytes ofr.
func (r *Reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Word reads eight bytes, the lowest first.
func (r *Reader) Word() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Uint reads a number.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(uint64(max(n, 0)))
	r.bad = r.bad || n <= 0
	return v
}

// Int reads a number that may be less than none.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.b)
	r.take(uint64(max(n, 0)))
	r.bad = r.bad || n <= 0
	return v
}

// Text reads a text.
func (r *Reader) Text() string { return string(r.take(r.Uint())) }

// Name reads a text that others have as well.
func (r *Reader) Name() string { return r.names.of(r.take(r.Uint())) }

// Time reads a time.
func (r *Reader) Time() (t time.Time) {
	if n := r.Byte(); n > 0 {
		r.bad = t.UnmarshalBinary(r.take(uint64(n))) != nil || r.bad
	}
	return t
}

// Attrs reads attrs.
func (r *Reader) Attrs() []slog.Attr { return r.attrs(0) }

func (r *Reader) attrs(depth int) []slog.Attr {
	n := r.Uint()
	if r.bad || n > uint64(len(r.b)) || depth > maxDepth { // each takes a byte at least
		r.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	attrs := make([]slog.Attr, 0, min(n, 64))
	for range n {
		if r.bad {
			return nil
		}
		attrs = append(attrs, slog.Attr{Key: r.Name(), Value: r.value(depth)})
	}
	return attrs
}

// Value reads a value.
func (r *Reader) Value() slog.Value { return r.value(0) }

func (r *Reader) value(depth int) slog.Value {
	switch r.Byte() {
	case kindNil:
		return slog.AnyValue(nil)
	case kindFalse:
		return slog.BoolValue(false)
	case kindTrue:
		return slog.BoolValue(true)
	case kindInt:
		return slog.Int64Value(r.Int())
	case kindUint:
		return slog.Uint64Value(r.Uint())
	case kindFloat:
		return slog.Float64Value(math.Float64frombits(r.Word()))
	case kindString:
		return slog.StringValue(r.Text())
	case kindDuration:
		return slog.DurationValue(time.Duration(r.Int()))
	case kindTime:
		return slog.TimeValue(r.Time())
	case kindGroup:
		return slog.GroupValue(r.attrs(depth + 1)...)
	case kindJSON:
		return slog.AnyValue(json.RawMessage(r.Text()))
	case kindBytes:
		return slog.AnyValue([]byte(r.Text()))
	case kindError:
		return slog.AnyValue(errors.New(r.Text()))
	case kindNumber:
		return slog.AnyValue(json.Number(r.Text()))
	}
	r.bad = true
	return slog.Value{}
}
