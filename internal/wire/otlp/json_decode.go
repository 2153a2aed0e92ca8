package otlp

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// DecodeJSON is [Decoder.Decode] for a message in JSON. Names that are not known are passed over; a name
// as the protobuf definition has it, with underscores, is such a one. Integers of 64 bits may be
// strings or numbers. What stands twice counts as protobuf merges it.
func (d *Decoder) DecodeJSON(p []byte, dst []record.Record) ([]record.Record, error) {
	t := transcoder{json: scanner{s: p}, max: d.limits.withDefaults()}
	if len(p) > t.max.Bytes {
		return dst, errorf(t.max.Bytes, "the message has %d bytes, at most %d are taken", len(p), t.max.Bytes)
	}
	t.json.maxDepth = 4*t.max.Depth + 16 // of JSON's own: a value in a list or mapping is four of them deeper
	t.out.dst = d.transcoded[:0]
	err := t.document(kindRequest)
	if d.transcoded = t.out.dst; cap(d.transcoded) > maxTranscoded {
		d.transcoded = nil
	}
	if err != nil {
		return dst, err
	}
	return d.decode(t.out.dst, dst)
}

// maxTranscoded bounds the space that is kept from one message for the next.
const maxTranscoded = 1 << 20

// transcoder turns a message in JSON into protobuf.
type transcoder struct {
	json scanner
	out  encoder
	max  Limits
	// records and attrs are counted against the limits, and so is the depth of out.
	records, attrs int
}

// document reads the whole text as a message.
func (t *transcoder) document(of kind) error {
	if err := t.message(of); err != nil {
		return err
	}
	if t.json.next() != 0 || t.json.at < len(t.json.s) {
		return t.json.unexpected("the end of the message")
	}
	return nil
}

// message appends the fields of the message that is next.
func (t *transcoder) message(of kind) error {
	if err := t.count(of); err != nil {
		return err
	}
	if err := t.json.openObject(); err != nil {
		return err
	}
	for first := true; ; first = false {
		key, more, err := t.json.member(first)
		if !more {
			if of == kindArrayValue || of == kindKeyValueList {
				t.out.depth--
			}
			return err
		}
		if err := t.member(memberOf(of, key)); err != nil {
			return err
		}
	}
}

// memberOf returns the member of a message that has the name; nil if there is none.
func memberOf(of kind, name []byte) *member {
	members := schema[of]
	for i := range members {
		if members[i].name == string(name) {
			return &members[i]
		}
	}
	return nil
}

// member reads the value of a member, which is nil if it is not known.
func (t *transcoder) member(m *member) error {
	switch {
	case m == nil:
		return t.json.skip()
	case t.json.null():
		return nil
	case !m.repeated:
		return t.field(m)
	}
	if err := t.json.openArray(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := t.json.item(first); !more {
			return err
		}
		if err := t.field(m); err != nil {
			return err
		}
	}
}

// count counts a message against the limits.
func (t *transcoder) count(of kind) error {
	at := t.json.at
	switch of {
	case kindLogRecord:
		if t.records++; t.records > t.max.Records {
			return errorf(at, "the message has more than %d records", t.max.Records)
		}
	case kindKeyValue:
		return t.countAttr()
	case kindArrayValue, kindKeyValueList:
		if t.out.depth++; t.out.depth > t.max.Depth {
			return errorf(at, "lists and mappings are nested deeper than %d", t.max.Depth)
		}
	}
	return nil
}

func (t *transcoder) countAttr() error {
	if t.attrs++; t.attrs > t.max.Attrs {
		return errorf(t.json.at, "the message has more than %d attributes", t.max.Attrs)
	}
	return nil
}

// field appends a field.
func (t *transcoder) field(m *member) error {
	tag, at := m.tag(), t.json.at
	switch m.shape {
	case shapeMessage:
		if m.repeated && m.of == kindAnyValue {
			if err := t.countAttr(); err != nil {
				return err
			}
		}
		from := t.out.open(tag, 1)
		if err := t.message(m.of); err != nil {
			return err
		}
		t.out.close(from, 1)
		return nil
	case shapeBool:
		b, err := t.json.bool()
		t.out.dst = append(t.out.dst, tag, boolByte(b))
		return err
	case shapeText, shapeBytes, shapeID:
		s, err := t.json.string()
		if err != nil {
			return err
		}
		if s, err = bytesOf(m.shape, s); err != nil {
			return t.wrong(at, m)
		}
		t.out.dst = appendVarint(append(t.out.dst, tag), uint64(len(s)))
		t.out.dst = append(t.out.dst, s...)
		return nil
	}
	s, err := t.json.scalar()
	if err != nil {
		return err
	}
	n, ok := numberOfShape(m.shape, string(s))
	if !ok && m.shape == shapeInt64 {
		m = &doubleMember // JavaScript's SDK has 1e300 for an integer
		tag = m.tag()
		n, ok = numberOfShape(m.shape, string(s))
	}
	if !ok {
		return t.wrong(at, m)
	}
	switch t.out.dst = append(t.out.dst, tag); m.shape.wire() {
	case wireEight:
		t.out.dst = binary.LittleEndian.AppendUint64(t.out.dst, n)
	case wireFour:
		t.out.dst = binary.LittleEndian.AppendUint32(t.out.dst, uint32(n))
	default:
		t.out.dst = appendVarint(t.out.dst, n)
	}
	return nil
}

// doubleMember stands in for an intValue that is none.
var doubleMember = member{"intValue", tagDouble >> 3, shapeDouble, false, 0}

// wrong is the error for the value that was read, from a byte on, which is not what m has there.
func (t *transcoder) wrong(at int, m *member) error {
	want := map[shape]string{
		shapeBytes: "base64", shapeID: "hexadecimal digits", shapeInt32: "an integer of 32 bits", shapeUint32: "an unsigned integer of 32 bits",
		shapeFour: "an unsigned integer of 32 bits", shapeEight: "an unsigned integer of 64 bits", shapeDouble: "a number",
	}[m.shape]
	got := strings.TrimLeft(string(t.json.s[at:t.json.at]), " \t\r\n")
	return errorf(t.json.at-len(got), "%s: got %s, want %s", m.name, strings.ToValidUTF8(got[:min(len(got), 40)], "\ufffd"), want)
}

// bytesOf returns what a string of JSON stands for.
func bytesOf(of shape, s []byte) ([]byte, error) {
	switch of {
	case shapeID:
		return hex.AppendDecode(nil, s)
	case shapeBytes: // with or without padding, in either alphabet
		plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(string(s)), "=")
		return base64.RawStdEncoding.DecodeString(plain)
	}
	return s, nil
}

// numberOfShape returns the bits of a number that may have been in quotes.
func numberOfShape(of shape, s string) (n uint64, ok bool) {
	var i int64
	var err error
	switch of {
	case shapeDouble:
		f, err := strconv.ParseFloat(s, 64)
		// ParseFloat knows more words, and digits with underscores.
		ok = err == nil && (!strings.ContainsAny(s, "nN_xXpP") || s == "NaN" || s == "Infinity" || s == "-Infinity")
		return math.Float64bits(f), ok
	case shapeInt32:
		i, err = strconv.ParseInt(whole(s), 10, 32)
	case shapeInt64:
		i, err = strconv.ParseInt(whole(s), 10, 64)
	case shapeEight:
		n, err = strconv.ParseUint(whole(s), 10, 64)
		return n, err == nil
	default:
		n, err = strconv.ParseUint(whole(s), 10, 32)
		return n, err == nil
	}
	return uint64(i), err == nil
}

// whole returns an integer that is written with a point or an exponent, 1.0 or 1e3, without them.
func whole(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return s
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
