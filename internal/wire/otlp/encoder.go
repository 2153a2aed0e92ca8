package otlp

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// encoder appends the parts of a message.
type encoder struct {
	dst []byte
	// escaping says that the texts of the part under way are escaped, invalid that one of them must
	// be: a string of a message is UTF-8.
	escaping, invalid bool
	// untold says that a value was appended whose type in the message may not tell what it was.
	untold bool
	// depth is how many lists and mappings are under way.
	depth int
	// late are the messages deep down whose lengths are not written yet, and those that are under way, in the order in which
	// they begin. Lacking is how many bytes more these lengths take than were left for them.
	late    []late
	lacking int
	// needs is for the types that are being appended.
	needs needs
}

// text returns s as it goes into the message.
func (e *encoder) text(s string) string {
	if e.escaping {
		return escaped(s)
	}
	if !logrecord.IsText(s) {
		e.invalid = true
	}
	return s
}

// bytes appends a field of text that text has seen, or of bytes.
func (e *encoder) bytes(tag byte, s string) {
	e.dst = appendVarint(append(e.dst, tag), uint64(len(s)))
	e.dst = append(e.dst, s...)
}

func (e *encoder) eight(tag byte, n uint64) {
	e.dst = binary.LittleEndian.AppendUint64(append(e.dst, tag), n)
}

// textAttr appends an attribute that is a text.
func (e *encoder) textAttr(tag byte, key, s string) { e.textPair(tag, key, e.text(s)) }

// textPair is textAttr for a text that text has seen. Key needs no look at its text, nor does it below.
func (e *encoder) textPair(tag byte, key, s string) {
	value := 1 + sizeBytes(len(s))
	d := e.pair(tag, key, value)
	if len(s) < 0x80 {
		d = append(d, tagString, byte(len(s)))
	} else {
		d = appendVarint(append(d, tagString), uint64(len(s)))
	}
	e.dst = append(d, s...)
}

// intAttr appends an attribute that is an integer.
func (e *encoder) intAttr(tag byte, key string, n int64) {
	d := e.pair(tag, key, 1+sizeVarint(uint64(n)))
	e.dst = appendVarint(append(d, tagInt), uint64(n))
}

// pair appends a KeyValue up to its AnyValue, which takes value bytes, and returns dst.
func (e *encoder) pair(tag byte, key string, value int) []byte {
	if size := 4 + len(key) + value; size < 0x80 && key != "" {
		d := append(e.dst, tag, byte(size), tagKey, byte(len(key)))
		d = append(d, key...)
		return append(d, tagValue, byte(value))
	}
	size := 1 + sizeBytes(value)
	if key != "" {
		size += 1 + sizeBytes(len(key))
	}
	e.dst = appendVarint(append(e.dst, tag), uint64(size))
	e.optional(tagKey, key)
	return appendVarint(append(e.dst, tagValue), uint64(value))
}

// attrs appends attrs that are plain: see plainAttrs. Known are the fields that the place has keys of
// its own for, written those of them that are written.
func (e *encoder) attrs(tag byte, attrs []slog.Attr, known, written fieldSet) {
	e.untold = false
	for i := range attrs {
		key := attrs[i].Key
		if isHidden(key, attrs[i].Value, known, written) {
			key = ownKey + key
		}
		e.attr(tag, key, attrs[i].Value)
	}
	if e.untold {
		e.typesAttr(tag, attrs)
	}
	if e.escaping {
		e.dst = append(e.pair(tag, keyEscaped, 2), tagBool, 1)
	}
}

// attr appends an attribute.
func (e *encoder) attr(tag byte, key string, v slog.Value) {
	key = e.text(key)
	switch v.Kind() {
	case slog.KindString:
		e.textPair(tag, key, e.text(v.String()))
	case slog.KindInt64:
		e.intAttr(tag, key, v.Int64())
	case slog.KindBool:
		e.dst = append(e.pair(tag, key, 2), tagBool, boolByte(v.Bool()))
	default:
		at := e.open(tag, 1)
		e.optional(tagKey, key)
		e.value(tagValue, v)
		e.close(at, 1)
	}
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// textValue appends an AnyValue that is a text.
func (e *encoder) textValue(tag byte, s string) {
	s = e.text(s)
	d := appendVarint(append(e.dst, tag), uint64(1+sizeBytes(len(s))))
	d = appendVarint(append(d, tagString), uint64(len(s)))
	e.dst = append(d, s...)
}

// value appends an AnyValue.
func (e *encoder) value(tag byte, v slog.Value) {
	e.depth++
	at := e.open(tag, 1)
	switch v.Kind() {
	case slog.KindString:
		e.bytes(tagString, e.text(v.String()))
	case slog.KindInt64:
		e.int(v.Int64())
	case slog.KindDuration:
		e.untold = true
		e.int(int64(v.Duration()))
	case slog.KindUint64:
		e.untold = true
		if n := v.Uint64(); n <= math.MaxInt64 {
			e.int(int64(n))
		} else {
			from := e.open(tagString, 1)
			e.dst = strconv.AppendUint(e.dst, n, 10)
			e.close(from, 1)
		}
	case slog.KindFloat64:
		e.eight(tagDouble, math.Float64bits(v.Float64()))
	case slog.KindBool:
		e.dst = append(e.dst, tagBool, boolByte(v.Bool()))
	case slog.KindTime:
		e.untold = true
		from := e.open(tagString, 1)
		e.dst = v.Time().AppendFormat(e.dst, time.RFC3339Nano)
		e.close(from, 1)
	case slog.KindGroup:
		group := v.Group()
		e.untold = e.untold || len(group) == 0
		from := e.open(tagList, 1)
		for i := range group {
			e.attr(tagItem, group[i].Key, group[i].Value)
		}
		e.close(from, 1)
	default:
		e.any(v.Any())
	}
	e.close(at, 1)
	e.depth--
}

func (e *encoder) int(n int64) { e.dst = appendVarint(append(e.dst, tagInt), uint64(n)) }

// any appends what an AnyValue holds of a value that has no kind of its own. Nil is an empty one.
func (e *encoder) any(x any) {
	switch x := x.(type) {
	case []byte:
		e.bytes(tagBytes, string(x))
	case json.Number:
		e.untold = true
		e.bytes(tagString, e.text(string(x)))
	case []any:
		at := e.open(tagArray, 1)
		for _, item := range x {
			e.value(tagItem, slog.AnyValue(item))
		}
		e.close(at, 1)
	case map[string]any:
		e.untold = true
		at := e.open(tagList, 1)
		for _, key := range slices.Sorted(maps.Keys(x)) {
			e.attr(tagItem, key, slog.AnyValue(x[key]))
		}
		e.close(at, 1)
	}
}
