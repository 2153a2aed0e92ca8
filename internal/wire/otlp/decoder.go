package otlp

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// Decoder reads messages, one after another. It is not for concurrent use. The zero Decoder has the
// default limits.
//
// The records it returns share no memory with the message that was read, so that its buffer may be
// used again at once. They share memory with each other: a text of theirs keeps alive some 32 KiB of its
// message at most, an attr some 5 KiB of others, unless it is larger itself.
type Decoder struct {
	limits, max Limits

	texts logrecord.Texts
	// last is the text that each field had last.
	last [numFields]string
	// places are those of the attributes of the LogRecord under way, nth is the next one.
	places [numPlaces]place
	nth    int
	// stretches are those that begin at each place, learning is what may become one.
	stretches [numPlaces]stretch
	learning  learning
	// records and values are counted against the limits.
	records, values int

	resource resource
	scope    scope
	at       recordState

	// pairs are the attrs of all groups, items the items of all lists, that are under way. What is
	// complete is copied away.
	pairs []slog.Attr
	items []any
	// attrs[from:] are the attrs of the record, Resource or Scope under way, what is before belongs to
	// others; groups and lists are where pairs and items are copied to. Such a slab belongs to the records
	// made from it.
	attrs  []slog.Attr
	from   int
	groups []slog.Attr
	lists  []any

	// transcoded is the message that DecodeJSON makes of one in JSON.
	transcoded []byte
}

const (
	// slabAttrs is the least number of attrs that space is made for at once.
	slabAttrs = 128
	// maxKept bounds the space that is kept from one message for the next.
	maxKept = 1024
)

// NewDecoder returns a Decoder with limits.
func NewDecoder(limits Limits) *Decoder { return &Decoder{limits: limits} }

// Decode appends the records of a message, an ExportLogsServiceRequest in protobuf, to dst and returns the
// result. The error is an [*Error]; dst is returned as it was then.
//
// What is not known in a message is passed over, as protobuf has it: fields of a later version of OTLP,
// and fields of another type than theirs. A text that is no UTF-8 is mended, with U+FFFD for
// each byte that is not.
func (d *Decoder) Decode(p []byte, dst []record.Record) ([]record.Record, error) {
	if most := d.limits.withDefaults().Bytes; len(p) > most {
		return dst, errorf(most, "the message has %d bytes, at most %d are taken", len(p), most)
	}
	return d.decode(p, dst)
}

func (d *Decoder) decode(p []byte, dst []record.Record) ([]record.Record, error) {
	d.max = d.limits.withDefaults()
	defer d.reset()
	out, err := d.request(p, dst)
	if err != nil {
		clear(out[len(dst):])
		return dst, err
	}
	return out, nil
}

// reset lets go of the message.
func (d *Decoder) reset() {
	d.records, d.values = 0, 0
	d.resource, d.scope, d.at = resource{}, scope{}, recordState{}
	d.pairs, d.items = emptied(d.pairs), emptied(d.items)
	clear(d.attrs[d.from:])
	d.attrs = d.attrs[:d.from]
}

func emptied[T any](s []T) []T {
	if cap(s) > maxKept {
		return nil
	}
	clear(s)
	return s[:0]
}

// errorf is an error at a byte of the message.
func errorf(offset int, format string, args ...any) error {
	return &Error{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// broken is the error for the field at i, whose tag is none or whose value does not end within s. S begins at
// byte off of the message.
func broken(s []byte, i, off int) error {
	tag, next := varint(s, i)
	switch {
	case next < 0:
		return errorf(off+i, "the number of a field is cut off, or longer than 64 bits")
	case !isTag(tag):
		return errorf(off+i, "a field has the number %d, want 1 to %d", tag>>3, maxNumber)
	}
	switch tag & 7 {
	case wireVarint:
		return errorf(off+next, "the number in field %d is cut off, or longer than 64 bits", tag>>3)
	case wireEight, wireFour:
		return errorf(off+next, "field %d is cut off", tag>>3)
	case wireBytes:
		n, from := varint(s, next)
		if from < 0 {
			return errorf(off+next, "the length of field %d is cut off, or longer than 64 bits", tag>>3)
		}
		return errorf(off+next, "field %d claims %d bytes, the message around it has %d left", tag>>3, n, len(s)-from)
	case wireGroup:
		return errorf(off+i, "the group %d does not end, or holds groups nested too deep", tag>>3)
	}
	return errorf(off+i, "field %d is of type %d, which protobuf does not have there", tag>>3, tag&7)
}

func (d *Decoder) request(p []byte, dst []record.Record) (out []record.Record, err error) {
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if to < 0 {
			return dst, broken(p, i, 0)
		}
		if tag == tagResourceLogs {
			if dst, err = d.resourceLogs(p[from:to], from, dst); err != nil {
				return dst, err
			}
		}
		i = to
	}
	return dst, nil
}

// resourceLogs reads the Resource before the records, wherever it stands.
func (d *Decoder) resourceLogs(p []byte, off int, dst []record.Record) (out []record.Record, err error) {
	d.resource = resource{}
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if to < 0 {
			return dst, broken(p, i, off)
		}
		switch tag {
		case tagResource:
			if err := d.readResource(p[from:to], off+from); err != nil {
				return dst, err
			}
		case tagResourceSchema:
			d.resource.schema = d.texts.Text(p[from:to])
		}
		i = to
	}
	d.resource.finish(d)
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if tag == tagScopeLogs {
			if dst, err = d.scopeLogs(p[from:to], off+from, dst); err != nil {
				return dst, err
			}
		}
		i = to
	}
	return dst, nil
}

// scopeLogs reads the Scope before the records, as resourceLogs does.
func (d *Decoder) scopeLogs(p []byte, off int, dst []record.Record) (out []record.Record, err error) {
	d.scope = scope{}
	records := 0
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if to < 0 {
			return dst, broken(p, i, off)
		}
		switch tag {
		case tagScope:
			if err := d.readScope(p[from:to], off+from); err != nil {
				return dst, err
			}
		case tagScopeSchema:
			d.scope.schema = d.texts.Text(p[from:to])
		case tagLogRecord:
			if records++; d.records+records > d.max.Records {
				return dst, errorf(off+from, "the message has more than %d records", d.max.Records)
			}
		}
		i = to
	}
	d.scope.finish(d)
	d.records += records
	dst = slices.Grow(dst, records)
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if tag == tagLogRecord {
			n := len(dst)
			dst = dst[:n+1]
			if err := d.logRecord(p[from:to], off+from, &dst[n]); err != nil {
				return dst, err
			}
		}
		i = to
	}
	return dst, nil
}

// push adds to the attrs of what is under way.
func (d *Decoder) push(a slog.Attr) {
	if len(d.attrs) == cap(d.attrs) {
		d.grow(1)
	}
	d.attrs = append(d.attrs, a)
}

// grow begins a new slab, with the attrs of what is under way and room for n more.
func (d *Decoder) grow(n int) {
	under := d.attrs[d.from:]
	d.attrs = append(make([]slog.Attr, 0, max(slabAttrs, 2*(len(under)+n))), under...)
	clear(under)
	d.from = 0
}

// pushAll adds attrs that are shared with other records.
func (d *Decoder) pushAll(attrs []slog.Attr) {
	if len(attrs) > cap(d.attrs)-len(d.attrs) {
		d.grow(len(attrs))
	}
	d.attrs = append(d.attrs, attrs...)
}

// own ends the attrs of what is under way and returns them; nil if there are none.
func (d *Decoder) own() []slog.Attr {
	from, to := d.from, len(d.attrs)
	if from == to {
		return nil
	}
	d.from = to
	return d.attrs[from:to:to]
}

// group returns a copy of the pairs from at on, which it takes away; there are some.
func (d *Decoder) group(at int) []slog.Attr {
	pairs := d.pairs[at:]
	n, from := len(pairs), len(d.groups)
	if n > cap(d.groups)-from {
		d.groups, from = make([]slog.Attr, 0, max(slabAttrs, n)), 0
	}
	d.groups = append(d.groups, pairs...)
	clear(pairs)
	d.pairs = d.pairs[:at]
	return d.groups[from : from+n : from+n]
}

// list is group for the items from at on; there may be none.
func (d *Decoder) list(at int) []any {
	items := d.items[at:]
	n, from := len(items), len(d.lists)
	if n == 0 {
		return []any{}
	}
	if n > cap(d.lists)-from {
		d.lists, from = make([]any, 0, max(slabAttrs, n)), 0
	}
	d.lists = append(d.lists, items...)
	clear(items)
	d.items = d.items[:at]
	return d.lists[from : from+n : from+n]
}
