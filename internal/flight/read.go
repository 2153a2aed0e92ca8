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

// record reads a call or a record; at is the moment before it, by its index.
func (s *leftSegment) record(body []byte, at int32, names compact.Names) (r record.Record, err error) {
	if body[0] == kindRecord {
		in := compact.NewReader(body[16:], names)
		r = in.Record()
		return r, in.Close()
	}
	flags, parts := body[1], [...]int{int(binary.LittleEndian.Uint16(body[4:])), int(binary.LittleEndian.Uint16(body[6:]))}
	n := parts[0] + parts[1]
	sh, known := s.shapes[uint64(binary.LittleEndian.Uint16(body[2:]))]
	o, ok := s.origins[uint64(binary.LittleEndian.Uint32(body[16:]))]
	where, placed := s.places[uint64(binary.LittleEndian.Uint32(body[20:]))]
	in := words{b: body[callHead:]}
	if !ok || !placed && binary.LittleEndian.Uint32(body[20:]) > 0 || !known && binary.LittleEndian.Uint16(body[2:]) > 0 || known && len(sh.keys) != n {
		in.bad = true
	}
	r.Source = where
	if flags&flagWall != 0 {
		r.Time = time.Unix(0, int64(in.word()))
	} else {
		r.Time = s.timeOf(body, at)
	}
	lead, keys := 0, sh.keys
	r.Level, r.Message = sh.level, sh.message
	if !known || flags&(flagTime|flagLead) != 0 {
		lead, keys = in.front(&r, flags, keys, n, known, names)
	}
	var attrs []slog.Attr
	for _, n := range parts {
		for ; n > 0 && !in.bad && len(keys) >= n; n -= groupValues {
			k := min(n, groupValues)
			attrs = in.group(attrs, keys[:k], names)
			keys = keys[k:]
		}
	}
	if in.bad || len(in.b) > 0 || lead > len(attrs) || len(attrs) != n {
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

// words reads what stands in words.
type words struct {
	b   []byte
	bad bool
}

// take takes n bytes, and the zeros up to a whole word.
func (w *words) take(n uint64) []byte {
	if w.bad || n > uint64(len(w.b)) || aligned(int(n)) > len(w.b) {
		w.bad = true
		return nil
	}
	b := w.b[:n]
	w.b = w.b[aligned(int(n)):]
	return b
}

func (w *words) word() uint64 {
	if b := w.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (w *words) text() []byte { return w.take(w.word()) }

// front reads what stands before the values of some calls, with the keys of n attrs if there is no shape.
func (w *words) front(r *record.Record, flags byte, keys []string, n int, shaped bool, names compact.Names) (int, []string) {
	lead, in := 0, compact.NewReader(w.text(), names)
	if flags&flagTime != 0 {
		r.Time = in.Time()
	}
	if flags&flagLead != 0 {
		lead = int(min(in.Uint(), math.MaxInt32))
	}
	if !shaped {
		r.Level, r.Message = slog.Level(in.Int()), in.Text()
		for range n {
			if in.Failed() {
				break
			}
			keys = append(keys, in.Name())
		}
	}
	w.bad = w.bad || in.Close() != nil
	return lead, keys
}

// group reads the values of some attrs.
func (w *words) group(attrs []slog.Attr, keys []string, names compact.Names) []slog.Attr {
	group := words{b: w.take(8 * uint64(len(keys)))}
	kinds := w.word()
	for _, key := range keys {
		attrs = append(attrs, slog.Attr{Key: key, Value: w.value(byte(kinds), group.word(), names)})
		kinds >>= 8
	}
	return attrs
}

// value reads a value of a kind.
func (w *words) value(kind byte, word uint64, names compact.Names) slog.Value {
	if kind >= shortText && kind <= shortText+maxShort {
		var text [maxShort]byte
		binary.LittleEndian.PutUint64(text[:], word)
		return slog.StringValue(string(text[:kind-shortText]))
	}
	switch slog.Kind(kind) {
	case slog.KindBool:
		return slog.BoolValue(word != 0)
	case slog.KindDuration:
		return slog.DurationValue(time.Duration(word))
	case slog.KindFloat64:
		return slog.Float64Value(math.Float64frombits(word))
	case slog.KindInt64:
		return slog.Int64Value(int64(word))
	case slog.KindUint64:
		return slog.Uint64Value(word)
	case slog.KindTime:
		return slog.TimeValue(time.Unix(0, int64(word)))
	case utcTime:
		return slog.TimeValue(time.Unix(0, int64(word)).UTC())
	case textValue:
		return slog.StringValue(string(w.take(word)))
	case errorValue:
		return slog.AnyValue(errors.New(string(w.take(word))))
	case compactValue:
		in := compact.NewReader(w.take(word), names)
		v := in.Value()
		w.bad = w.bad || in.Close() != nil
		return v
	}
	w.bad = true
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
