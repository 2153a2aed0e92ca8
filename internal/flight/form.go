// Package flight keeps the calls of a program in memory that outlives it: a file that is mapped, so that what a call
// has left there is there when the process was killed the next moment, and can be read by the next process, or any
// other. Nothing is forced to the disk: it holds for the end of a process and not for that of a machine.
//
// # The form
//
// The memory is cut into segments of 64 KiB. The first has the head alone; of the others, each in use belongs to a lane,
// where one caller writes at a time, or to a record that is larger than one. Integers are little-endian.
//
//	head     "JKFL" version(1 byte)=3 zero(3 bytes)
//	segment  number(8) done(8) started(8) wall(8) key(8) ticks(8) PID(4) count(4) sum(4) zero(4) length(1) name(63) frame…
//	frame    length(4) sum(4) body, and zeros to a multiple of 8
//
// A segment's number says when it was taken into use, also among those of processes before, 0 that it is free. Of its calls
// and records, the first done are handled. Started says which process wrote it (the time when it began to, in nanoseconds
// since 1970), PID and name too; wall, such a time as well, key and ticks are one moment; the key of a call is a reading of the
// monotonic clock. The clocks part when one is set or slewed, and when the machine sleeps: so a moment is written again
// before a call whose time is that of its key, if the last is older than a second. It holds for what stands behind it. Count
// is how many segments it extends over; sum is that of what stands from started up to it, and name.
//
// Calls and records are in the order of their keys. One with ticks has the highest key that stands before it in its segment, be it
// that of the head, or of a call or a record: for calls of the sole lane their places are their order, as for those in the sole
// shard of package queue, and for the same reasons. That key is one that the clock had shown: behind a call that came with its
// time, which may be made up and a later one, there are none with ticks before one that has read the clock at that time or after it.
// When one with ticks was is told by the processor's ticks: they lie between those of two moments, or behind the last one, where a
// tick is as long as between the last two. For that another moment is written when twice as many ticks have passed since the head
// was, and 2^30 ticks after the last one at the latest.
//
// Frames follow each other up to one whose length is 0. The length and the sum are written last, at once, and those
// of the frame behind are zero by then: so a frame is there as a whole, or not at all, wherever the process ends.
//
//	origin   kind(1)=1 id(number) logger(text) attrs
//	shape    kind(1)=2 id(number) level(varint) message(text) keys(number, texts)
//	place    kind(1)=3 id(number) function(text) file(text) line(varint)
//	call     kind(1)=4 flags(1) shape(2) attrs(2) attrs(2) key(8) origin(4) place(4) [wall(8)] [front] values
//	record   kind(1)=5 zero(7) key(8) record
//	moment   kind(1)=6 zero(7) key(8) wall(8) ticks(8)
//
// Texts, attrs, times and records are those of package compact, but for the long texts of a call: these have a length of 8 bytes, and
// zeros behind them up to a multiple of 8. Ids are those of a segment, each kind by
// itself; 0 is none. Among the attrs of an origin, in the innermost of its groups, one stands for those
// of the calls: the last, whose key is empty and whose value is nil. The flags of a call: 1 its time is wall, 2 it is in the
// front, 4 so is lead, which is how many attrs come before those of the origin, 8 the first four of these are the
// trace, 16 it has ticks in place of the key; with neither 1, 2 nor 16 the time is that of the key. The front is there with 2, 4,
// or no shape: a long text that is made of
//
//	[time] [lead(number)] [level(varint) message(text) keys(texts)]
//
// of which those at the end are there if there is no shape.
//
// A call has two parts of attrs, and how many are in each. Of each part, eight values at a time, or what is left of it, are a group:
//
//	group    word(8)… kind(1)… zeros up to a multiple of 8, texts
//
// A kind is that of slog, and the word its bits, for a bool, duration, float64, int64, uint64, and for a time of the local zone, in nanoseconds
// since 1970. 15 is a time of UTC; 16 to 24 a text of 0 to 8 bytes, which are the word; 253 a text, 254 that of an error, and 255 a
// value of package compact, each a long text whose length is the word, and which stands among the texts, in their order.
//
// A sum begins with h = d1b54a32d192ed03. Each word of the body, of 8 bytes, with zeros behind the last, and at the end the body's
// length, make h = ((h rotated left by 23) ^ word)·9e3779b97f4a7c15. The sum is the upper half of h.
package flight

import (
	"encoding/binary"
	"log/slog"
	"math/bits"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/record"
)

// Wire format.
const (
	magic   = "JKFL"
	version = 3

	segmentBytes = 64 << 10
	segmentHead  = 128 // where the first frame is
	frameHead    = 8

	atNumber, atDone, atStarted, atWall, atKey = 0, 8, 16, 24, 32
	atTicks, atPID, atCount, atSum, atName     = 40, 48, 52, 56, 64
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
	flagTicks
)

// callWords are the words that all calls have, callHead their bytes.
const (
	callWords = 3
	callHead  = 8 * callWords
)

// The kinds of values beside those of slog: times in UTC, texts of at most maxShort bytes, which are a word, those that follow
// the words, errors, of which the text is kept, and what package compact writes.
const (
	utcTime      = 15
	shortText    = 16
	textValue    = 253
	errorValue   = 254
	compactValue = 255

	maxShort    = 8 // bytes of a text that is a word
	groupValues = 8 // values whose kinds are a word
)

// textValues are the bits that they have, and words have not, in a word of kinds.
const textValues = 0x8080808080808080

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

// sum returns the sum of a body, which zeros fill up to a multiple of eight bytes.
func sum(body []byte) uint32 {
	h := uint64(sumStart)
	for b := body[:aligned(len(body))]; len(b) >= 8; b = b[8:] {
		h = mix(h, binary.LittleEndian.Uint64(b))
	}
	return uint32(mix(h, uint64(len(body))) >> 32)
}

// mix returns what a sum becomes by another word.
func mix(h, word uint64) uint64 { return (bits.RotateLeft64(h, 23) ^ word) * sumOdd }

// What the sum is made with, part of the format.
const (
	sumOdd   = 0x9e3779b97f4a7c15
	sumStart = 0xd1b54a32d192ed03
)

// isPlainTime reports whether a time is that of a clock on this machine, which nanoseconds say.
func isPlainTime(t *time.Time) bool { return t.Location() == time.Local && isNear(t) }

// isNear reports whether nanoseconds since 1970 say which time it is.
func isNear(t *time.Time) bool {
	const far = 200 * 365 * 24 * 3600
	since := t.Unix()
	return since > -far && since < far
}
