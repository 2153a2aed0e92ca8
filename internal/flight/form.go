// Package flight keeps the calls of a program in memory that outlives it: a file that is mapped, so that what a call
// has left there is there when the process was killed the next moment, and can be read by the next process, or any
// other. Nothing is forced to the disk: it holds for the end of a process and not for that of a machine.
//
// # The form
//
// The memory is cut into segments of 64 KiB. The first has the head alone; of the others, each in use belongs to a lane,
// where one caller writes at a time, or to a record that is larger than one. Integers are little-endian.
//
//	head     "JKFL" version(1 byte)=1 zero(3 bytes)
//	segment  number(8) done(8) started(8) wall(8) key(8) PID(4) count(4) sum(4) zero(4) length(1) name(71) frame…
//	frame    length(4) sum(4) body, and zeros to a multiple of 8
//
// A segment's number says when it was taken into use, also among those of processes before, 0 that it is free. Of its calls
// and records, the first done are handled. Started says which process wrote it (the time when it began to, in nanoseconds
// since 1970), PID and name too; wall, such a time as well, and key are one moment; the key of a call is a reading of the
// monotonic clock. The clocks part when one is set or slewed, and when the machine sleeps: so a moment is written again
// before a call whose time is that of its key, if the last is older than a second. It holds for what stands behind it. Count
// is how many segments it extends over; sum is that of what stands from started up to it, and name.
//
// Frames follow each other up to one whose length is 0. The length and the sum are written last, at once, and those
// of the frame behind are zero by then: so a frame is there as a whole, or not at all, wherever the process ends.
//
//	origin   kind(1)=1 id(number) logger(text) attrs
//	shape    kind(1)=2 id(number) level(varint) message(text) keys(number, texts)
//	place    kind(1)=3 id(number) function(text) file(text) line(varint)
//	call     kind(1)=4 flags(1) attrs(2) shape(4) key(8) wall(8) origin(4) place(4)
//	         [time] [lead(number)] [level(varint) message(text)] attrs
//	record   kind(1)=5 zero(7) key(8) record
//	moment   kind(1)=6 zero(7) key(8) wall(8)
//
// Texts, attrs, times and records are those of package compact. Ids are those of a segment, each kind by
// itself; 0 is none. Among the attrs of an origin, in the innermost of its groups, one stands for those
// of the calls: the last, whose key is empty and whose value is nil. The flags of a call: 1 the time is wall, 2 it stands
// behind, 4 lead stands behind, which is how many attrs come before those of the origin, 8 the first four of these are the
// trace; with neither 1 nor 2 the time is that of the key. With a shape the attrs are values, otherwise level and message stand before
// them, and each has its key. A value is a kind of slog (1 byte), for a bool, duration, float64, int64 or uint64 followed by 8 bytes,
// for a string by a text; one
// for a time by the nanoseconds since 1970, 8 bytes, if it is of the local zone and no other; 254 and the text of an error; or 255 and a value of package compact.
//
// A sum is made of a body's length n, and of its words, of 8 bytes each, with zeros behind the last, by P = 9e3779b97f4a7c15 and
// Q = d1b54a32d192ed03. It begins with h = n·P. Each two words a, b make h = (h rotated left by 23) ^ hi ^ lo, where hi and
// lo are the halves of the product (a^P)·(b^Q); for a last one alone, b is h. The sum is the lower half of hi ^ lo of (h^Q)·P.
package flight

import (
	"encoding/binary"
	"log/slog"
	"math"
	"math/bits"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// Wire format.
const (
	magic   = "JKFL"
	version = 1

	segmentBytes = 64 << 10
	segmentHead  = 128 // where the first frame is
	frameHead    = 8

	atNumber, atDone, atStarted, atWall, atKey = 0, 8, 16, 24, 32
	atPID, atCount, atSum, atName              = 40, 44, 48, 56
	maxName                                    = segmentHead - atName - 1
)

// The kinds of frames, part of the format.
const (
	kindOrigin = 1 + iota
	kindShape
	kindPlace
	kindCall
	kindRecord
	kindMoment
)

// The flags of a call, part of the format.
const (
	flagWall = 1 << iota
	flagTime
	flagLead
	flagTrace
)

// callHead is the part of a call that all have.
const callHead = 32

// The kinds of values that have none of slog's of their own: errors, of which the text is kept, and what package compact writes.
const (
	errorValue   = 254
	compactValue = 255
)

// aligned returns n rounded up to where a frame may begin.
func aligned(n int) int { return (n + 7) &^ 7 }

// own is the value that stands for the attrs of calls. No attr of an origin is like it: it has neither a key nor a value.
var own = []slog.Attr{{}}

// Origin is what all calls of one logger have in common. It does not change.
type Origin struct{ form []byte }

// NewOrigin returns the origin of a logger of that name. It calls methods of values that are not settled.
func NewOrigin(logger string, scope record.Scope) *Origin {
	form := compact.AppendText(nil, logger)
	return &Origin{compact.AppendAttrs(form, scope.AppendAttrs(nil, own))}
}

// appendValues appends the values of attrs.
func appendValues(dst []byte, attrs []slog.Attr) []byte {
	for i := range attrs {
		v := &attrs[i].Value
		if kind, bits, ok := snapshot.Word(v); ok && cap(dst)-len(dst) > 8 {
			n := len(dst)
			dst = dst[:n+9]
			dst[n] = byte(kind)
			binary.LittleEndian.PutUint64(dst[n+1:], bits)
			continue
		}
		dst = appendValue(dst, v)
	}
	return dst
}

// appendValue appends the value of an attr of a call.
func appendValue(dst []byte, v *slog.Value) []byte {
	if kind, bits, ok := snapshot.Word(v); ok {
		return appendWord(dst, kind, bits)
	}
	if text, ok := snapshot.Text(v); ok {
		return compact.AppendText(append(dst, byte(slog.KindString)), text)
	}
	if text, ok := snapshot.ErrorText(v); ok {
		return compact.AppendText(append(dst, errorValue), text)
	}
	return appendOther(dst, v)
}

func appendWord(dst []byte, kind slog.Kind, bits uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, byte(kind)), bits)
}

// appendOther appends a value that is not looked at in place.
func appendOther(dst []byte, v *slog.Value) []byte {
	switch kind := v.Kind(); kind {
	case slog.KindBool:
		if v.Bool() {
			return appendWord(dst, kind, 1)
		}
		return appendWord(dst, kind, 0)
	case slog.KindDuration:
		return appendWord(dst, kind, uint64(v.Duration()))
	case slog.KindFloat64:
		return appendWord(dst, kind, math.Float64bits(v.Float64()))
	case slog.KindInt64:
		return appendWord(dst, kind, uint64(v.Int64()))
	case slog.KindUint64:
		return appendWord(dst, kind, v.Uint64())
	case slog.KindString:
		return compact.AppendText(append(dst, byte(kind)), v.String())
	case slog.KindTime:
		if t := v.Time(); isPlainTime(&t) {
			return appendWord(dst, kind, uint64(t.UnixNano()))
		}
	}
	return compact.AppendValue(append(dst, compactValue), *v)
}

// sum returns the sum of a body, which zeros fill up to a multiple of eight bytes.
func sum(body []byte) uint32 {
	h := uint64(len(body)) * sumOdd
	b := body[:aligned(len(body))]
	for ; len(b) >= 16; b = b[16:] {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^sumOdd, binary.LittleEndian.Uint64(b[8:])^sumEven)
		h = bits.RotateLeft64(h, 23) ^ hi ^ lo
	}
	if len(b) > 0 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^sumOdd, h^sumEven)
		h = bits.RotateLeft64(h, 23) ^ hi ^ lo
	}
	hi, lo := bits.Mul64(h^sumEven, sumOdd)
	return uint32(hi ^ lo)
}

// What the sum is made with, part of the format.
const (
	sumOdd  = 0x9e3779b97f4a7c15
	sumEven = 0xd1b54a32d192ed03
)

// isPlainTime reports whether a time is that of a clock on this machine, which nanoseconds say.
func isPlainTime(t *time.Time) bool {
	if t.Location() != time.Local {
		return false
	}
	const far = 200 * 365 * 24 * 3600
	since := t.Unix()
	return since > -far && since < far
}
