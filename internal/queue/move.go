package queue

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/ticks"
	"github.com/jackdaw-log/jackdaw/record"
)

// The listener naps this long while calls come, shorter when many did, and parks after a time without any. On an
// idle machine a nap takes a millisecond, which is what Go's runtime sleeps at least.
const (
	nap       = 500 * time.Microsecond
	shortNap  = 100 * time.Microsecond
	manyCalls = 2 * loadCalls
	parkAfter = 10 * time.Millisecond
	// lookAgain is when the listener looks again after it has said that it parks, if what callers store can be
	// late: some hundred nanoseconds, that is.
	lookAgain = time.Millisecond
)

// The listener moves so many calls at a time before somebody else may; those that wait for all want them all.
const (
	turnCalls = 8 * loadCalls
	allCalls  = math.MaxInt
)

func (l *Listener) run() {
	defer close(l.ended)
	timer := time.NewTimer(nap)
	defer timer.Stop()
	for last := time.Now(); ; {
		n, held := l.move(turnCalls)
		now := time.Now()
		if n > 0 {
			last = now
		}
		switch {
		case held:
			// What was held has its turn now.
		case now.Sub(last) < parkAfter:
			if n < manyCalls {
				timer.Reset(nap)
			} else {
				timer.Reset(shortNap)
			}
			select {
			case <-timer.C:
			case <-l.wake:
			case <-l.stop:
				return
			}
		case !l.park(timer):
			return
		default:
			last = time.Now()
		}
	}
}

// park waits until there are calls. It returns false when the listener is stopped.
func (l *Listener) park(timer *time.Timer) bool {
	// Who puts a call after this line wakes us; what came before it is seen here,
	l.gates.parked.Store(true)
	defer l.gates.parked.Store(false)
	if n, held := l.move(turnCalls); n > 0 || held {
		return true
	}
	var again <-chan time.Time
	if storesLate { // or a moment later.
		timer.Reset(lookAgain)
		again = timer.C
	}
	l.shed()
	for {
		select {
		case <-again:
			if n, held := l.move(turnCalls); n > 0 || held {
				return true
			}
			again = nil
		case <-l.wake:
			return true
		case <-l.stop:
			return false
		}
	}
}

// shed lets go of memory that a time of many calls has left behind.
func (l *Listener) shed() {
	l.front.spare.shed(quietSpareLoads)
	for _, o := range *l.outlets.Load() {
		o.shed()
	}
}

// mover is what the listener needs while it moves calls and records to the outlets.
type mover struct {
	runs []run // what was taken from the shards and not moved yet

	block   block
	touched []*Outlet             // those that a record of the block is for
	offerTo func(*Outlet)         // Listener.offer, made once
	look    func() *record.Record // Listener.record, made once
	fault   error                 // of a filter, not reported yet

	inquiry *inquiry    // nil if there is none
	hung    []*inquiry  // those that were abandoned
	turn    *time.Timer // of waiting for the inquiry

	covering *cover // of the batch that is moved, nil if there is none

	scale scale

	moved   uint64 // calls that were moved
	nobody  uint64 // calls and records that were moved and no outlet wanted
	unasked Levels // those that were moved to nowhere, since the filters of their logger do not return
	batch   Counts // of records that came by PutBatch; none ever waits here
	shut    bool   // Close was called
}

// move moves what is in the front to the outlets, but no more calls than limit. It returns how many there were,
// and whether some are held for the next time.
func (l *Listener) move(limit int) (n int, held bool) {
	l.moving.Lock()
	n, held = l.moveCalls(limit)
	l.unlock()
	return n, held
}

// unlock unlocks moving. The program's hook is called only then: it may block, or log.
func (l *Listener) unlock() {
	err := l.fault
	l.fault = nil
	l.moving.Unlock()
	if err != nil {
		l.errors.reportAside("filter", err)
	}
}

// moveCalls is move. moving is held.
func (l *Listener) moveCalls(limit int) (n int, held bool) {
	now := time.Now()
	cut := l.clock.at(now)
	l.block.now, l.block.key = now, cut
	l.takeOut()
	if l.shut {
		cut = math.MaxInt64 // nothing comes any more
	}
	for len(l.runs) > 0 && n < limit {
		first, until := l.first(cut)
		r := &l.runs[first]
		from := r.at
		for r.at < len(r.calls) && r.key() <= until {
			if l.block.n == len(l.block.items) {
				l.pass()
			}
			l.block.add(r)
			r.at++
		}
		if n += r.at - from; r.at == from {
			break
		}
		if r.at == len(r.calls) {
			l.pass() // it refers to the calls
			r.end(&l.front.spare)
			l.runs = slices.Delete(l.runs, first, first+1)
		}
	}
	l.pass()
	l.moved += uint64(n)
	return n, len(l.runs) > 0
}

// first returns the run whose turn it is, and up to which key it goes on: as long as no other run comes
// before it, and the calls are not to be held.
func (l *Listener) first(cut int64) (first int, until int64) {
	for i := 1; i < len(l.runs); i++ {
		if l.runs[i].key() < l.runs[first].key() {
			first = i
		}
	}
	until = cut
	for i := range l.runs {
		switch key := l.runs[i].key(); {
		case i < first:
			until = min(until, key-1) // of equal keys those in the earlier run come first
		case i > first:
			until = min(until, key)
		}
	}
	return first, until
}

// takeOut makes runs of what was left in the shards.
func (l *Listener) takeOut() {
	from := len(l.runs)
	l.front.looks.Add(1) // nothing is read before the clock was
	if ticks.Known {
		// What may have caused a call with ticks in the sole shard was left before that, and is seen afterwards.
		l.front.allFrom(l.gates.sole.Number(), (*shard).see)
	}
	l.scale.look(&l.clock)
	l.front.all(func(s *shard) { l.runs = s.takeOut(l.runs) })
	last := l.clock.now()
	if ticks.Known && len(l.runs) > from {
		l.gates.sole.see(several(l.runs[from:]))
	}
	l.front.spare.age(time.Duration(last))
	for i := from; i < len(l.runs); i++ {
		l.order(&l.runs[i], last)
	}
}

// several reports whether runs are of more than one shard.
func several(runs []run) bool {
	return slices.ContainsFunc(runs, func(r run) bool { return r.shard != runs[0].shard })
}

// order gives the calls of a run, which were taken out before the clock showed last, the keys by which they are moved.
func (l *Listener) order(r *run, last int64) {
	high, before, sorted := r.shard.high, int64(math.MinInt64), true
	for i := range r.calls {
		c := &r.calls[i]
		switch {
		case c.stamp == ticked:
			at := l.scale.key(c.key)
			c.time, c.stamp = l.block.now.Add(time.Duration(at-l.block.key)), timed
			c.key = high
		case c.stamp == timed && c.key > last:
			// A later time than now is one of the program's own making. A key that the queue has read itself may be later by
			// as much as processors' clocks differ, and what comes after it must not come before.
			c.key = last
		default:
			high = max(high, c.key)
		}
		sorted = sorted && before <= c.key
		before = c.key
	}
	r.shard.high = high
	if !sorted {
		slices.SortStableFunc(r.calls, byKey)
	}
}

func byKey(a, b call) int { return cmp.Compare(a.key, b.key) }

// moveBatch routes records that were made elsewhere. moving is held.
func (l *Listener) moveBatch(batch []record.Record, skips [][]*Outlet, route func(r *record.Record) Router) {
	for i := range batch {
		to := route(&batch[i])
		if to == nil {
			l.nobody++
			continue
		}
		if l.block.n == len(l.block.items) {
			l.pass()
		}
		var skip []*Outlet
		if skips != nil {
			skip = skips[i]
		}
		l.block.addRecord(&batch[i], to, skip)
	}
	l.pass()
	clear(l.block.items[:min(len(batch), len(l.block.items))]) // they refer to the batch
	l.batch.Accepted += uint64(len(batch))
	l.batch.Handled += uint64(len(batch))
}

// frontStats returns the counts of the front.
func (l *Listener) frontStats() Stats {
	l.moving.Lock()
	defer l.moving.Unlock()
	calls := l.front.accepted()
	l.front.mu.Lock()
	nobody, dropped := l.front.nobody, l.front.dropped
	l.front.mu.Unlock()
	s := Stats{Counts: l.batch, Unrouted: l.nobody + nobody}
	s.Accepted += calls + nobody + dropped.Total()
	s.Handled += l.moved + nobody
	s.Waiting += calls - l.moved
	s.Dropped[Closed].Add(dropped)
	s.Handled -= l.unasked.Total()
	s.Dropped[Hung] = l.unasked
	return s
}
