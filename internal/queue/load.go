package queue

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// loadCalls is the number of calls that a load has room for, loadAttrs of attrs. A call with more
	// attrs gets a load of its own.
	loadCalls = 256
	loadAttrs = 8 * loadCalls
)

// load is memory for calls and their attrs. It is used again once the calls were moved.
type load struct {
	calls []call
	attrs []slog.Attr

	first uint64               // how many calls were left in the shard before its first
	next  atomic.Pointer[load] // that of the shard which comes then

	// The listener's moving guards both.
	moved int  // how many calls were moved
	kept  bool // somebody may look at the memory for ever
}

func newLoad(attrs int) *load {
	return &load{calls: make([]call, loadCalls), attrs: make([]slog.Attr, max(loadAttrs, attrs))}
}

// own returns the attrs of a call of the load.
func (ld *load) own(c *call) []slog.Attr {
	to := c.from + c.n
	return ld.attrs[c.from:to:to]
}

// ticked returns the number of the first call from one number on, and before another one, that is stamped with ticks,
// or the other one.
func (ld *load) ticked(from, to uint64) uint64 {
	for ; from < to; from++ {
		if ld.calls[from-ld.first].stamp == ticked {
			break
		}
	}
	return from
}

// run is a part of a load in the order of its calls' keys, and how many of them were moved.
type run struct {
	*load
	calls []call
	attrs []slog.Attr // all that the calls have
	shard *shard
	at    int
}

// run returns a run of the calls from one index to another, which come in the order of their attrs.
func (ld *load) run(s *shard, from, to int) run {
	first, last := &ld.calls[from], &ld.calls[to-1]
	return run{load: ld, calls: ld.calls[from:to], attrs: ld.attrs[first.from : last.from+last.n], shard: s}
}

func (r *run) key() int64 { return r.calls[r.at].key }

// end empties the memory of a run that was moved.
func (r *run) end(spare *pool) {
	if !r.kept {
		clear(r.calls)
		clear(r.attrs)
	}
	r.moved += len(r.calls)
	r.shard.settle(spare)
}

// pool is memory for loads, which is used again.
type pool struct {
	mu     sync.Mutex // guards spares
	spares spares[*load]
}

// maxSpareLoads is the number of loads that are kept to be used again, and quietSpareLoads that of those which are kept
// while no call comes: the next calls need not wait for memory, which is the longest that a call waits for anything.
const (
	maxSpareLoads   = 2 * fullLoads
	quietSpareLoads = 4
)

// take returns a load with room for n attrs.
func (p *pool) take(n int) *load {
	if n <= loadAttrs {
		p.mu.Lock()
		defer p.mu.Unlock()
		if ld, ok := p.spares.take(); ok {
			return ld
		}
	}
	return newLoad(n)
}

// put keeps a load, whose calls and attrs are empty.
func (p *pool) put(ld *load) {
	if ld.kept || len(ld.attrs) > loadAttrs {
		return
	}
	ld.moved = 0
	ld.next.Store(nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spares.put(ld, maxSpareLoads)
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
