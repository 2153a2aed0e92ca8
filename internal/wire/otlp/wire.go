package otlp

import "math/bits"

// Wire format: the tags of the fields, number·8 + type, where the type is
//
//	0 varint   1 eight bytes   2 a length and as many bytes   5 four bytes
//
// and 3 and 4 begin and end a group, which no message of OTLP has.
const (
	wireVarint = iota
	wireEight
	wireBytes
	wireGroup
	wireGroupEnd
	wireFour
)

const (
	// ExportLogsServiceRequest
	tagResourceLogs = 1<<3 + wireBytes

	// ResourceLogs
	tagResource       = 1<<3 + wireBytes
	tagScopeLogs      = 2<<3 + wireBytes
	tagResourceSchema = 3<<3 + wireBytes

	// Resource
	tagResourceAttr    = 1<<3 + wireBytes
	tagResourceDropped = 2<<3 + wireVarint

	// ScopeLogs
	tagScope       = 1<<3 + wireBytes
	tagLogRecord   = 2<<3 + wireBytes
	tagScopeSchema = 3<<3 + wireBytes

	// InstrumentationScope
	tagScopeName    = 1<<3 + wireBytes
	tagScopeVersion = 2<<3 + wireBytes
	tagScopeAttr    = 3<<3 + wireBytes
	tagScopeDropped = 4<<3 + wireVarint

	// LogRecord
	tagTime         = 1<<3 + wireEight
	tagSeverity     = 2<<3 + wireVarint
	tagSeverityText = 3<<3 + wireBytes
	tagBody         = 5<<3 + wireBytes
	tagAttr         = 6<<3 + wireBytes
	tagDropped      = 7<<3 + wireVarint
	tagFlags        = 8<<3 + wireFour
	tagTraceID      = 9<<3 + wireBytes
	tagSpanID       = 10<<3 + wireBytes
	tagObserved     = 11<<3 + wireEight
	tagEventName    = 12<<3 + wireBytes

	// KeyValue
	tagKey   = 1<<3 + wireBytes
	tagValue = 2<<3 + wireBytes

	// AnyValue: one of these
	tagString = 1<<3 + wireBytes
	tagBool   = 2<<3 + wireVarint
	tagInt    = 3<<3 + wireVarint
	tagDouble = 4<<3 + wireEight
	tagArray  = 5<<3 + wireBytes
	tagList   = 6<<3 + wireBytes
	tagBytes  = 7<<3 + wireBytes

	// ArrayValue, KeyValueList
	tagItem = 1<<3 + wireBytes
)

// appendVarint appends n, seven bits a byte, the lowest first.
func appendVarint(dst []byte, n uint64) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// sizeVarint returns how many bytes appendVarint appends.
func sizeVarint(n uint64) int { return (9*bits.Len64(n) + 64) / 64 }

// sizeBytes returns how many bytes a length and as many bytes take.
func sizeBytes(n int) int {
	if n < 0x80 {
		return 1 + n
	}
	return sizeVarint(uint64(n)) + n
}

// varint reads the varint at i. A next of -1 says that there is none.
func varint(s []byte, i int) (n uint64, next int) {
	if i < len(s) && s[i] < 0x80 {
		return uint64(s[i]), i + 1
	}
	return longVarint(s, i)
}

func longVarint(s []byte, i int) (n uint64, next int) {
	for shift := 0; i < len(s); shift += 7 {
		b := s[i]
		i++
		if shift == 63 && b > 1 {
			return 0, -1
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n, i
		}
	}
	return 0, -1
}

// span reads the length at i. The bytes that it counts are those from its end to next; a next of
// -1 says that they are not there.
func span(s []byte, i int) (from, next int) {
	n, from := varint(s, i)
	if from < 0 || n > uint64(len(s)-from) {
		return 0, -1
	}
	return from, from + int(n)
}

// fieldAt reads the field at i. Its value is from from to to: the bytes themselves where its type is a length
// and bytes. The next field is at to; -1 says that there is no field at i, see broken.
func fieldAt(s []byte, i int) (tag uint64, from, to int) {
	// As nearly every field: its number takes a byte, its length one or two.
	if f := s[i:]; len(f) > 2 && f[0] < 0x80 && f[0]&7 == wireBytes && f[0] >= 1<<3 {
		if from, to = i+2, i+2+int(f[1]); f[1] >= 0x80 {
			from, to = i+3, i+3+int(f[1]&0x7f)+int(f[2])<<7
			if f[2] >= 0x80 {
				return anyFieldAt(s, i)
			}
		}
		if to <= len(s) {
			return uint64(f[0]), from, to
		}
	}
	return anyFieldAt(s, i)
}

// anyFieldAt is fieldAt for a field of any type and length.
func anyFieldAt(s []byte, i int) (tag uint64, from, to int) {
	if tag, from = varint(s, i); from < 0 || !isTag(tag) {
		return 0, 0, -1
	}
	if tag&7 == wireBytes {
		from, to = span(s, from)
		return tag, from, to
	}
	return tag, from, skip(s, from, tag, maxGroups)
}

// maxGroups bounds the nesting of groups, which are passed over.
const maxGroups = 64

// skip returns the index behind the value, at i, of a field that is not known; -1 if it is no value.
// Groups are followed to a depth of groups.
func skip(s []byte, i int, tag uint64, groups int) int {
	switch tag & 7 {
	case wireVarint:
		_, i = varint(s, i)
		return i
	case wireEight:
		i += 8
	case wireFour:
		i += 4
	case wireBytes:
		_, i = span(s, i)
		return i
	case wireGroup:
		return skipGroup(s, i, tag, groups)
	default:
		return -1
	}
	if i > len(s) {
		return -1
	}
	return i
}

// maxNumber is the largest number of a field.
const maxNumber = 1<<29 - 1

// isTag reports whether a tag has a number that a field may have.
func isTag(tag uint64) bool { return tag>>3 >= 1 && tag>>3 <= maxNumber }

func skipGroup(s []byte, i int, tag uint64, groups int) int {
	if groups <= 0 {
		return -1
	}
	for {
		inner, next := varint(s, i)
		switch {
		case next < 0 || !isTag(inner):
			return -1
		case inner == tag+1: // the end of this group
			return next
		}
		if i = skip(s, next, inner, groups-1); i < 0 {
			return -1
		}
	}
}
