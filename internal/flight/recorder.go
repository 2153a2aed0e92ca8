package flight

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/record"
)

// MinBytes and MaxBytes bound the memory of a [Recorder]. It uses whole segments of it.
const (
	MinBytes = 16 * segmentBytes
	MaxBytes = 1 << 30
)

// ErrFull is the error of calls for which there is no room.
var ErrFull = errors.New("full of what is not handled yet")

// Options configure a [Recorder].
type Options struct {
	// PID and Name say which process it is.
	PID  int
	Name string
	// Place says where in the program a PC is.
	Place func(pc uintptr) *slog.Source
	// Moment returns the time, and the key that a call has that is made now.
	Moment func() (now time.Time, key int64)
	// Tell is told when calls are not kept, and why, once each time. It must not wait.
	Tell func(error)
}

// Token stands for a call or a record that is kept until it is released; 0 for one that is not kept.
type Token uint32

// Recorder keeps calls and records. Its methods may be called from any goroutine.
type Recorder struct {
	o       Options
	started int64
	lanes   []lane

	missed atomic.Uint64
	failed atomic.Pointer[error]

	mu       sync.Mutex // guards all below; who holds a lane may take it
	m        []byte
	segments []*segment // those in use, by index; one that extends over several is there several times
	free     int        // how many are not in use
	number   uint64     // of the segment that was taken last
	full     bool       // told that it is
	closed   bool
	left     map[int]int // how many records of earlier processes are in a segment, by index
}

// segment is one or more segments of the memory, in use.
type segment struct {
	index, count int
	b            []byte
	lane         *lane                   // that writes to it, nil if none does any more
	n            uint32                  // how many calls are in it, once there is no lane
	done         uint32                  // how many of the first are released
	released     [maxCalls/64 + 1]uint64 // those, and others, a bit for each
}

// maxCalls is how many calls fit in a segment.
const maxCalls = (segmentBytes - segmentHead) / (frameHead + 16)

// leftBehind stands for segments that earlier processes have left.
var leftBehind = new(segment)

// New returns a Recorder on memory that may have what earlier processes have left, and that. The memory is not to be used
// otherwise until Close. A fault in it is an error.
func New(m []byte, o Options) (r *Recorder, left *Left, err error) {
	if len(m) < MinBytes || len(m) > MaxBytes {
		return nil, nil, fmt.Errorf("flight: got %d bytes of memory, want %d to %d", len(m), MinBytes, MaxBytes)
	}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, nil, fmt.Errorf("flight: integers of this machine are not little-endian: %w", errors.ErrUnsupported)
	}
	if len(o.Name) > maxName {
		o.Name = o.Name[:maxName]
	}
	_, _ = time.Now().Zone() // which reads a file, once
	r = &Recorder{o: o, started: time.Now().UnixNano(), m: m, segments: make([]*segment, len(m)/segmentBytes), left: make(map[int]int)}
	n := min(1<<bits.Len(uint(2*runtime.GOMAXPROCS(0)-1)), maxLanes, len(r.segments)/4)
	r.lanes = make([]lane, n)
	for i := range r.lanes {
		r.lanes[i].r = r
	}
	err = guarded(func() { left = r.load() })
	return r, left, err
}

const maxLanes = 64

// load finds what is left, and frees the rest.
func (r *Recorder) load() *Left {
	copy(r.m, Head())
	left := read(r.m)
	r.segments[0], r.free = leftBehind, len(r.segments)-1
	for _, p := range left.order {
		if at := p.segment.index; r.left[at] == 0 {
			r.use(at, countOf(r.m[at*segmentBytes:]), leftBehind)
		}
		r.left[p.segment.index]++
		r.number = max(r.number, p.segment.number) // what comes now comes behind
	}
	for i, s := range r.segments {
		if s == nil {
			atomic.StoreUint64(word(r.m, i*segmentBytes+atNumber), 0)
		}
	}
	return left
}

// use notes which segment is in use where. mu is held.
func (r *Recorder) use(index, count int, s *segment) {
	for i := index; i < index+count; i++ {
		r.segments[i] = s
	}
	r.free -= count
}

// drop frees segments. mu is held.
func (r *Recorder) drop(index, count int) {
	// Of those behind the first a record was there, which is not to be taken for a head once the first is free.
	for i := index + count - 1; i >= index; i-- {
		atomic.StoreUint64(word(r.m, i*segmentBytes+atNumber), 0)
		r.segments[i] = nil
	}
	if r.free += count; r.free >= len(r.segments)/4 {
		r.full = false
	}
}

// Call keeps a call with its attrs, which are in two parts and whose values are settled, and copies them. It never waits, but
// for other callers.
func (r *Recorder) Call(c *Call, attrs, more []slog.Attr) Token {
	l := r.enter()
	t := l.call(c, attrs, more)
	l.mu.Unlock()
	return t
}

// Record keeps a record. It calls methods of values that are not settled.
func (r *Recorder) Record(rec *record.Record, key int64) Token {
	form := compact.AppendRecord(nil, rec)
	l := r.enter()
	t := l.record(form, key)
	l.mu.Unlock()
	return t
}

// enter returns a lane of which the caller holds the mutex.
func (r *Recorder) enter() *lane {
	// The address of the stack tells goroutines apart, at no cost. It need not do it well.
	var here byte
	at := spread(uintptr(unsafe.Pointer(&here))>>10, len(r.lanes))
	for range r.lanes {
		if l := &r.lanes[at]; l.mu.TryLock() {
			return l
		}
		at = (at + 1) & (len(r.lanes) - 1)
	}
	l := &r.lanes[at]
	l.mu.Lock()
	return l
}

// take gives a lane a segment of so many bytes at least, for the one that it has. mu is held, and the lane's.
func (r *Recorder) take(l *lane, size int) bool {
	if r.closed || r.failed.Load() != nil {
		return false
	}
	count := (size + segmentBytes - 1) / segmentBytes
	s := l.seg
	if s != nil && (s.done < l.n || s.count != count) {
		r.leave(l)
		s = nil
	}
	if s == nil {
		at := r.find(count)
		if at == 0 {
			if !r.full {
				r.full = true
				r.o.Tell(fmt.Errorf("%w: calls are not kept until there is room again", ErrFull))
			}
			return false
		}
		from, to := at*segmentBytes, (at+count)*segmentBytes
		s = &segment{index: at, count: count, b: r.m[from:to:to], lane: l}
		r.use(at, count, s)
	}
	r.number++
	s.done, s.released = 0, [len(s.released)]uint64{}
	l.seg, l.b, l.at, l.n, l.number = s, s.b, segmentHead, 0, r.number
	l.origins, l.places, l.shapes = 0, 0, 0
	l.moment = r.head(s)
	return true
}

// leave takes a lane's segment away. mu is held, and the lane's.
func (r *Recorder) leave(l *lane) {
	s := l.seg
	l.seg, l.b = nil, nil
	s.lane, s.n = nil, l.n
	r.settle(s)
}

// head writes the head of a segment in which nothing is that has to be kept, and returns the key of its moment.
func (r *Recorder) head(s *segment) (key int64) {
	b := s.b
	// Nothing of what is there is to be seen, whichever of these is the last that comes to be.
	atomic.StoreUint64(word(b, segmentHead), 0)
	atomic.StoreUint64(word(b, atDone), 0)
	now, key := r.o.Moment()
	binary.LittleEndian.PutUint64(b[atStarted:], uint64(r.started))
	binary.LittleEndian.PutUint64(b[atWall:], uint64(now.UnixNano()))
	binary.LittleEndian.PutUint64(b[atKey:], uint64(key))
	binary.LittleEndian.PutUint32(b[atPID:], uint32(r.o.PID))
	binary.LittleEndian.PutUint32(b[atCount:], uint32(s.count))
	clear(b[atSum:segmentHead])
	b[atName] = byte(copy(b[atName+1:], r.o.Name))
	binary.LittleEndian.PutUint32(b[atSum:], headSum(b))
	atomic.StoreUint64(word(b, atNumber), r.number)
	return key
}

// headSum returns the sum of a segment's head.
func headSum(b []byte) uint32 { return sum(b[atStarted:atSum]) ^ sum(b[atName:segmentHead]) }

// find returns the first of so many free segments, 0 if there are none. mu is held.
func (r *Recorder) find(count int) int {
	if r.free < count {
		return 0
	}
	run := 0
	for i, s := range r.segments {
		if run++; s != nil {
			run = 0
		}
		if run == count {
			return i - count + 1
		}
	}
	return 0
}

// settle frees a segment that has nothing any more. mu is held.
func (r *Recorder) settle(s *segment) {
	if s.lane == nil && s.done == s.n {
		r.drop(s.index, s.count)
	}
}

// Release says that these need not be kept any longer. None may be released again.
func (r *Recorder) Release(tokens []Token) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	err := guarded(func() {
		var last *segment
		for _, t := range tokens {
			if t == 0 {
				continue
			}
			s, n := r.segments[t>>16], uint32(t&0xffff)-1
			s.released[n/64] |= 1 << (n % 64)
			if last != nil && last != s {
				r.advance(last)
			}
			last = s
		}
		if last != nil {
			r.advance(last)
		}
	})
	if err != nil {
		r.fail(err)
	}
}

// advance notes how many of the first calls of a segment are released. mu is held.
func (r *Recorder) advance(s *segment) {
	was := s.done
	for s.released[s.done/64]&(1<<(s.done%64)) != 0 {
		s.done++
	}
	if s.done != was {
		atomic.StoreUint64(word(s.b, atDone), uint64(s.done))
		r.settle(s)
	}
}

// ReleaseLeft says that records of [Left] need not be kept any longer: those that were in these segments, one for each.
func (r *Recorder) ReleaseLeft(segments []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	err := guarded(func() {
		for _, at := range segments {
			if r.left[at]--; r.left[at] == 0 {
				delete(r.left, at)
				r.drop(at, countOf(r.m[at*segmentBytes:]))
			}
		}
	})
	if err != nil {
		r.fail(err)
	}
}

// guarded calls what looks at the memory. A fault there becomes an error.
func guarded(f func()) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		if p := recover(); p != nil {
			err = fault(p)
		}
	}()
	f()
	return nil
}

// fail ends the keeping.
func (r *Recorder) fail(err error) {
	if r.failed.CompareAndSwap(nil, &err) {
		r.o.Tell(fmt.Errorf("%w: calls are not kept from now on", err))
	}
}

// Stats are the counts of a [Recorder].
type Stats struct {
	Bytes, Used int64  // of the memory, and what of it is in use
	Missed      uint64 // calls and records that could not be kept
	Left        int    // records of earlier processes that are not released
	Err         error  // why nothing is kept any more
}

// Stats returns the counts.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{Bytes: int64(len(r.segments)) * segmentBytes, Used: int64(len(r.segments)-r.free-1) * segmentBytes, Missed: r.missed.Load()}
	for _, n := range r.left {
		s.Left += n
	}
	if err := r.failed.Load(); err != nil {
		s.Err = *err
	}
	return s
}

// Close keeps nothing any more, and lets go of the memory. clean says that there is nothing in it.
func (r *Recorder) Close() (clean bool) {
	for i := range r.lanes {
		r.lanes[i].mu.Lock() // who is there has not seen it
		defer r.lanes[i].mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.closed = true
	used := 0
	for i := range r.lanes {
		l := &r.lanes[i]
		if l.seg != nil && l.seg.done == l.n {
			used += l.seg.count
		}
		l.seg, l.b = nil, nil
	}
	r.m = nil
	return r.free+used == len(r.segments)-1 && r.failed.Load() == nil
}
