package flight

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
)

// lane is where one caller writes at a time.
type lane struct {
	mu   sync.Mutex // held by the caller in it, if it is shared
	busy uint32     // otherwise, whether one is in it; see own.go
	r    *Recorder
	of   uint32 // the number of its processor, plus one; 0 if it is shared

	seg *segment // nil if there is none
	b   []byte   // its bytes
	at  int      // where the next frame begins
	n   uint32   // how many calls and records are in it

	number  uint64 // of the segment, 0 if there is none
	before  Token  // that of the first call in it, less one
	moment  moment // the last one in it
	began   int64  // the ticks of the first one
	holds   int64  // for how many ticks the last one tells the time
	made    int64  // the highest key in the segment that its program may have made up, 0 if the clock was seen to be past it
	origins uint32 // how many it has
	places  uint32
	shapes  uint32

	knownOrigins [rememberedOrigins]originEntry
	knownPlaces  [rememberedPlaces]placeEntry
	sites        [rememberedSites]site

	_ [64]byte // so that neighbours share no cache line
}

// maxSize bounds what a call or a record takes in memory, maxAttrs its attrs.
const (
	maxSize  = 16 << 20
	maxAttrs = 1<<16 - 1
)

// call keeps a call.
func (l *lane) call(c *Call, attrs, more []slog.Attr) Token {
	if l.seg != nil && l.put(c, attrs, more) {
		return l.kept()
	}
	return l.callAnew(c, attrs, more)
}

// leave ends what looked at the memory, and lets others into the lane: a call with that key is in it. was is what
// [debug.SetPanicOnFault] returned.
func (l *lane) leave(was bool, key int64) {
	if ticks.Known {
		l.r.sole.Leave(l.of, key)
	}
	l.leaveTicked(was)
}

// leaveTicked is leave for a call with ticks.
func (l *lane) leaveTicked(was bool) {
	debug.SetPanicOnFault(was)
	if l.of > 0 {
		leaveOwn(l)
		return
	}
	l.mu.Unlock()
}

// fell is leave where the memory could not be looked at. A fault there, since somebody has cut the file off for example, is the
// end of the keeping, not of the program.
func (l *lane) fell(p any, was bool) Token {
	l.drop()
	l.r.fail(fault(p))
	l.r.missed.Add(1)
	l.leave(was, 0)
	return 0
}

// drop forgets the segment.
func (l *lane) drop() { l.seg, l.b, l.number = nil, nil, 0 }

// next returns the token of what was just written in a segment of the usual size.
func (l *lane) next() Token {
	l.n++
	return l.before + Token(l.n)
}

// kept returns the token of what was just written.
func (l *lane) kept() Token {
	t := l.next()
	if l.seg.count > 1 {
		l.abandon()
	}
	return t
}

// abandon lets go of the segment. A large one has one call or record, so that it is free when that is handled, and none comes
// to have more than a segment has marks for.
func (l *lane) abandon() {
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

// fault returns the error of a panic at what looked at the memory.
func fault(p any) error { return fmt.Errorf("the file cannot be used any more: %v", p) }

// room returns where the body of the next frame is to be appended to. What has no room there is elsewhere then.
func (l *lane) room() []byte {
	from, to := l.at+frameHead, len(l.b)-frameHead
	if from > to {
		return nil
	}
	return l.b[from:from:to]
}

// end ends the frame that has the body, which is in its place, if it had room.
func (l *lane) end(body []byte) bool {
	next := l.at + frameHead + aligned(len(body))
	if next > len(l.b)-frameHead || unsafe.SliceData(body) != &l.b[l.at+frameHead] {
		return false
	}
	clear(l.b[l.at+frameHead+len(body) : next])
	return l.commit(len(body))
}

// commit makes a frame of the body of n bytes that is in its place.
func (l *lane) commit(n int) bool {
	if n <= 0 {
		return false
	}
	next := l.at + frameHead + aligned(n)
	*word(l.b, next) = 0
	publish(word(l.b, l.at), uint64(n)|uint64(sum(l.b[l.at+frameHead:l.at+frameHead+n]))<<32)
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
	if !l.end(append(appendID(l.room(), kindOrigin, l.origins+1), o.form...)) {
		return 0, false
	}
	l.origins++
	*e = originEntry{o, l.origins, l.number}
	return l.origins, true
}

// place writes the place of a PC.
func (l *lane) place(e *placeEntry, pc uintptr) (id uint32, ok bool) {
	if !l.end(compact.AppendSource(appendID(l.room(), kindPlace, l.places+1), l.r.o.Place(pc))) {
		return 0, false
	}
	l.places++
	*e = placeEntry{pc, l.places, l.number}
	return l.places, true
}

// shape writes the shape of a site.
func (l *lane) shape(s *site) bool {
	body := compact.AppendText(binary.AppendVarint(appendID(l.room(), kindShape, l.shapes+1), int64(s.level)), s.message)
	body = binary.AppendUvarint(body, uint64(len(s.keys)))
	for _, key := range s.keys {
		body = compact.AppendText(body, key)
	}
	if !l.end(body) {
		return false
	}
	l.shapes++
	s.id, s.segment, s.origin = l.shapes, l.number, nil
	s.what = kindCall | uint64(s.id)<<16
	// Of attrs in two parts, each may have a word of kinds more than it fills.
	n := len(s.keys)
	s.room = frameHead + callHead + 8 + 8*n + 8*(n/groupValues+2) + frameHead + 8
	return true
}

// record keeps a record by its form.
func (l *lane) record(form []byte, key int64) Token {
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
	return l.end(append(body, form...))
}

// begin begins a segment of so many bytes at least.
func (l *lane) begin(size int) bool {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.r.take(l, size)
}
