package queue

import (
	"errors"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Spill keeps records elsewhere than in memory, in order, until they are read. One goroutine appends while
// another one reads.
type Spill interface {
	// Append takes all records of the batch or none; told says that it is one that tells of others.
	Append(batch []record.Record, told bool) error
	// Next returns the next records, n at most, in memory of their own; old says that they were there before.
	// There are none where all were read. After an error it goes on behind what could not be read.
	Next(n int) (batch []record.Record, old, told bool, err error)
	// Done says that what Next returned need not be kept.
	Done()
	// Old reports whether there may be records that were there before.
	Old() bool
	Close() error
}

// LeftOutError is an error of [Spill.Next] that says which records are missing, as many by level.
type LeftOutError interface {
	error
	LeftOut() Levels
}

// overflow is what comes behind the backlog of an outlet that has a Spill, once the backlog takes half of the
// outlet's part of the budget. Then records come to a backlog of its own, and from there into the Spill, by a
// goroutine of its own, as soon as they are many; the handler gets what is in the Spill, when its own backlog is
// empty, and then what is in the second one. When all is empty, records come to the first again.
//
// The outlet's mutex guards it, but for the methods of the Spill.
type overflow struct {
	spill Spill // nil if there is none
	on    bool  // records come here
	log   backlog

	unread  int    // records that are in the Spill, save old ones; less than none for those read at once
	old     bool   // there may be old ones
	appends int    // how often something was put there
	empty   int    // what appends was when the Spill was empty last
	first   uint64 // a number that is not higher than any in the Spill

	// The batch on its way into the Spill.
	writing      int
	writingBytes int64
	writingFirst uint64
	telling      gap
	held         *batch // it could not be written: the handler gets it, if there is nothing before it

	wake chan struct{} // holds a token when there may be something to do
	stop chan struct{}
	done chan struct{} // closed when the goroutine has ended
}

// spillRetry is when a batch that could not be written is tried again.
const spillRetry = time.Second

func (v *overflow) init(s Spill) {
	*v = overflow{
		spill: s, old: s.Old(), first: never, writingFirst: never,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	v.on = v.old   // what comes now comes behind what is there,
	v.log.next = 1 // as its numbers say
}

// signal makes the goroutine look.
func (v *overflow) signal() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// entry returns the backlog to which records come. mu is held.
func (o *Outlet) entry() *backlog {
	if o.over.on {
		return &o.over.log
	}
	return &o.log
}

// spillOver sees to it that records go into the Spill, if the time has come.
func (o *Outlet) spillOver() {
	v := &o.over
	if v.spill == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !v.on && !o.closing && o.log.bytes+o.flyingBytes >= o.l.share()/2 {
		v.on = true
		v.log.next = o.log.next
	}
	if o.spillsNow() {
		v.signal()
	}
}

// spillsNow reports whether the second backlog is to be written. mu is held.
func (o *Outlet) spillsNow() bool {
	v := &o.over
	return v.on && v.log.count > 0 && (v.log.bytes >= o.l.share()/8 || v.unread > 0 && v.log.bytes >= maxBatchBytes)
}

// runSpill writes what comes too much into the Spill.
func (o *Outlet) runSpill() {
	v := &o.over
	defer close(v.done)
	b := new(batch)
	for o.takeOver(b) {
		b.fill(&o.l.places)
		b = o.write(b)
	}
}

// takeOver waits for records to write and lends some of them to the batch. It returns false at the end.
func (o *Outlet) takeOver(b *batch) bool {
	v := &o.over
	for {
		o.mu.Lock()
		if o.spillsNow() {
			_, first, _ := v.log.first()
			if v.log.gap.before(first) {
				v.writingFirst, v.telling = v.log.gap.first, v.log.gap
				b.tell(v.log.gap.record())
			} else {
				b.parts, v.writing, v.writingBytes, v.writingFirst = v.log.lend(b.parts[:0], maxBatch)
			}
			o.mu.Unlock()
			return true
		}
		o.mu.Unlock()
		select {
		case <-v.wake:
		case <-v.stop:
			return false
		}
	}
}

// write writes the batch, and returns the one to use next. As long as it cannot be written, the handler may
// take it instead.
func (o *Outlet) write(b *batch) *batch {
	v := &o.over
	for {
		err := v.spill.Append(b.records, b.told)
		if err == nil {
			o.written(b)
			return b
		}
		o.l.report(o.o.Name, err)
		b.ready = true
		o.mu.Lock()
		v.held = b
		o.mu.Unlock()
		o.signal()
		again := time.NewTimer(spillRetry)
		select {
		case <-again.C:
		case <-v.wake:
		case <-v.stop:
		}
		again.Stop()
		o.mu.Lock()
		taken := v.held == nil
		v.held = nil
		stopped := o.ended
		o.mu.Unlock()
		if taken {
			return new(batch)
		}
		if stopped {
			return o.giveUp(b)
		}
		b.ready = false
	}
}

// written ends the way of a batch into the Spill.
func (o *Outlet) written(b *batch) {
	v := &o.over
	b.clear()
	o.mu.Lock()
	defer o.mu.Unlock()
	if v.first == never {
		v.first = v.writingFirst
	}
	v.unread += v.writing
	v.appends++
	o.landOver(b)
	o.signal()
}

// landOver gives the memory of a batch that was to be written back, which was cleared. mu is held.
func (o *Outlet) landOver(b *batch) {
	v := &o.over
	v.log.giveBack(b.parts)
	o.l.used.Add(-v.writingBytes)
	v.writing, v.writingBytes, v.writingFirst = 0, 0, never
	o.release()
}

// giveUp drops a batch that could not be written before the end.
func (o *Outlet) giveUp(b *batch) *batch {
	o.mu.Lock()
	if !b.told {
		for i := range b.records {
			o.counts.Dropped[Closed][Band(b.records[i].Level)]++
		}
	}
	o.mu.Unlock()
	b.clear()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.landOver(b)
	return b
}

// lowest returns a number that is not higher than any of what is here.
func (v *overflow) lowest() uint64 {
	_, lowest, _ := v.log.first()
	if v.log.gap.due() {
		lowest = min(lowest, v.log.gap.first)
	}
	if lowest = min(lowest, v.writingFirst); v.unread > 0 {
		lowest = min(lowest, v.first)
	}
	if v.old {
		lowest = 0
	}
	return lowest
}

// takeFurther lends what comes behind the backlog, which is empty, to the batch. more says that it has to be
// looked for in the Spill. mu is held.
func (o *Outlet) takeFurther(b *batch) (ok, more bool) {
	v := &o.over
	switch {
	case !v.on:
		return false, false
	case v.old || v.appends != v.empty:
		return false, true
	case v.held != nil:
		*b, *v.held = *v.held, *b
		v.held = nil
		o.flying, o.flyingBytes, o.flyingFirst, o.telling = v.writing, v.writingBytes, v.writingFirst, v.telling
		o.flyingEnd = v.log.end()
		v.writing, v.writingBytes, v.writingFirst = 0, 0, never
		v.signal()
		return true, false
	case v.writing > 0 || v.writingFirst != never:
		return false, false // what is being written comes first
	case v.log.count > 0 || v.log.gap.due():
		_, first, _ := v.log.first()
		if v.log.gap.before(first) {
			o.flyingFirst, o.telling = v.log.gap.first, v.log.gap
			b.tell(v.log.gap.record())
		} else {
			b.parts, o.flying, o.flyingBytes, o.flyingFirst = v.log.lend(b.parts[:0], maxBatch)
			o.flyingEnd = v.log.end()
		}
		return true, false
	}
	v.on = false
	o.log.next = v.log.next
	if v.log.gap.total > 0 { // and mute
		o.log.gap.restore(&v.log.gap)
		v.log.gap = gap{}
	}
	return false, false
}

// readBack reads what is in the Spill, and reports whether that was anything.
func (o *Outlet) readBack(b *batch) bool {
	v := &o.over
	o.mu.Lock()
	appends, there := v.appends, v.unread
	o.mu.Unlock()
	records, old, told, err := v.spill.Next(maxBatch)
	if err != nil {
		o.missing(err)
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(records) == 0 {
		v.old, v.empty = false, appends
		if there > 0 { // they were taken away
			o.unreadable(Levels{1: uint64(there)})
		}
		if v.appends == appends {
			v.first = never
		}
		o.release()
		return false
	}
	v.old = v.old && old
	b.records, b.parts, b.told, b.ready, b.read = records, b.parts[:0], told, true, true
	o.flyingFirst, o.flyingSafe, o.telling = v.first, true, gap{}
	if v.first == never {
		o.flyingFirst = 0
	}
	if told {
		return true
	}
	if o.flying = len(records); old {
		o.counts.Accepted += uint64(len(records))
	} else {
		v.unread -= len(records)
	}
	return true
}

// missing counts what could not be read, as far as somebody knows, and tells of it.
func (o *Outlet) missing(err error) {
	if left, ok := errors.AsType[LeftOutError](err); ok {
		o.mu.Lock()
		o.unreadable(left.LeftOut())
		o.mu.Unlock()
	}
	o.l.report(o.o.Name, err)
}

// unreadable counts records that were in the Spill. mu is held.
func (o *Outlet) unreadable(left Levels) {
	for band, n := range left {
		o.counts.Dropped[Unreadable][band] += n
		o.over.unread -= int(n)
		for range n {
			o.log.gap.note(min(o.over.first, o.log.next), band, Unreadable)
		}
	}
}
