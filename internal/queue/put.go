package queue

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// Put takes a log call with its attrs, which are copied; their values must be settled. It returns at once,
// unless an outlet whose policy is Block has no room.
func (l *Listener) Put(c *Call, attrs []slog.Attr) {
	var skip []*Outlet
	if l.gates.blockers.Load() > 0 {
		skip = l.awaitRoomFor(c, attrs)
	}
	key := l.clock.key(c.Time)
	s := l.front.lock()
	to := s.add(c.Level, len(attrs))
	if to != nil {
		to.origin, to.message, to.time, to.key, to.pc = c.Origin, c.Message, c.Time, key, c.PC
		to.lead, to.traced = c.Lead, c.Traced
		if skip != nil {
			s.skips = append(s.skips, skip)
			to.skip = int32(len(s.skips))
		}
		copy(s.last(to), attrs)
	}
	l.done(s, to != nil)
}

// PutSlog takes a slog record as a log call, as Put does, if its values are settled or trusted. Otherwise, and
// where it would have to wait, it returns false and has taken nothing.
func (l *Listener) PutSlog(o *Origin, r *slog.Record, trust bool) bool {
	front, back, ok := snapshot.AttrsOf(r)
	if !ok || l.gates.blockers.Load() > 0 || !trust && !(snapshot.AllSettled(front) && snapshot.AllSettled(back)) {
		return false
	}
	key := l.clock.key(r.Time)
	s := l.front.lock()
	to := s.add(r.Level, len(front)+len(back))
	if to != nil {
		to.origin, to.message, to.time, to.key, to.pc = o, r.Message, r.Time, key, r.PC
		attrs := s.last(to)
		copy(attrs[copy(attrs, front):], back)
	}
	l.done(s, to != nil)
	return true
}

// PutNow takes a log call that is made now, as Put does, if its values are settled or trusted. Otherwise, and
// where it would have to wait, it returns false and has taken nothing.
func (l *Listener) PutNow(o *Origin, level slog.Level, message string, pc uintptr, attrs []slog.Attr, trust bool) bool {
	if l.clock.coarse || l.gates.blockers.Load() > 0 || !trust && !snapshot.AllSettled(attrs) {
		return false
	}
	key := int64(time.Since(l.clock.base))
	s := l.front.lock()
	to := s.add(level, len(attrs))
	if to != nil {
		to.origin, to.message, to.key, to.pc, to.now = o, message, key, pc, true
		copy(s.last(to), attrs)
	}
	l.done(s, to != nil)
	return true
}

// Unrouted counts a call that no outlet wants.
func (l *Listener) Unrouted(level slog.Level) {
	s := l.front.lock()
	s.unrouted(level)
	s.mu.Unlock()
}

// done ends a Put: it unlocks the shard, and sees to it that the listener looks there soon.
func (l *Listener) done(s *shard, taken bool) {
	n := s.waiting()
	s.mu.Unlock()
	if taken && n < wakeShard && !l.gates.parked.Load() {
		return
	}
	l.attend(n, taken)
}

// attend sees to it that the calls of a shard that has n are moved soon.
func (l *Listener) attend(n int, taken bool) {
	switch {
	case !taken:
		l.report("closed", fmt.Errorf("a record was logged after Close: %w", ErrClosed))
	case n >= fullShard:
		// The listener does not keep up: this caller does its work, and waits for its turn.
		l.move()
	case n >= helpShard && l.moving.TryLock():
		l.moveCalls()
		l.unlock()
	case l.gates.parked.Load() && l.gates.parked.CompareAndSwap(true, false), n == wakeShard:
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
// passed before.
func (l *Listener) awaitRoomFor(c *Call, attrs []slog.Attr) []*Outlet {
	waiting := call{
		origin: c.Origin, message: c.Message, time: c.Time, pc: c.PC, level: c.Level, lead: c.Lead, traced: c.Traced,
	}
	var r record.Record
	waiting.record(&r, slices.Clone(attrs), nil)
	skip, _ := l.awaitRoom(context.Background(), c.Origin.To, &r)
	return skip
}

// awaitRoom waits where the policy of an outlet that r is for says so, and returns the outlets it
// waited for in vain: the record is to be dropped there. When ctx ends first it returns its error. A
// panic of a filter is left to the listener to report.
func (l *Listener) awaitRoom(ctx context.Context, to Router, r *record.Record) (skip []*Outlet, err error) {
	_ = delivery.Contain(func() error {
		to.Route(r.Level, func() *record.Record { return r }, func(o *Outlet) {
			if err != nil || !o.blocked.Load() {
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
	l.moving.Lock()
	l.moveCalls() // what was logged before comes before
	if l.shut {
		l.unlock()
		return ErrClosed
	}
	l.moveBatch(batch, skips, route)
	l.unlock()
	return nil
}
