package queue

import (
	"log/slog"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/record"
)

// Origin is what all records of one logger have in common. It must not be changed once a call had it.
type Origin struct {
	// To says which outlets the records are for.
	To Router
	// Trusted says that values may be other than settled: what looks at them may do anything.
	Trusted bool
	// Logger is the logger's name, Scope what is bound to it.
	Logger string
	Scope  record.Scope
}

// Call is a log call, without its attrs.
type Call struct {
	Origin *Origin
	// Time is when the call was made.
	Time    time.Time
	Level   slog.Level
	Message string
	PC      uintptr
	// Lead is how many attrs, the first ones, come from the call's context: they stand before what the
	// scope binds, and in none of its groups. If Traced is set, [AppendTrace] has made the first of them.
	Lead   int32
	Traced bool
}

// call is a Call as it waits in a shard.
type call struct {
	origin  *Origin
	message string
	time    time.Time
	key     int64 // orders calls, see the package's documentation
	pc      uintptr
	level   slog.Level
	from, n uint32 // its attrs in the load's
	lead    int32
	skip    int32 // 1 + the index in the load's skips, 0 if there is none
	traced  bool
	now     bool // key says the time
}

const (
	// loadCalls is the number of calls that a load has room for, loadAttrs of attrs. A call with more
	// attrs gets a load of its own.
	loadCalls = 256
	loadAttrs = 8 * loadCalls
	// wakeLoads is the number of full loads in a shard at which the listener is woken from a nap.
	wakeLoads = 4
	// helpLoads is the number, with those that were taken out and not moved yet, from which on a caller
	// does a part of the listener's work, if nobody else is at it, and fullLoads the one from which on it
	// waits for its turn to do so.
	helpLoads = 6
	fullLoads = 8
	// helpCalls is how many calls it moves then: more than it brought since it was asked before.
	helpCalls = 2 * loadCalls
	// maxShards bounds the memory of the front.
	maxShards = 64
)

// front is where callers leave their calls, in shards, so that callers on different processors do not meet.
type front struct {
	shards []shard
	// homes are the shards that callers try first. Who finds another caller there moves to another one.
	homes [callers]atomic.Uint32

	_ [64]byte // what is above is read by each call, what is below is written often

	// taking is the shard that the listener is emptying, which is no reason to move to another one.
	taking atomic.Pointer[shard]
	// behind is the number of loads that the listener has taken and not moved.
	behind atomic.Int32
	spare  pool // of memory for loads
}

// callers is the number of callers that are told apart. There may be any number of them.
const callers = 64

// shard gathers the calls of the callers that come by it.
type shard struct {
	mu   sync.Mutex // guards all below
	load            // what is filled now; with mu it takes one cache line

	full   []load // what was filled before
	closed bool   // no call comes any more, and load has no room

	taken   uint64 // calls that the listener took
	nobody  uint64 // calls that no outlet wanted
	dropped Levels // calls that came after Close

	_ [168]byte // so that each begins a cache line, and neighbours share none
}

// load is memory for calls and their attrs. It is used again once the calls were moved.
type load struct {
	calls []call
	attrs []slog.Attr
	skips *[][]*Outlet // nil if there are none
}

// skip notes that the call must not go to some outlets.
func (l *load) skip(c *call, outlets []*Outlet) {
	if l.skips == nil {
		l.skips = new([][]*Outlet)
	}
	*l.skips = append(*l.skips, outlets)
	c.skip = int32(len(*l.skips))
}

// own returns the attrs of a call of the load.
func (l *load) own(c *call) []slog.Attr {
	to := c.from + c.n
	return l.attrs[c.from:to:to]
}

func (f *front) init() {
	n := min(1<<bits.Len(uint(2*runtime.GOMAXPROCS(0)-1)), maxShards)
	f.shards = make([]shard, n)
	for i := range f.homes {
		f.homes[i].Store(uint32(i % n))
	}
}

// lock returns a shard of which the caller holds the mutex.
func (f *front) lock() *shard {
	// The address of the stack tells goroutines apart, at no cost. It need not do it well.
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here))>>10) * 0x9e3779b97f4a7c15 >> 58
	home := &f.homes[at%callers]
	s := &f.shards[home.Load()]
	if s.mu.TryLock() {
		return s
	}
	return f.lockAnother(home)
}

// lockAnother is lock for a caller that has met another one at home.
func (f *front) lockAnother(home *atomic.Uint32) *shard {
	at := home.Load()
	if s := &f.shards[at]; f.taking.Load() == s {
		s.mu.Lock()
		return s
	}
	for i := range f.shards {
		next := (int(at) + i) % len(f.shards)
		if s := &f.shards[next]; s.mu.TryLock() {
			home.Store(uint32(next))
			return s
		}
	}
	s := &f.shards[at]
	s.mu.Lock()
	return s
}

// waiting returns how many calls the shard has. mu is held.
func (s *shard) waiting() int {
	n := len(s.calls)
	for i := range s.full {
		n += len(s.full[i].calls)
	}
	return n
}

// has reports whether there is room for a call with n attrs. mu is held.
func (s *shard) has(n int) bool {
	return len(s.calls) < cap(s.calls) && n <= cap(s.attrs)-len(s.attrs)
}

// add adds a call with n attrs, for which there must be room: they are the last n of the load's. mu is held.
func (s *shard) add(n int) *call {
	at, from := len(s.calls), len(s.attrs)
	s.calls, s.attrs = s.calls[:at+1], s.attrs[:from+n]
	c := &s.calls[at]
	c.from, c.n = uint32(from), uint32(n)
	return c
}

// begin begins a load with room for a call with n attrs. Memory is made at the first call: many programs
// log from fewer places than they have processors, or not to this hierarchy at all. It returns how many loads
// are full now, or -1 if the shard is closed. mu is held.
//
//go:noinline
func (s *shard) begin(n int, spare *pool) int {
	if s.closed {
		return -1
	}
	if len(s.calls) > 0 {
		s.full = append(s.full, s.load)
	}
	s.load = spare.take(n)
	return len(s.full)
}

// close takes no more calls. mu is held.
func (s *shard) close() {
	s.closed = true
	if len(s.calls) > 0 {
		s.full = append(s.full, s.load)
	}
	s.load = load{}
}

// unrouted counts a call that no outlet wants. mu is held.
func (s *shard) unrouted(level slog.Level) {
	if s.closed {
		s.dropped[Band(level)]++
		return
	}
	s.nobody++
}

// pool is memory for loads, which is used again.
type pool struct {
	mu     sync.Mutex // guards spares
	spares spares[load]
}

// maxSpareLoads is the number of loads that are kept to be used again.
const maxSpareLoads = 2 * fullLoads

// take returns a load with room for n attrs.
func (p *pool) take(n int) load {
	if n <= loadAttrs {
		p.mu.Lock()
		defer p.mu.Unlock()
		if ld, ok := p.spares.take(); ok {
			return ld
		}
	}
	return load{calls: make([]call, 0, loadCalls), attrs: make([]slog.Attr, 0, max(loadAttrs, n))}
}

// put empties a load, and keeps it.
func (p *pool) put(l load) {
	clear(l.calls)
	clear(l.attrs)
	l.calls, l.attrs, l.skips = l.calls[:0], l.attrs[:0], nil
	if cap(l.attrs) > loadAttrs {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spares.put(l, maxSpareLoads)
}

// age lets go of what was not needed for a while, and shed of all but n.
func (p *pool) age(now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spares.age(now)
}

func (p *pool) shed(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spares.shed(n)
}

// record makes r, which must be zero, the record of the call, but for its place. Attrs that have to be
// put together are appended to mem, which is returned.
func (c *call) record(r *record.Record, attrs, mem []slog.Attr) []slog.Attr {
	it := item{
		origin: c.origin, message: c.message, time: c.time, pc: c.pc, level: c.level,
		lead: c.lead, traced: c.traced, attrs: attrs,
	}
	return it.record(r, mem)
}

// waiting returns how many calls are in the front.
func (f *front) waiting() (n int) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		n += s.waiting()
		s.mu.Unlock()
	}
	return n
}
