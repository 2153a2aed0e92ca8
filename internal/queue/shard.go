package queue

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
	"github.com/jackdaw-log/jackdaw/record"
)

// call is a Call as it waits in a shard.
type call struct {
	origin  *Origin
	message string
	key     int64 // orders calls, see the package's documentation; until it is taken out, what stamp says
	pc      uintptr
	level   slog.Level
	from, n uint32 // its attrs in the load's
	lead    int32
	token   flight.Token // of what is kept of it
	traced  bool
	stamp   stamp
	skip    *[]*Outlet // those it must not go to, nil if there are none
	time    time.Time
}

// stamp says how it is known when a call was made.
type stamp uint8

const (
	timed  stamp = iota // by its time
	keyed               // by its key
	ticked              // by the processor's ticks, which are its key's until it is taken out
)

// record makes r, which must be zero, the record of the call, but for its place. Attrs that have to be
// put together are appended to mem, which is returned.
func (c *call) record(r *record.Record, attrs, mem []slog.Attr) []slog.Attr {
	r.Time, r.Level, r.Message, r.PC = c.time, c.level, c.message, c.pc
	return c.origin.bind(r, mem, attrs, c.lead, c.traced)
}

// shard gathers the calls of the callers that come by it. One caller is in it at a time, and it is the only
// one that writes what stands in the first part. The listener reads calls that were left, at any time.
type shard struct {
	mu    sync.Mutex // held by the caller in it, if the shard is shared
	calls []call     // of the load that is filled now
	attrs []slog.Attr
	// left is how many calls were left here ever. What was written to them is not touched any more. With all
	// above it takes one cache line.
	left atomic.Uint64

	last   *load  // the one that is filled now
	begun  int    // how many loads were begun
	number uint32 // of the processor that it is of, plus one: mu is not used then; 0 if it is shared

	_ [40]byte

	// done is how many loads the listener is done with.
	done atomic.Int64
	// What is below is the listener's: moving guards it.
	first *load         // the oldest that is not done with
	from  *load         // the one from which calls are taken next
	taken atomic.Uint64 // how many calls were taken; others may read it
	seen  uint64        // how many had been left when the listener began to look
	high  int64         // the highest key of a call that was taken

	_ [80]byte // so that each begins a cache line, and neighbours share none
}

// init makes the shard ready. Memory is made at the first call: many programs log from fewer places than they
// have processors, or not to this hierarchy at all.
func (s *shard) init(number uint32) {
	s.number = number
	s.last = new(load) // which is full
	s.first, s.from = s.last, s.last
}

// has reports whether there is room for a call with n attrs.
func (s *shard) has(n int) bool {
	return len(s.calls) < cap(s.calls) && n <= cap(s.attrs)-len(s.attrs)
}

// add adds a call with n attrs, for which there must be room: they are the last n of attrs.
func (s *shard) add(n int) (c *call, attrs []slog.Attr) {
	at, from := len(s.calls), len(s.attrs)
	calls, all := s.calls[:at+1], s.attrs[:from+n]
	s.calls, s.attrs = calls, all
	c = &calls[at]
	c.from, c.n = uint32(from), uint32(n)
	return c, all[from:]
}

// drop takes back the last call that was added.
func (s *shard) drop(c *call) {
	clear(s.attrs[c.from:])
	s.calls, s.attrs = s.calls[:len(s.calls)-1], s.attrs[:c.from]
	*c = call{}
}

// leave lets others into the shard.
func (s *shard) leave() {
	if s.number > 0 {
		unpin()
		return
	}
	s.mu.Unlock()
}

// filled is how far a shard is filled.
type filled struct {
	loads int  // that are full, of which calls may have been taken and not been moved
	wake  bool // the listener should look
}

// begin goes on with another load, and returns how far the shard is filled now.
func (s *shard) begin(ld *load) filled {
	ld.first = s.left.Load()
	unseen := ld.first - s.taken.Load()
	by := filled{loads: s.begun - int(s.done.Load()), wake: unseen >= wakeCalls && unseen < wakeCalls+loadCalls}
	s.last.next.Store(ld)
	s.last, s.calls, s.attrs = ld, ld.calls[:0], ld.attrs[:0]
	s.begun++
	return by
}

// see notes how many calls were left before any of those is read that takeOut takes. It is the listener's, as what is
// below is.
func (s *shard) see() { s.seen = s.left.Load() }

// takeOut appends runs of the calls that were left since the last time, up to the first one with ticks that see has
// not noted.
func (s *shard) takeOut(runs []run) []run {
	left, taken := s.left.Load(), s.taken.Load()
	for taken < left {
		ld, end := s.from, left
		next := ld.next.Load()
		if next != nil {
			end = min(end, next.first)
		}
		if ticks.Known && end > s.seen {
			if at := ld.ticked(max(taken, s.seen), end); at < end {
				end, left = at, at
			}
		}
		if taken < end {
			runs = append(runs, ld.run(s, int(taken-ld.first), int(end-ld.first)))
			taken = end
		}
		if taken < left {
			s.from = next
		}
	}
	s.taken.Store(left)
	return runs
}

// settle gives back the loads of which all calls were moved.
func (s *shard) settle(spare *pool) {
	for ld := s.first; ld != s.from; ld = s.first {
		next := ld.next.Load()
		if uint64(ld.moved) < next.first-ld.first {
			return
		}
		s.first = next
		if ld.calls != nil {
			s.done.Add(1)
			spare.put(ld)
		}
	}
}
