package queue

import (
	"cmp"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The listener naps this long while calls come, and parks after so many naps without one.
const (
	nap       = 500 * time.Microsecond
	quietNaps = 20
)

func (l *Listener) run() {
	defer close(l.ended)
	timer := time.NewTimer(nap)
	defer timer.Stop()
	for quiet := 0; ; {
		if l.move() > 0 {
			quiet = 0
		} else {
			quiet++
		}
		if quiet < quietNaps {
			timer.Reset(nap)
			select {
			case <-timer.C:
			case <-l.wake:
			case <-l.stop:
				return
			}
			continue
		}
		// Who puts a call after this line wakes us; what came before it is seen here.
		l.parked.Store(true)
		if l.move() == 0 {
			select {
			case <-l.wake:
			case <-l.stop:
				return
			}
		}
		l.parked.Store(false)
		quiet = 0
	}
}

// mover is what the listener needs while it moves calls and records to the outlets.
type mover struct {
	taken   []load      // from each shard, then spare memory for it
	runs    [][]Call    // of taken and held, each in the order of its keys, as far as not moved
	held    []Call      // for the next time
	slab    []slog.Attr // memory for the attrs of records; what is before its length is theirs
	places  places
	touched []*Outlet // the outlets that got something

	// What is being routed.
	rec    record.Record
	skip   []*Outlet
	wanted bool
	to     func(*Outlet) // Listener.offer, made once

	panicked error // the last panic of a filter, not reported yet

	moved  uint64 // calls that were moved
	nobody uint64 // calls and records that were moved and no outlet wanted
	batch  Counts // of records that came by PutBatch; none ever waits here
	shut   bool   // Close was called
}

// move moves what is in the front to the outlets and returns how many calls there were.
func (l *Listener) move() int {
	l.moving.Lock()
	return l.unlock(l.moveCalls())
}

// unlock unlocks moving and returns n. The program's hook is called only then: it may block, or log.
func (l *Listener) unlock(n int) int {
	err := l.panicked
	l.panicked = nil
	l.moving.Unlock()
	if err != nil {
		l.errors.reportAside("filter", err)
	}
	return n
}

// moveCalls is move. moving is held.
func (l *Listener) moveCalls() (n int) {
	cut := int64(time.Since(l.front.base))
	l.takeOut()
	if l.shut {
		cut = math.MaxInt64 // nothing comes any more
	}
	for len(l.runs) > 0 {
		first := 0
		for i := 1; i < len(l.runs); i++ {
			if l.runs[i][0].key < l.runs[first][0].key {
				first = i
			}
		}
		run := l.runs[first]
		if run[0].key > cut {
			break
		}
		// As long as no other run comes before it, this one goes on.
		until := cut
		for i := range l.runs {
			if i != first {
				until = min(until, l.runs[i][0].key)
			}
		}
		for len(run) > 0 && run[0].key <= until {
			l.moveCall(&run[0])
			run = run[1:]
			n++
		}
		if l.runs[first] = run; len(run) == 0 {
			l.runs = slices.Delete(l.runs, first, first+1)
		}
	}
	l.hold()
	l.moved += uint64(n)
	l.pass()
	return n
}

// takeOut empties the shards into taken and makes runs of it and held.
func (l *Listener) takeOut() {
	l.runs = l.runs[:0]
	if len(l.held) > 0 {
		l.runs = append(l.runs, l.held)
	}
	for i := range l.front.shards {
		s, t := &l.front.shards[i], &l.taken[i]
		s.mu.Lock()
		if len(s.load.calls) > 0 {
			if t.calls == nil {
				*t = newLoad()
			}
			s.load, *t = *t, s.load
		}
		s.mu.Unlock()
	}
	now := int64(time.Since(l.front.base))
	for i := range l.taken {
		calls := l.taken[i].calls
		if len(calls) == 0 {
			continue
		}
		for i := range calls {
			// A later time than now is one of the program's own making.
			calls[i].key = min(calls[i].key, now)
		}
		if !slices.IsSortedFunc(calls, byKey) {
			slices.SortStableFunc(calls, byKey)
		}
		l.runs = append(l.runs, calls)
	}
}

func byKey(a, b Call) int { return cmp.Compare(a.key, b.key) }

// hold keeps what is left of runs for the next time, and clears taken for use again.
func (l *Listener) hold() {
	var held []Call
	for _, run := range l.runs {
		for _, c := range run {
			c.attrs = slices.Clone(c.attrs) // their memory is used again
			held = append(held, c)
		}
	}
	slices.SortStableFunc(held, byKey)
	l.held = held
	clear(l.runs)
	for i := range l.taken {
		l.taken[i].reset()
	}
}

// moveCall makes a record of a call and routes it.
func (l *Listener) moveCall(c *Call) {
	l.slab = c.record(&l.rec, l.slab)
	l.rec.Source = l.places.of(c.PC)
	l.skip = c.skip
	l.route(c.Origin.To)
}

// slabAttrs is the number of attrs that are made at once.
const slabAttrs = 512

// record makes r the record of the call. Its attrs are made in slab, which is returned for the next
// call.
func (c *Call) record(r *record.Record, slab []slog.Attr) []slog.Attr {
	*r = record.Record{Time: c.Time, Level: c.Level, Logger: c.Origin.Logger, Message: c.Message, PC: c.PC}
	scope := c.Origin.Scope
	lead, own := c.attrs[:c.Lead], c.attrs[c.Lead:]
	if c.Traced {
		r.Trace, lead = cutTrace(lead)
	}
	n := scope.Bound() + len(lead) + len(own)
	if n == 0 {
		return slab
	}
	if cap(slab)-len(slab) < n+len(own) {
		slab = make([]slog.Attr, 0, max(slabAttrs, n+len(own)))
	}
	from := len(slab)
	if scope.Grouped() { // the group keeps what it is given
		slab = append(slab, own...)
		own, from = slab[from:len(slab):len(slab)], len(slab)
	}
	slab = scope.AppendAttrs(append(slab, lead...), own)
	r.Attrs = slab[from:len(slab):len(slab)]
	return slab
}

// moveBatch routes records that were made elsewhere. moving is held.
func (l *Listener) moveBatch(batch []record.Record, skips [][]*Outlet, route func(r *record.Record) Router) {
	for i := range batch {
		to := route(&batch[i])
		if to == nil {
			l.nobody++
			continue
		}
		if l.skip = nil; skips != nil {
			l.skip = skips[i]
		}
		l.rec = batch[i]
		l.route(to)
	}
	l.batch.Accepted += uint64(len(batch))
	l.batch.Handled += uint64(len(batch))
	l.pass()
}

// route offers rec to the outlets that want it.
func (l *Listener) route(to Router) {
	l.wanted = false
	defer l.survive()
	to.Route(&l.rec, l.to)
	if !l.wanted {
		l.nobody++
	}
}

// survive notes the panic of a filter. The record does not go to the outlets that were not asked yet.
func (l *Listener) survive() {
	if p := recover(); p != nil {
		l.panicked = fmt.Errorf("a filter did not decide: %w", &record.PanicError{Value: p})
	}
}

// offer puts rec into the outlet's backlog.
func (l *Listener) offer(o *Outlet) {
	l.wanted = true
	if slices.Contains(l.skip, o) {
		o.refuse(&l.rec, Timeout)
		return
	}
	bytes := sizeOf(&l.rec)
	if bytes > l.o.Budget {
		o.refuse(&l.rec, Full)
		return
	}
	if !o.push(&l.rec, bytes) {
		return
	}
	if !o.touched {
		o.touched = true
		l.touched = append(l.touched, o)
	}
	if l.used.Add(bytes) > l.o.Budget {
		l.shrink()
	}
}

// pass wakes the outlets that got something.
func (l *Listener) pass() {
	l.rec = record.Record{}
	for i, o := range l.touched {
		o.touched = false
		o.block()
		o.signal()
		l.touched[i] = nil
	}
	l.touched = l.touched[:0]
}

// shrink drops records at the outlet that holds the most, until the budget is kept again.
func (l *Listener) shrink() {
	for l.used.Load() > l.o.Budget {
		var largest *Outlet
		most := int64(0)
		for _, o := range *l.outlets.Load() {
			if n := o.holds(); n > most && o.o.Policy != Block {
				largest, most = o, n
			}
		}
		if largest == nil {
			return
		}
		freed := largest.trim()
		if freed == 0 {
			return
		}
		l.used.Add(-freed)
	}
}

// frontStats returns the counts of the front.
func (l *Listener) frontStats() Stats {
	l.moving.Lock()
	defer l.moving.Unlock()
	s := Stats{Counts: l.batch, Unrouted: l.nobody}
	s.Handled += l.moved
	for i := range l.front.shards {
		sh := &l.front.shards[i]
		sh.mu.Lock()
		s.Accepted += sh.counts.Accepted
		s.Handled += sh.counts.Handled
		for reason := range sh.counts.Dropped {
			for at, n := range sh.counts.Dropped[reason] {
				s.Dropped[reason][at] += n
			}
		}
		s.Unrouted += sh.nobody
		s.Waiting += uint64(len(sh.load.calls))
		sh.mu.Unlock()
	}
	s.Waiting += uint64(len(l.held))
	return s
}
