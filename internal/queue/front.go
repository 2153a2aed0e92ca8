package queue

import (
	"log/slog"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/flight"
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
	// Kept is what a [flight.Recorder] keeps of the origin. Calls of one that has none are not kept.
	Kept *flight.Origin
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

const (
	// wakeCalls is the number of calls in a shard that the listener has not seen at which it is woken from a nap.
	wakeCalls = 4 * loadCalls
	// helpLoads is the number of full loads in a shard from which on a caller does a part of the listener's work, if nobody else is at it,
	// and fullLoads the one from which on it waits for its turn to do so.
	helpLoads = 6
	fullLoads = 8
	// helpCalls is how many calls it moves then: more than it brought since it was asked before.
	helpCalls = 2 * loadCalls
	// maxShared and maxOwn bound the number of shards.
	maxShared = 64
	maxOwn    = 512
)

// front is where callers leave their calls, in shards, so that callers on different processors do not meet.
// Each processor has a shard of its own, where a caller that runs on it is alone as long as it cannot be
// interrupted; see pin. The others are shared.
type front struct {
	own    []shard
	shared []shard
	// homes are the shared shards that callers try first. Who finds another caller there moves to another one.
	homes [callers]atomic.Uint32
	// closed says that no call comes any more. It is read by each call, in its shard.
	closed atomic.Bool

	_ [64]byte // what is above is read by each call, what is below is written often

	spare pool          // of memory for loads
	looks atomic.Uint64 // how often the listener took calls out

	mu      sync.Mutex // guards all below
	nobody  uint64     // calls that no outlet wanted
	dropped Levels     // calls that came after Close
}

// callers is the number of callers that are told apart in shared shards. There may be any number of them.
const callers = 64

func (f *front) init() {
	procs := runtime.GOMAXPROCS(0)
	n := min(1<<bits.Len(uint(2*procs-1)), maxShared)
	if pins {
		// A program may go on to use more processors than now, but seldom more than there are.
		f.own = make([]shard, min(max(procs, runtime.NumCPU()), maxOwn))
		for i := range f.own {
			f.own[i].init(uint32(i) + 1)
		}
		n = sharedBesideOwn
	}
	f.shared = make([]shard, n)
	for i := range f.shared {
		f.shared[i].init(0)
	}
	for i := range f.homes {
		f.homes[i].Store(uint32(i % n))
	}
}

// sharedBesideOwn is the number of shared shards where processors have shards of their own: few calls come
// there.
const sharedBesideOwn = 4

// all calls visit with each shard.
func (f *front) all(visit func(*shard)) {
	for i := range f.own {
		visit(&f.own[i])
	}
	for i := range f.shared {
		visit(&f.shared[i])
	}
}

// allFrom is all, with the shard of a number first, if it is one's.
func (f *front) allFrom(number uint32, visit func(*shard)) {
	if number > 0 {
		visit(&f.own[number-1])
	}
	f.all(func(s *shard) {
		if number == 0 || s.number != number {
			visit(s)
		}
	})
}

// enter returns a shard in which the caller is alone until it leaves, with room for a call with n attrs, and how
// far it is filled, if a load of it has become full just now. It returns nil if the front is closed.
// What the caller does until it leaves must be short, and must not wait.
func (f *front) enter(n int) (s *shard, by filled) {
	if pins && n <= loadAttrs {
		if s = f.roomAt(pin(), n); s != nil {
			return s, by
		}
		unpin()
	}
	return f.enterAny(n)
}

// roomAt returns the shard of a processor, nil if it has none, or no room in it for a call with n attrs, or the front is closed.
func (f *front) roomAt(processor, n int) *shard {
	if f.closed.Load() {
		return nil
	}
	own := f.own
	if uint(processor) >= uint(len(own)) {
		return nil
	}
	if s := &own[processor]; s.has(n) {
		return s
	}
	return nil
}

// enterAny is enter where there is no room yet, or no shard of the caller's own.
func (f *front) enterAny(n int) (s *shard, by filled) {
	s = f.enterSome(n)
	for s != nil && !s.has(n) {
		s.leave() // for memory it may have to wait
		ld := f.spare.take(n)
		if s = f.enterSome(n); s != nil && !s.has(n) {
			by = s.begin(ld)
		} // else somebody else began one meanwhile, and the collector has this one
	}
	return s, by
}

// enterSome returns a shard in which the caller is alone, whether there is room or not, or nil if the front is
// closed.
func (f *front) enterSome(n int) *shard {
	if pins && n <= loadAttrs {
		at := pin()
		if at < len(f.own) && !f.closed.Load() {
			return &f.own[at]
		}
		unpin()
	}
	return f.enterShared()
}

// enterShared is enterSome for a shared shard.
func (f *front) enterShared() *shard {
	s := f.lock()
	if f.closed.Load() {
		s.leave()
		return nil
	}
	return s
}

// lock returns a shared shard of which the caller holds the mutex.
func (f *front) lock() *shard {
	// The address of the stack tells goroutines apart, at no cost. It need not do it well.
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here))>>10) * 0x9e3779b97f4a7c15 >> 58
	home := &f.homes[at%callers]
	if s := &f.shared[home.Load()]; s.mu.TryLock() {
		return s
	}
	return f.lockAnother(home)
}

// lockAnother is lock for a caller that has met another one at home.
func (f *front) lockAnother(home *atomic.Uint32) *shard {
	at := home.Load()
	for i := range f.shared {
		next := (int(at) + i) % len(f.shared)
		if s := &f.shared[next]; s.mu.TryLock() {
			home.Store(uint32(next))
			return s
		}
	}
	s := &f.shared[at]
	s.mu.Lock()
	return s
}

// close takes no more calls. When it returns, all that came before can be read.
func (f *front) close() {
	for i := range f.shared {
		f.shared[i].mu.Lock()
	}
	f.closed.Store(true)
	for i := range f.shared {
		f.shared[i].mu.Unlock()
	}
	if pins {
		awaitPinned()
	}
}

// refuse counts a call that came after close, and unrouted one that no outlet wants.
func (f *front) refuse(level slog.Level) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped[Band(level)]++
}

func (f *front) unrouted(level slog.Level) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		f.dropped[Band(level)]++
		return
	}
	f.nobody++
}

// accepted returns how many calls were left in the shards, ever, and waiting how many of them were not
// taken.
func (f *front) accepted() (n uint64) {
	f.all(func(s *shard) { n += s.left.Load() })
	return n
}

func (f *front) waiting() (n uint64) {
	f.all(func(s *shard) {
		taken := s.taken.Load() // first: what was taken was left before
		n += s.left.Load() - taken
	})
	return n
}
