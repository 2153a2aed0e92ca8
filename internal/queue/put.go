package queue

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/internal/ticks"
	"github.com/jackdaw-log/jackdaw/record"
)

// Put takes a log call with its attrs, which are copied; their values must be settled. It returns at once,
// unless an outlet whose policy is Block has no room.
func (l *Listener) Put(c *Call, attrs []slog.Attr) {
	var skip *[]*Outlet
	if l.gates.blockers.Load() > 0 {
		skip = l.awaitRoomFor(c, attrs)
	}
	key := l.clock.key(&c.Time)
	token := l.keepCall(c, key, attrs)
	n := len(attrs)
	s, by := l.front.enter(n)
	if s == nil {
		l.refuse(c.Level)
		l.release(token)
		return
	}
	if pins && s.number == 0 { // see the package's documentation
		key = l.clock.now()
	}
	to, room := s.add(n)
	to.origin, to.message, to.time, to.key, to.pc, to.level = c.Origin, c.Message, c.Time, key, c.PC, c.Level
	to.lead, to.traced = c.Lead, c.Traced
	to.skip, to.token = skip, token
	copy(room, attrs)
	l.leave(s, to, n, by)
}

// PutSlog takes a slog record as a log call, as Put does, if its values are settled or trusted. Otherwise, and
// where it would have to wait, it returns false and has taken nothing.
func (l *Listener) PutSlog(o *Origin, r *slog.Record, trust bool) bool {
	n, ok := snapshot.FrontOf(r)
	_, read := l.clock.readKey(&r.Time)
	if !pins || !ok || !read || o.Kept != nil || l.gates.blockers.Load() > 0 {
		return l.putRecord(o, r, trust)
	}
	// Most records are like this: their attrs all stand in the record itself, and are seen to be settled at a glance.
	s := l.front.roomAt(pin(), n)
	if s == nil {
		unpin()
		return l.putRecord(o, r, trust)
	}
	to, room := s.add(n)
	if !snapshot.CopyFront(room, r) {
		s.drop(to)
		unpin()
		return l.putRecord(o, r, trust)
	}
	key, _ := l.clock.readKey(&r.Time)
	to.origin, to.message, to.time, to.key, to.pc, to.level = o, r.Message, r.Time, key, r.PC, r.Level
	number := s.number
	publish(s, to, n)
	unpin()
	if ticks.Known {
		l.gates.sole.Leave(number, key)
	}
	if l.gates.parked.Load() {
		l.attend(filled{})
	}
	return true
}

// putRecord is PutSlog for any record.
func (l *Listener) putRecord(o *Origin, r *slog.Record, trust bool) bool {
	front, back, ok := snapshot.AttrsOf(r)
	if !ok || l.gates.blockers.Load() > 0 {
		return false
	}
	if !trust && !(snapshot.AllSettled(front) && (len(back) == 0 || snapshot.AllSettled(back))) {
		return false
	}
	key := l.clock.key(&r.Time)
	var token flight.Token
	if o.Kept != nil {
		token = l.keepSlog(o, r, key, front, back)
	}
	n := len(front) + len(back)
	s, by := l.front.enter(n)
	if s == nil {
		l.refuse(r.Level)
		l.release(token)
		return true
	}
	if pins && s.number == 0 { // see the package's documentation
		key = l.clock.now()
	}
	to, room := s.add(n)
	to.origin, to.message, to.time, to.key, to.pc, to.level = o, r.Message, r.Time, key, r.PC, r.Level
	to.token = token
	if copy(room, front); len(back) > 0 {
		copy(room[len(front):], back)
	}
	l.leave(s, to, n, by)
	return true
}

// PutNow takes a log call that is made now, as Put does; its values must be settled. Where it would have to
// wait it returns false and has taken nothing; so it does for an origin that is kept if there is no clock for that, or if the
// values are not settled, which the caller need not have found out.
func (l *Listener) PutNow(o *Origin, level slog.Level, message string, pc uintptr, attrs []slog.Attr) bool {
	if l.gates.blockers.Load() > 0 {
		return false
	}
	if o.Kept != nil {
		return l.putKept(o, level, message, pc, attrs)
	}
	n := len(attrs)
	if !ticks.Known || l.gates.sole.Number() == 0 || n > loadAttrs {
		return l.putKeyed(o, level, message, pc, attrs, flight.Kept{})
	}
	s := l.front.roomAt(pin(), n)
	if s == nil || l.gates.sole.Number() != s.number {
		unpin()
		return l.putKeyed(o, level, message, pc, attrs, flight.Kept{})
	}
	to, room := s.add(n)
	to.origin, to.message, to.pc, to.level, to.stamp = o, message, pc, level, ticked
	if n > 0 {
		copy(room, attrs)
	}
	publishTicked(s, to, n)
	unpin()
	if l.gates.parked.Load() {
		l.attend(filled{})
	}
	return true
}

// putKept is PutNow for a call of an origin that is kept. What is alike stands in both: in one function it costs calls that are not
// kept a nanosecond more.
func (l *Listener) putKept(o *Origin, level slog.Level, message string, pc uintptr, attrs []slog.Attr) bool {
	kept, settled := l.keepNow(o, level, message, pc, attrs)
	if !settled {
		return false
	}
	n := len(attrs)
	if !kept.Ticks || n > loadAttrs {
		return l.putKeyed(o, level, message, pc, attrs, kept)
	}
	s := l.front.roomAt(pin(), n)
	if s == nil || l.gates.sole.Number() != s.number {
		unpin()
		return l.putKeyed(o, level, message, pc, attrs, kept)
	}
	to, room := s.add(n)
	to.origin, to.message, to.key, to.pc, to.level, to.stamp = o, message, kept.Key, pc, level, ticked
	to.token = kept.Token
	if n > 0 {
		copy(room, attrs)
	}
	publish(s, to, n)
	unpin()
	if l.gates.parked.Load() {
		l.attend(filled{})
	}
	return true
}

// putKeyed is PutNow for a call whose key is the clock's, with what became of it when it was kept, if it was.
func (l *Listener) putKeyed(o *Origin, level slog.Level, message string, pc uintptr, attrs []slog.Attr, kept flight.Kept) bool {
	if l.clock.coarse { // its time is no key
		l.Put(&Call{Origin: o, Time: time.Now(), Level: level, Message: message, PC: pc}, attrs)
		return true
	}
	n := len(attrs)
	s, by := l.front.enter(n)
	if s == nil {
		l.refuse(level)
		l.release(kept.Token)
		return true
	}
	key := kept.Key
	taken := ticks.Known && l.gates.sole.takeFor(s) // before the clock is read
	if taken || kept.Ticks || key == 0 || pins && s.number == 0 {
		key = int64(time.Since(l.clock.base))
	}
	to, room := s.add(n)
	to.origin, to.message, to.key, to.pc, to.level, to.stamp = o, message, key, pc, level, keyed
	to.token = kept.Token
	if n > 0 {
		copy(room, attrs)
	}
	l.leave(s, to, n, by)
	return true
}

// leave ends what a caller does in a shard: its call is complete, and the listener may have it.
func (l *Listener) leave(s *shard, c *call, n int, by filled) {
	number, key := s.number, c.key // which may be the next caller's soon, and the listener's
	publish(s, c, n)
	s.leave()
	if ticks.Known {
		l.gates.sole.Leave(number, key)
	}
	if by.loads > 0 || l.gates.parked.Load() {
		l.attend(by)
	}
}

// refuse counts a call that came after Close, and tells of it.
func (l *Listener) refuse(level slog.Level) {
	l.front.refuse(level)
	l.report("closed", fmt.Errorf("a record was logged after Close: %w", ErrClosed))
}

// Unrouted counts a call that no outlet wants.
func (l *Listener) Unrouted(level slog.Level) { l.front.unrouted(level) }

// attend sees to it that the calls of a shard that is filled so far are moved soon.
func (l *Listener) attend(by filled) {
	switch {
	case by.loads >= fullLoads:
		// The listener does not keep up: this caller does a part of its work, and waits for its turn.
		l.moving.Lock()
		l.moveCalls(helpCalls)
		l.unlock()
	case by.loads >= helpLoads && l.moving.TryLock():
		l.moveCalls(helpCalls)
		l.unlock()
	case l.gates.parked.Load() && l.gates.parked.CompareAndSwap(true, false), by.wake && !l.gates.behind.Load():
		l.nudge()
	}
}

// nudge makes the listener look now.
func (l *Listener) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// awaitRoomFor waits until the outlets that a call is for have room, and returns those whose deadline
// passed before, nil if there are none.
func (l *Listener) awaitRoomFor(c *Call, attrs []slog.Attr) *[]*Outlet {
	waiting := call{
		origin: c.Origin, message: c.Message, time: c.Time, pc: c.PC, level: c.Level, lead: c.Lead, traced: c.Traced,
	}
	var r record.Record
	waiting.record(&r, slices.Clone(attrs), nil)
	skip, _ := l.awaitRoom(context.Background(), c.Origin.To, &r)
	if skip == nil {
		return nil
	}
	return &skip
}

// awaitRoom waits where the policy of an outlet that r is for says so, and returns the outlets it
// waited for in vain: the record is to be dropped there. When ctx ends first it returns its error. A
// panic of a filter is left to the listener to report.
func (l *Listener) awaitRoom(ctx context.Context, to Router, r *record.Record) (skip []*Outlet, err error) {
	_ = delivery.Contain(func() error {
		passes := !to.Filtered()
		whole := func() *record.Record { return r }
		to.Route(r.Level, whole, func(o *Outlet) {
			if err != nil || !o.blocked.Load() {
				return
			}
			// Filters are asked for the sake of who has no room alone.
			if passes = passes || to.Passes(r); !passes {
				return
			}
			if o.o.Wants != nil && !o.o.Wants(r.Level, whole) {
				return
			}
			open, fault := o.waitForRoom(ctx)
			if err = fault; err == nil && !open {
				skip = append(skip, o)
			}
		})
		return nil
	})
	return skip, err
}

// PutBatch takes records that were made elsewhere. route gives the router of each, nil for none. The batch is
// copied; what the records share is kept. PutBatch takes all of them, or none and returns an error: [ErrClosed]
// if the listener is closed, ctx's if it ended while an outlet whose policy is Block had no room.
func (l *Listener) PutBatch(ctx context.Context, batch []record.Record, route func(r *record.Record) Router) error {
	var skips [][]*Outlet
	if l.gates.blockers.Load() > 0 {
		skips = make([][]*Outlet, len(batch))
		for i := range batch {
			to := route(&batch[i])
			if to == nil {
				continue
			}
			var err error
			if skips[i], err = l.awaitRoom(ctx, to, &batch[i]); err != nil {
				return err
			}
		}
	}
	kept := l.keepBatch(batch)
	l.moving.Lock()
	defer l.unlock()
	l.moveCalls(allCalls) // what was logged before comes before
	if l.shut {
		l.covered(kept)
		return ErrClosed
	}
	l.moveCovered(batch, skips, route, kept)
	return nil
}
