package queue

import (
	"log/slog"
	"math/bits"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// Origin is what all records of one logger have in common.
type Origin struct {
	// To says which outlets the records are for.
	To Router
	// Logger is the logger's name, Scope what is bound to it.
	Logger string
	Scope  record.Scope
}

// Call is what a log call leaves in the front, beside its attrs.
type Call struct {
	Origin  *Origin
	Time    time.Time
	Level   slog.Level
	Message string
	PC      uintptr
	// Lead is how many attrs, the first ones, come from the call's context: they stand before what the
	// scope binds, and in none of its groups. If Traced is set, [AppendTrace] has made the first of them.
	Lead   int32
	Traced bool

	key   int64 // orders calls, see the package's documentation
	attrs []slog.Attr
	skip  []*Outlet // those the record must not go to
}

const (
	// shardCalls is the number of calls that a shard has memory for at first. A caller that finds more
	// does the listener's work, if nobody else is at it.
	shardCalls = 1024
	// fullShard is the number of calls from which on callers wait until they were moved.
	fullShard = 8 * shardCalls
	// shardAttrs is the number of attrs that a shard has memory for at first. More are made as needed,
	// and kept up to maxShardAttrs.
	shardAttrs    = 512
	maxShardAttrs = 16 * shardCalls
	// maxShards bounds the memory of the front.
	maxShards = 64
)

// front is where callers leave their calls, in shards, so that callers on different processors do not meet.
type front struct {
	shards []shard
	base   time.Time // keys count from here
}

// shard gathers the calls of the callers that come by it. Calls of one goroutine come to the same
// shard as long as its stack stays where it is and nobody else is there.
type shard struct {
	mu     sync.Mutex // guards all below
	load   load
	closed bool
	counts Counts // without Waiting
	nobody uint64 // calls that no outlet wanted

	_ [64]byte // so that neighbours do not share a cache line
}

// load is what a shard has gathered: calls, and the memory of their attrs. It is used again once the
// calls were moved.
type load struct {
	calls []Call
	attrs []slog.Attr
}

func newLoad() load {
	return load{calls: make([]Call, 0, shardCalls), attrs: make([]slog.Attr, 0, shardAttrs)}
}

// reset empties the load.
func (l *load) reset() {
	clear(l.calls)
	clear(l.attrs)
	l.calls, l.attrs = l.calls[:0], l.attrs[:0]
	if cap(l.calls) > 2*shardCalls || cap(l.attrs) > maxShardAttrs {
		*l = newLoad()
	}
}

func (f *front) init() {
	f.base = time.Now()
	n := min(1<<bits.Len(uint(2*runtime.GOMAXPROCS(0)-1)), maxShards)
	f.shards = make([]shard, n)
}

// lock returns a shard of which the caller holds the mutex. Its memory is made at the first call: many
// programs log from fewer places than they have processors, or not to this hierarchy at all.
func (f *front) lock() *shard {
	s := f.pick()
	if s.load.calls == nil {
		s.load = newLoad()
	}
	return s
}

// pick locks a shard.
func (f *front) pick() *shard {
	// The address of the stack tells goroutines apart, at no cost. It need not do it well.
	var here byte
	at := uintptr(unsafe.Pointer(&here))
	h := uint64(at>>10) * 0x9e3779b97f4a7c15 >> 32
	for i := range f.shards {
		s := &f.shards[(int(h)+i)&(len(f.shards)-1)]
		if s.mu.TryLock() {
			return s
		}
	}
	s := &f.shards[int(h)&(len(f.shards)-1)]
	s.mu.Lock()
	return s
}

// key returns what orders a call that was stamped with t among all calls: the monotonic time since
// the front was made. A time that was not read from this process's clock is not one to go by.
func (f *front) key(t time.Time) int64 {
	if t == t.Round(0) {
		t = time.Now()
	}
	return int64(t.Sub(f.base))
}

// put takes a call, unless the shard is closed. mu is held.
func (s *shard) put(c *Call, key int64, attrs []slog.Attr) bool {
	s.counts.Accepted++
	if s.closed {
		s.counts.Dropped[Closed][Band(c.Level)]++
		return false
	}
	s.load.calls = append(s.load.calls, *c)
	last := &s.load.calls[len(s.load.calls)-1]
	last.key, last.attrs = key, attrs
	return true
}

// unrouted counts a call that no outlet wants. mu is held.
func (s *shard) unrouted(level slog.Level) {
	s.counts.Accepted++
	if s.closed {
		s.counts.Dropped[Closed][Band(level)]++
		return
	}
	s.counts.Handled++
	s.nobody++
}

// copied returns a copy of attrs, which may come in two parts. mu is held.
func (s *shard) copied(attrs, more []slog.Attr) []slog.Attr {
	from := len(s.load.attrs)
	s.load.attrs = append(append(s.load.attrs, attrs...), more...)
	return s.load.attrs[from:len(s.load.attrs):len(s.load.attrs)]
}

// copiedFrom returns a copy of r's attrs. mu is held.
func (s *shard) copiedFrom(r *slog.Record) []slog.Attr {
	front, back, ok := snapshot.AttrsOf(r)
	if ok {
		return s.copied(front, back)
	}
	from := len(s.load.attrs)
	r.Attrs(func(a slog.Attr) bool {
		s.load.attrs = append(s.load.attrs, a)
		return true
	})
	return s.load.attrs[from:len(s.load.attrs):len(s.load.attrs)]
}

// waiting returns how many calls are in the front.
func (f *front) waiting() (n int) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		n += len(s.load.calls)
		s.mu.Unlock()
	}
	return n
}
