package flight

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/record"
)

// definitions are what the calls of a segment refer to.
type definitions struct {
	origins map[uint64]origin
	shapes  map[uint64]shape
	places  map[uint64]slog.Source
}

// origin is what is known of an origin: own is the place of the attrs of calls.
type origin struct {
	logger string
	attrs  []slog.Attr
}

// define reads what is neither a call nor a record.
func (d *definitions) define(body []byte, names compact.Names) error {
	if d.origins == nil {
		d.origins, d.shapes, d.places = make(map[uint64]origin), make(map[uint64]shape), make(map[uint64]slog.Source)
	}
	r := compact.NewReader(body[1:], names)
	id := r.Uint()
	switch body[0] {
	case kindOrigin:
		o := origin{logger: r.Name(), attrs: r.Attrs()}
		if len(o.attrs) == 0 {
			r.Fail()
		}
		d.origins[id] = o
	case kindShape:
		s := shape{level: slog.Level(r.Int()), message: r.Text()}
		n := r.Uint()
		for range min(n, maxShapeKeys) {
			s.keys = append(s.keys, r.Name())
		}
		if n > maxShapeKeys {
			r.Fail()
		}
		d.shapes[id] = s
	case kindPlace:
		d.places[id] = r.Source()
	default:
		r.Fail()
	}
	return r.Close()
}

// record reads a call or a record, the moment before which is m.
func (s *leftSegment) record(body []byte, m *moment, names compact.Names) (r record.Record, err error) {
	if body[0] == kindRecord {
		in := compact.NewReader(body[16:], names)
		r = in.Record()
		return r, in.Close()
	}
	flags, n := body[1], int(binary.LittleEndian.Uint16(body[2:]))
	sh, known := s.shapes[uint64(binary.LittleEndian.Uint32(body[4:]))]
	o, ok := s.origins[uint64(binary.LittleEndian.Uint32(body[24:]))]
	where, placed := s.places[uint64(binary.LittleEndian.Uint32(body[28:]))]
	in := compact.NewReader(body[callHead:], names)
	if !ok || !placed && binary.LittleEndian.Uint32(body[28:]) > 0 || !known && binary.LittleEndian.Uint32(body[4:]) > 0 || known && len(sh.keys) != n {
		in.Fail()
	}
	switch r.Source = where; {
	case flags&flagTime != 0:
		r.Time = in.Time()
	case flags&flagWall != 0:
		r.Time = time.Unix(0, int64(binary.LittleEndian.Uint64(body[16:])))
	default:
		r.Time = m.timeOf(int64(binary.LittleEndian.Uint64(body[8:])))
	}
	lead := 0
	if flags&flagLead != 0 {
		lead = int(min(in.Uint(), math.MaxInt32))
	}
	if r.Level, r.Message = sh.level, sh.message; !known {
		r.Level, r.Message = slog.Level(in.Int()), in.Text()
	}
	var attrs []slog.Attr
	for i := range n {
		a := slog.Attr{}
		if known && i < len(sh.keys) {
			a.Key = sh.keys[i]
		} else if !known {
			a.Key = in.Name()
		}
		if a.Value = value(in); in.Failed() {
			break
		}
		attrs = append(attrs, a)
	}
	if err := in.Close(); err != nil || lead > len(attrs) {
		return record.Record{}, compact.ErrForm
	}
	r.Logger = o.logger
	first := attrs[:lead]
	if flags&flagTrace != 0 {
		if r.Trace, first, ok = cutTrace(first); !ok {
			return record.Record{}, compact.ErrForm
		}
	}
	r.Attrs = append(first[:len(first):len(first)], within(o.attrs, attrs[lead:])...)
	return r, nil
}

// within returns the attrs of an origin with own in their place: the last one, or in the last one that is a group. A group
// that has nothing then is left out.
func within(attrs, own []slog.Attr) []slog.Attr {
	last := len(attrs) - 1
	if last < 0 {
		return own
	}
	all := attrs[:last:last]
	a := attrs[last]
	if a.Value.Kind() != slog.KindGroup {
		return append(all, own...)
	}
	if members := within(a.Value.Group(), own); len(members) > 0 {
		all = append(all, slog.Attr{Key: a.Key, Value: slog.GroupValue(members...)})
	}
	return all
}

// value reads the value of an attr of a call.
func value(in *compact.Reader) slog.Value {
	switch kind := in.Byte(); slog.Kind(kind) {
	case slog.KindString:
		return slog.StringValue(in.Text())
	case slog.KindBool:
		return slog.BoolValue(in.Word() != 0)
	case slog.KindDuration:
		return slog.DurationValue(time.Duration(in.Word()))
	case slog.KindFloat64:
		return slog.Float64Value(math.Float64frombits(in.Word()))
	case slog.KindInt64:
		return slog.Int64Value(int64(in.Word()))
	case slog.KindUint64:
		return slog.Uint64Value(in.Word())
	case slog.KindTime:
		return slog.TimeValue(time.Unix(0, int64(in.Word())))
	case errorValue:
		return slog.AnyValue(errors.New(in.Text()))
	case compactValue:
		return in.Value()
	}
	in.Fail()
	return slog.Value{}
}

// cutTrace returns the trace that the first four attrs are, and the others.
func cutTrace(attrs []slog.Attr) (t record.Trace, rest []slog.Attr, ok bool) {
	const n = 4
	if len(attrs) < n {
		return t, nil, false
	}
	for i := range n {
		if attrs[i].Value.Kind() != slog.KindUint64 {
			return t, nil, false
		}
	}
	binary.BigEndian.PutUint64(t.ID[:8], attrs[0].Value.Uint64())
	binary.BigEndian.PutUint64(t.ID[8:], attrs[1].Value.Uint64())
	binary.BigEndian.PutUint64(t.Span[:], attrs[2].Value.Uint64())
	t.Flags = byte(attrs[3].Value.Uint64())
	return t, attrs[n:], true
}
