package otlp

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"math"
)

// count counts a value at byte off.
func (d *Decoder) count(off int) error {
	if d.values++; d.values > d.max.Attrs {
		return d.tooMany(off)
	}
	return nil
}

func (d *Decoder) tooMany(off int) error {
	return errorf(off, "the message has more than %d attributes", d.max.Attrs)
}

func (d *Decoder) tooDeep(off int) error {
	return errorf(off, "lists and mappings are nested deeper than %d", d.max.Depth)
}

// shortText returns the text of an AnyValue as nearly everybody writes one.
func shortText(s []byte) (text []byte, ok bool) {
	switch {
	case len(s) < 2 || s[0] != tagString:
	case s[1] < 0x80:
		return s[2:], 2+int(s[1]) == len(s)
	case len(s) > 2 && s[2] < 0x80:
		return s[3:], 3+int(s[1]&0x7f)+int(s[2])<<7 == len(s)
	}
	return nil, false
}

// pair reads a KeyValue.
func (d *Decoder) pair(s []byte, off, depth int, inGroup bool) (a slog.Attr, err error) {
	key, value, at, err := splitPair(s, off)
	if err == nil {
		err = d.count(off)
	}
	if err != nil {
		return a, err
	}
	a.Key = d.texts.Text(key)
	a.Value, err = d.value(value, at, depth, inGroup)
	return a, err
}

// splitPair returns the key and the AnyValue of a KeyValue, and at which byte of the message the
// AnyValue begins.
func splitPair(s []byte, off int) (key, value []byte, at int, err error) {
	if k := 2; len(s) > k && s[0] == tagKey && s[1] < 0x80 { // as nearly everybody writes it
		if k += int(s[1]); k+1 < len(s) && s[k] == tagValue && s[k+1] < 0x80 && k+2+int(s[k+1]) == len(s) {
			return s[2:k], s[k+2:], off + k + 2, nil
		}
	}
	var parts merged
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return nil, nil, 0, broken(s, i, off)
		}
		switch tag {
		case tagKey:
			key = s[from:to]
		case tagValue:
			parts.add(s[from:to], off+from)
		}
		i = to
	}
	return key, parts.bytes(), parts.off, nil
}

// value reads an AnyValue. In a group, a mapping is a group, else a map.
func (d *Decoder) value(s []byte, off, depth int, inGroup bool) (v slog.Value, err error) {
	// Nearly everybody writes a value once, and its number in a byte.
	if text, ok := shortText(s); ok {
		return slog.StringValue(d.texts.Text(text)), nil
	}
	if len(s) < 2 {
		return d.anyValue(s, off, depth, inGroup)
	}
	switch s[0] {
	case tagInt:
		if n, to := varint(s, 1); to == len(s) {
			return slog.Int64Value(int64(n)), nil
		}
	case tagDouble:
		if len(s) == 9 {
			return slog.Float64Value(math.Float64frombits(binary.LittleEndian.Uint64(s[1:]))), nil
		}
	case tagBool:
		if len(s) == 2 && s[1] < 0x80 {
			return slog.BoolValue(s[1] != 0), nil
		}
	case tagArray:
		if from, to := span(s, 1); to == len(s) {
			return d.array(s[from:], off+from, depth)
		}
	case tagList:
		if from, to := span(s, 1); to == len(s) {
			return d.mapping(s[from:], off+from, depth, inGroup)
		}
	}
	return d.anyValue(s, off, depth, inGroup)
}

// anyValue reads an AnyValue, whatever it holds and however it is written.
func (d *Decoder) anyValue(s []byte, off, depth int, inGroup bool) (v slog.Value, err error) {
	var last uint64
	var inner merged
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return v, broken(s, i, off)
		}
		i = to
		switch tag {
		case tagString:
			v = slog.StringValue(d.texts.Text(s[from:to]))
		case tagBytes:
			v = slog.AnyValue(bytes.Clone(s[from:to]))
		case tagBool:
			n, _ := varint(s, from)
			v = slog.BoolValue(n != 0)
		case tagInt:
			n, _ := varint(s, from)
			v = slog.Int64Value(int64(n))
		case tagDouble:
			v = slog.Float64Value(math.Float64frombits(binary.LittleEndian.Uint64(s[from:])))
		case tagArray, tagList:
			if tag != last {
				inner = merged{}
			}
			inner.add(s[from:to], off+from)
		default:
			continue
		}
		last = tag
	}
	switch last {
	case tagArray:
		return d.array(inner.bytes(), inner.off, depth)
	case tagList:
		return d.mapping(inner.bytes(), inner.off, depth, inGroup)
	}
	return v, nil
}

// merged is a message that comes in one part or, as protobuf allows, in several.
type merged struct {
	first []byte
	all   []byte
	off   int // of the first part
	parts int
}

func (m *merged) add(part []byte, off int) {
	switch m.parts++; m.parts {
	case 1:
		m.first, m.off = part, off
	case 2:
		m.all = append(m.all, m.first...)
		fallthrough
	default:
		m.all = append(m.all, part...)
	}
}

func (m *merged) bytes() []byte {
	if m.parts > 1 {
		return m.all
	}
	return m.first
}

// array reads an ArrayValue.
func (d *Decoder) array(s []byte, off, depth int) (slog.Value, error) {
	if depth > d.max.Depth {
		return slog.Value{}, d.tooDeep(off)
	}
	at := len(d.items)
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return slog.Value{}, broken(s, i, off)
		}
		if tag == tagItem {
			if err := d.count(off + from); err != nil {
				return slog.Value{}, err
			}
			v, err := d.value(s[from:to], off+from, depth+1, false)
			if err != nil {
				return v, err
			}
			d.items = append(d.items, v.Any())
		}
		i = to
	}
	return slog.AnyValue(d.list(at)), nil
}

// mapping reads a KeyValueList.
func (d *Decoder) mapping(s []byte, off, depth int, inGroup bool) (slog.Value, error) {
	if depth > d.max.Depth {
		return slog.Value{}, d.tooDeep(off)
	}
	at := len(d.pairs)
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return slog.Value{}, broken(s, i, off)
		}
		if tag == tagItem {
			a, err := d.pair(s[from:to], off+from, depth+1, inGroup)
			if err != nil {
				return a.Value, err
			}
			d.pairs = append(d.pairs, a)
		}
		i = to
	}
	if inGroup && len(d.pairs) > at {
		return slog.GroupValue(d.group(at)...), nil
	}
	m := mapOf(d.pairs[at:])
	clear(d.pairs[at:])
	d.pairs = d.pairs[:at]
	return slog.AnyValue(m), nil
}
