package flight

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
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
	// Moment returns the time, and the key that a call has that is made now: for [Recorder.CallNow], the nanoseconds since Base.
	Moment func() (now time.Time, key int64)
	Base   time.Time
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
	own     []lane      // those of them that are a processor's, by its number
	shared  []lane      // the others, a power of two
	closing atomic.Bool // nobody is to come into own any more
	sole    ticks.Sole  // among the lanes

	missed atomic.Uint64
	failed atomic.Pointer[error]

	_ [64]byte // what is above is read by each call, what is below is written often

	mu       sync.Mutex // guards all below; who holds a lane may take it
	m        []byte
	segments []*segment // those in use, by index; one that extends over several is there several times
	free     int        // how many are not in use
	number   uint64     // of the segment that was taken last
	full     bool       // told that it is
	closed   bool
	left     map[int]int // how many records of earlier processes are in a segment, by index
}

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
	r.makeLanes()
	err = guarded(func() { left = r.load() })
	return r, left, err
}

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

// Call keeps a call with its attrs, which are in two parts and whose values are settled, and copies them. It never waits, but
// for other callers.
func (r *Recorder) Call(c *Call, attrs, more []slog.Attr) (t Token) {
	l, was, done := r.enter(), debug.SetPanicOnFault(true), false
	defer func() {
		if !done { // to ask costs less than to recover
			t = l.fell(recover(), was)
		}
	}()
	t = l.call(c, attrs, more)
	l.made = max(l.made, c.Key)
	done = true
	l.leave(was, c.Key)
	return t
}

// Kept is what became of a call: what stands for it, and when it was made, by the clock's key unless by Ticks.
type Kept struct {
	Token Token
	Key   int64
	Ticks bool
}

// CallNow is Call for a call that is made now, with all its attrs in the groups of the origin. They need not be settled: it
// returns false, and has kept nothing, if they are not. sole is the number, plus one, of the processor from which alone calls come
// now, as far as the caller knows, or 0: its lane may become the sole one. Key is 0 if the time was not had.
func (r *Recorder) CallNow(o *Origin, sole uint32, level slog.Level, message string, pc uintptr, attrs []slog.Attr) (k Kept, settled bool) {
	l, was, done := r.enter(), debug.SetPanicOnFault(true), false
	defer func() {
		if !done {
			k, settled = Kept{Token: l.fell(recover(), was)}, snapshot.AllSettled(attrs)
		}
	}()
	s := l.siteOf(message)
	like := s.isOf(l.number, o, pc, level, message, len(attrs))
	taken := false
	if ticks.Known && sole == l.of && sole > 0 {
		switch {
		case r.sole.Number() != sole:
			taken = l.n%ticks.Every == 0 && r.sole.Take(sole) // before the clock is read
		case l.made == 0:
			// Who is stopped here, or moved elsewhere, stays alone in the lane: calls that end the sole lane meanwhile have not
			// caused this one, and none with ticks that they cause is in this lane before another one has read the clock.
			k.Key, k.Ticks = ticks.Read(), true
			if like && l.tellsTicks(k.Key) && l.again(s, flagTicks, k.Key, 0, attrs, nil) {
				done = true
				k.Token = l.next()
				l.leaveTicked(was)
				return k, true
			}
			k.Ticks = false
			if l.seg != nil && !l.tellsTicks(k.Key) {
				like = l.putMoment() && like
			}
		}
	}
	k.Key = int64(time.Since(r.o.Base))
	if like && l.tells(k.Key) && l.again(s, 0, k.Key, 0, attrs, nil) {
		k.Token, settled = l.next(), true // all values are of kinds that are
	} else if settled = snapshot.AllSettled(attrs); settled {
		k.Token = l.call(&Call{Origin: o, Key: k.Key, Now: true, Level: level, Message: message, PC: pc}, attrs, nil)
	}
	switch {
	case k.Token == 0 && taken:
		r.sole.Leave(0, k.Key) // no key in the lane is one that the clock has had since
	case k.Token != 0 && k.Key >= l.made:
		l.made = 0
	}
	done = true
	l.leave(was, k.Key)
	return k, settled
}

// Record keeps a record. It calls methods of values that are not settled.
func (r *Recorder) Record(rec *record.Record, key int64) (t Token) {
	form := compact.AppendRecord(nil, rec)
	l, was, done := r.enter(), debug.SetPanicOnFault(true), false
	defer func() {
		if !done {
			t = l.fell(recover(), was)
		}
	}()
	t = l.record(form, key)
	done = true
	l.leave(was, key)
	return t
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
	r.closeOwn()
	for i := range r.shared {
		r.shared[i].mu.Lock() // who is there has not seen it
		defer r.shared[i].mu.Unlock()
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
		l.drop()
	}
	r.m = nil
	return r.free+used == len(r.segments)-1 && r.failed.Load() == nil
}
