package flight

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/compact"
)

// lane is where one caller writes at a time.
type lane struct {
	mu sync.Mutex // guards all below
	r  *Recorder

	seg *segment // nil if there is none
	b   []byte   // its bytes
	at  int      // where the next frame begins
	n   uint32   // how many calls and records are in it

	number  uint64 // of the segment
	moment  int64  // the key of the last moment in it
	origins uint32 // how many it has
	places  uint32
	shapes  uint32

	knownOrigins [rememberedOrigins]originEntry
	knownPlaces  [rememberedPlaces]placeEntry
	knownShapes  [rememberedShapes]shape

	_ [64]byte // so that neighbours share no cache line
}

// Call is a log call, without its attrs.
type Call struct {
	Origin  *Origin
	Message string
	// Time is when it was made, unless Now says that it was at its key.
	Time time.Time
	Now  bool
	// Key orders calls, as those of [Options.Moment] do.
	Key   int64
	PC    uintptr
	Level slog.Level
	// Lead is how many of the attrs, the first ones, stand outside of the groups of the origin; if Traced is set, the first four
	// of them are the trace.
	Lead   int32
	Traced bool
}

// maxSize bounds what a call or a record takes in memory, maxAttrs its attrs.
const (
	maxSize  = 16 << 20
	maxAttrs = 1<<16 - 1
)

// call keeps a call. mu is held.
func (l *lane) call(c *Call, attrs, more []slog.Attr) Token {
	defer l.land(debug.SetPanicOnFault(true))
	if l.seg != nil && l.put(c, attrs, more) {
		return l.kept()
	}
	return l.callAnew(c, attrs, more)
}

// kept returns the token of what was just written.
func (l *lane) kept() Token {
	l.n++
	t := Token(l.seg.index)<<16 | Token(l.n)
	if l.seg.count > 1 {
		l.leave()
	}
	return t
}

// leave lets go of the segment. A large one has one call or record, so that it is free when that is handled, and none comes
// to have more than a segment has marks for.
func (l *lane) leave() {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	l.r.leave(l)
}

// callAnew keeps a call in another segment.
func (l *lane) callAnew(c *Call, attrs, more []slog.Attr) Token {
	if n := len(attrs) + len(more); n > maxAttrs {
		return l.tooLarge("attrs", n, maxAttrs)
	}
	if l.begin(segmentBytes) {
		if l.put(c, attrs, more) {
			return l.kept()
		}
		size := c.size(attrs, more)
		if size > maxSize {
			return l.tooLarge("bytes", size, maxSize)
		}
		if l.begin(size) && l.put(c, attrs, more) {
			return l.kept()
		}
	}
	l.r.missed.Add(1)
	return 0
}

// tooLarge counts and tells of what is never kept.
func (l *lane) tooLarge(what string, n, most int) Token {
	l.r.missed.Add(1)
	l.r.o.Tell(fmt.Errorf("a record is not kept: got %d %s, want %d at most", n, what, most))
	return 0
}

// size returns how much room a segment has to have for the call and what it refers to, at least.
func (c *Call) size(attrs, more []slog.Attr) int {
	n := 8<<10 + len(c.Origin.form) + len(c.Message)
	for _, part := range [][]slog.Attr{attrs, more} {
		for i := range part {
			n += len(part[i].Key) + 16 + len(appendValue(nil, &part[i].Value))
		}
	}
	return n
}

// land ends what looked at the memory. A fault there, since somebody has cut the file off for example, is the end of the
// keeping, not of the program.
func (l *lane) land(was bool) {
	debug.SetPanicOnFault(was)
	if p := recover(); p != nil {
		l.seg, l.b = nil, nil
		l.r.fail(fault(p))
		l.r.missed.Add(1)
	}
}

// fault returns the error of a panic at what looked at the memory.
func fault(p any) error { return fmt.Errorf("the file cannot be used any more: %v", p) }

// put writes a call. It returns false if there is no room.
func (l *lane) put(c *Call, attrs, more []slog.Attr) bool {
	if c.Now && c.Key-l.moment > int64(momentHolds) && !l.putMoment() {
		return false
	}
	origin, place, shape, ok := l.define(c, attrs, more)
	if !ok || len(l.b)-l.at < frameHead+callHead+frameHead {
		return false
	}
	head := l.b[l.at+frameHead:]
	flags, wall := uint64(0), int64(0)
	if !c.Now {
		if flags = flagTime; isPlainTime(&c.Time) {
			flags, wall = flagWall, c.Time.UnixNano()
		}
	}
	if c.Lead > 0 {
		flags |= flagLead
	}
	if c.Traced {
		flags |= flagTrace
	}
	binary.LittleEndian.PutUint64(head, kindCall|flags<<8|uint64(len(attrs)+len(more))<<16|uint64(shape)<<32)
	binary.LittleEndian.PutUint64(head[8:], uint64(c.Key))
	binary.LittleEndian.PutUint64(head[16:], uint64(wall))
	binary.LittleEndian.PutUint64(head[24:], uint64(origin)|uint64(place)<<32)
	body := head[: callHead : len(head)-frameHead]
	if flags&flagTime != 0 {
		body = compact.AppendTime(body, c.Time)
	}
	if c.Lead > 0 {
		body = binary.AppendUvarint(body, uint64(c.Lead))
	}
	if shape > 0 {
		body = appendValues(body, attrs)
		if len(more) > 0 {
			body = appendValues(body, more)
		}
		return l.commit(body)
	}
	body = compact.AppendText(binary.AppendVarint(body, int64(c.Level)), c.Message)
	for _, part := range [][]slog.Attr{attrs, more} {
		for i := range part {
			body = appendValue(compact.AppendText(body, part[i].Key), &part[i].Value)
		}
	}
	return l.commit(body)
}

// define returns the ids of what the call refers to, and writes what is not in the segment yet.
func (l *lane) define(c *Call, attrs, more []slog.Attr) (origin, place, shape uint32, ok bool) {
	if e := &l.knownOrigins[spread(uintptr(unsafe.Pointer(c.Origin)), rememberedOrigins)]; e.origin == c.Origin && e.segment == l.number {
		origin = e.id
	} else if origin, ok = l.origin(e, c.Origin); !ok {
		return 0, 0, 0, false
	}
	if c.PC != 0 {
		if e := &l.knownPlaces[spread(c.PC, rememberedPlaces)]; e.pc == c.PC && e.segment == l.number {
			place = e.id
		} else if place, ok = l.place(e, c.PC); !ok {
			return 0, 0, 0, false
		}
	}
	e := &l.knownShapes[spread(uintptr(unsafe.Pointer(unsafe.StringData(c.Message))), rememberedShapes)]
	switch {
	case !e.is(c.Message, c.Level, attrs, more): // it is written with the call
		if len(attrs)+len(more) <= maxShapeKeys && len(c.Message) <= maxShapeMessage {
			e.set(c.Message, c.Level, attrs, more)
		}
		return origin, place, 0, true
	case e.segment == l.number:
		return origin, place, e.id, true
	}
	shape, ok = l.shape(e)
	return origin, place, shape, ok
}

// room returns where the body of the next frame is to be appended to. What has no room there is elsewhere then.
func (l *lane) room() []byte {
	from, to := l.at+frameHead, len(l.b)-frameHead
	if from > to {
		return nil
	}
	return l.b[from:from:to]
}

// commit ends the frame that has the body, which is in its place, if it had room.
func (l *lane) commit(body []byte) bool {
	next := l.at + frameHead + aligned(len(body))
	if next > len(l.b)-frameHead || unsafe.SliceData(body) != &l.b[l.at+frameHead] {
		return false
	}
	binary.LittleEndian.PutUint64(l.b[l.at+frameHead+len(body):], 0)
	*word(l.b, next) = 0
	publish(word(l.b, l.at), uint64(len(body))|uint64(sum(body))<<32)
	l.at = next
	return true
}

// publish stores what makes a frame one, after all that was stored before it: a processor that is interrupted has done all before
// that place, and the compiler moves nothing past the call. Who reads while it is written goes by the sum.
//
//go:noinline
func publish(at *uint64, head uint64) { *at = head }

// word returns the eight bytes at an offset, which is a multiple of eight.
func word(b []byte, at int) *uint64 { return (*uint64)(unsafe.Pointer(&b[at : at+8][0])) }

func appendID(dst []byte, kind byte, id uint32) []byte {
	return binary.AppendUvarint(append(dst, kind), uint64(id))
}

// origin writes an origin.
func (l *lane) origin(e *originEntry, o *Origin) (id uint32, ok bool) {
	if !l.commit(append(appendID(l.room(), kindOrigin, l.origins+1), o.form...)) {
		return 0, false
	}
	l.origins++
	*e = originEntry{o, l.origins, l.number}
	return l.origins, true
}

// place writes the place of a PC.
func (l *lane) place(e *placeEntry, pc uintptr) (id uint32, ok bool) {
	if !l.commit(compact.AppendSource(appendID(l.room(), kindPlace, l.places+1), l.r.o.Place(pc))) {
		return 0, false
	}
	l.places++
	*e = placeEntry{pc, l.places, l.number}
	return l.places, true
}

// shape writes a shape.
func (l *lane) shape(e *shape) (id uint32, ok bool) {
	body := compact.AppendText(binary.AppendVarint(appendID(l.room(), kindShape, l.shapes+1), int64(e.level)), e.message)
	body = binary.AppendUvarint(body, uint64(len(e.keys)))
	for _, key := range e.keys {
		body = compact.AppendText(body, key)
	}
	if !l.commit(body) {
		return 0, false
	}
	l.shapes++
	e.id, e.segment = l.shapes, l.number
	return e.id, true
}

// record keeps a record by its form. mu is held.
func (l *lane) record(form []byte, key int64) Token {
	defer l.land(debug.SetPanicOnFault(true))
	if l.seg != nil && l.putRecord(form, key) {
		return l.kept()
	}
	size := max(segmentBytes, segmentHead+4*frameHead+len(form))
	if size > maxSize {
		return l.tooLarge("bytes", size, maxSize)
	}
	if !l.begin(size) || !l.putRecord(form, key) {
		l.r.missed.Add(1)
		return 0
	}
	return l.kept()
}

func (l *lane) putRecord(form []byte, key int64) bool {
	body := binary.LittleEndian.AppendUint64(append(l.room(), kindRecord, 0, 0, 0, 0, 0, 0, 0), uint64(key))
	return l.commit(append(body, form...))
}

// momentHolds is how long the time of calls is counted from one moment.
const momentHolds = time.Second

// putMoment writes which time it is.
func (l *lane) putMoment() bool {
	now, key := l.r.o.Moment()
	body := binary.LittleEndian.AppendUint64(append(l.room(), kindMoment, 0, 0, 0, 0, 0, 0, 0), uint64(key))
	l.moment = key
	return l.commit(binary.LittleEndian.AppendUint64(body, uint64(now.UnixNano())))
}

// begin begins a segment of so many bytes at least.
func (l *lane) begin(size int) bool {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.r.take(l, size)
}
