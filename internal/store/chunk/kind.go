package chunk

import (
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// kind says what is in a column of attrs.
type kind byte

// The kinds. They are written.
const (
	kindString   kind = iota
	kindInt           // int64
	kindUint          // uint64, as an int64 of the same bits
	kindFloat         // float64
	kindBool          //
	kindDuration      // nanoseconds
	kindTime          // nanoseconds since 1970, and the seconds its zone is east of UTC
	kindNil           // nothing
	kindOther         // one attr or more, with their keys, as a record of OTLP
	kinds
)

func (k kind) sections() int {
	if k == kindString || k == kindOther {
		return textSections
	}
	return 2
}

// kindOf returns the kind of column that holds v, kindOther where no other one does.
func kindOf(v *slog.Value) kind {
	switch v.Kind() {
	case slog.KindString:
		return kindString
	case slog.KindInt64:
		return kindInt
	case slog.KindUint64:
		return kindUint
	case slog.KindFloat64:
		return kindFloat
	case slog.KindBool:
		return kindBool
	case slog.KindDuration:
		return kindDuration
	case slog.KindTime:
		if t := v.Time(); store.InMoments(t) && !t.IsZero() {
			return kindTime
		}
	case slog.KindAny:
		if v.Any() == nil {
			return kindNil
		}
	}
	return kindOther
}

func zoneOf(t time.Time) int64 {
	if t.Location() == time.UTC {
		return 0
	}
	_, offset := t.Zone()
	return int64(offset)
}

// timeOf returns the time of nanoseconds and what zoneOf returned.
func timeOf(ns, zone int64) time.Time { return inZone(time.Unix(0, ns), zone) }

func inZone(t time.Time, zone int64) time.Time {
	if zone == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(zone)))
}

// inGroups returns attrs as they are in groups of these keys, from outside in. It shares them.
func inGroups(keys []string, attrs []slog.Attr) []slog.Attr {
	for i := len(keys) - 1; i >= 0; i-- {
		attrs = []slog.Attr{{Key: keys[i], Value: slog.GroupValue(attrs...)}}
	}
	return attrs
}

// encodeOther returns attrs as the bytes of an OTLP message.
func encodeOther(attrs []slog.Attr) string {
	return string(otlp.Append(nil, []record.Record{{Attrs: attrs}}))
}

// others reads what encodeOther wrote.
type others struct {
	decoder *otlp.Decoder
	record  []record.Record
}

func (o *others) decode(b string) ([]slog.Attr, error) {
	if o.decoder == nil {
		o.decoder = otlp.NewDecoder(otlp.Limits{Bytes: maxSection, Depth: 1 << 10, Records: 1, Attrs: 1 << 22})
	}
	var err error
	if o.record, err = o.decoder.Decode([]byte(b), o.record[:0]); err != nil {
		return nil, corrupt("an attr: %v", err)
	}
	if len(o.record) != 1 {
		return nil, corrupt("an attr: %d records, want 1", len(o.record))
	}
	return o.record[0].Attrs, nil
}
