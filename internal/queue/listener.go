// Package queue takes log records from callers that must not wait and hands them to handlers that may.
//
//	callers ─▶ front ─▶ listener ─┬▶ outlet: backlog ─ goroutine ─▶ handler
//	                              └▶ outlet: backlog ─ goroutine ─▶ handler
//
// A caller copies its record into the front, under a mutex held for that copy alone, and is done. The
// listener's goroutine moves what has gathered there to the backlog of every outlet that wants it.
// Each outlet has a goroutine of its own, so that a handler that hangs, errs or panics delays nobody
// else. Backlogs are elastic: they share one budget of bytes, and when it is used up the largest gives
// way, by its policy. What is dropped is counted by reason and level and told by a record in its
// place.
//
// The listener is not woken for every record: while records come it naps, and only after some quiet
// does it park, to be woken by the next.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/record"
)

// ErrClosed is the error of what needs a listener that is open.
var ErrClosed = errors.New("listener is closed")

// DefaultBudget is the number of bytes all backlogs of a listener may take together.
const DefaultBudget = 64 << 20

// Options configure a listener.
type Options struct {
	// Budget is the number of bytes that the waiting records of all outlets may take together.
	// Defaults to DefaultBudget if zero.
	Budget int64
	// OnError is called with errors and panics of handlers, at most once every ten seconds for each
	// outlet, the error then saying how many there were. It must not be nil.
	OnError func(error)
}

// Router says which outlets a record is for. It is called by the listener's goroutine, one record at a time.
type Router interface {
	Route(r *record.Record, to func(*Outlet))
}

// Listener hands records to outlets. Its methods may be called from any goroutine.
type Listener struct {
	o      Options
	errors reporter

	front front

	// moving is held while records are moved from the front to the outlets. It guards the three below.
	moving  sync.Mutex
	moved   []slot    // what is being moved, then spare memory for the front
	touched []*Outlet // the outlets that got something
	skip    []*Outlet // the outlets the record being moved must not go to

	mu      sync.Mutex // guards changes of outlets
	outlets atomic.Pointer[[]*Outlet]

	used     atomic.Int64 // bytes that all outlets take
	blockers atomic.Int32 // outlets whose gate is closed

	started sync.Once
	stopped sync.Once
	stop    chan struct{}
	ended   chan struct{} // closed when the goroutine has ended
	wake    chan struct{} // holds a token when the listener should look now
	parked  atomic.Bool
}

// New returns a listener without outlets. It has no goroutine until the first is added.
func New(o Options) *Listener {
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	l := &Listener{o: o, stop: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.errors.hook = o.OnError
	l.outlets.Store(new([]*Outlet))
	return l
}

// Add returns a new outlet for h. The listener closes h, if it is an [io.Closer], when it closes the outlet.
func (l *Listener) Add(h record.Handler, o OutletOptions) (*Outlet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.stop:
		return nil, fmt.Errorf("add handler %s: %w", o.Name, ErrClosed)
	default:
	}
	l.started.Do(func() { go l.run() })
	out := newOutlet(l, h, o)
	list := append([]*Outlet{}, *l.outlets.Load()...)
	list = append(list, out)
	l.outlets.Store(&list)
	return out, nil
}

// Remove closes an outlet as Close closes all of them.
func (l *Listener) Remove(ctx context.Context, out *Outlet) error {
	l.move()
	err := out.shut(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []*Outlet
	for _, o := range *l.outlets.Load() {
		if o != out {
			list = append(list, o)
		}
	}
	l.outlets.Store(&list)
	return err
}

// Put takes a record, which the router's outlets will get. It returns at once, unless an outlet whose
// policy is Block has no room. The record is copied; its attrs are kept.
func (l *Listener) Put(to Router, r *record.Record) {
	var skip []*Outlet
	if l.blockers.Load() > 0 {
		c := *r // so that r need not escape to the heap where nothing blocks
		skip = l.awaitRoom(to, &c)
	}
	l.front.mu.Lock()
	s := l.front.slot()
	if s != nil {
		s.to, s.skip, s.rec = to, skip, *r
	}
	l.done(s != nil, r.Level)
}

// PutSlog takes a record as Put does, with bound and the attrs of own, which are copied, as its attrs.
func (l *Listener) PutSlog(to Router, r *record.Record, bound []slog.Attr, own *slog.Record) {
	if l.blockers.Load() > 0 {
		whole := *r
		whole.Attrs = slices.Clone(bound)
		own.Attrs(func(a slog.Attr) bool {
			whole.Attrs = append(whole.Attrs, a)
			return true
		})
		l.Put(to, &whole)
		return
	}
	l.front.mu.Lock()
	s := l.front.slot()
	if s != nil {
		s.to, s.skip, s.rec = to, nil, *r
		s.rec.Attrs = l.front.attrs(bound, own)
	}
	l.done(s != nil, r.Level)
}

// PutBatch takes records as Put does. route gives the router of each, nil for none; it is called with a
// mutex held and must be quick. PutBatch returns false, and takes none, if the listener is closed.
func (l *Listener) PutBatch(batch []record.Record, route func(r *record.Record) Router) bool {
	if l.blockers.Load() > 0 {
		return l.putEach(batch, route)
	}
	l.front.mu.Lock()
	if l.front.closed {
		l.front.mu.Unlock()
		return false
	}
	before := len(l.front.slots)
	for i := range batch {
		if to := route(&batch[i]); to != nil {
			s := l.front.slot()
			s.to, s.skip, s.rec = to, nil, batch[i]
		} else {
			l.front.unrouted(batch[i].Level)
		}
	}
	l.wakeUp(before)
	return true
}

// putEach puts records that may have to wait for room, one by one.
func (l *Listener) putEach(batch []record.Record, route func(r *record.Record) Router) bool {
	l.front.mu.Lock()
	closed := l.front.closed
	l.front.mu.Unlock()
	if closed {
		return false
	}
	for i := range batch {
		if to := route(&batch[i]); to != nil {
			l.Put(to, &batch[i])
		} else {
			l.Unrouted(batch[i].Level)
		}
	}
	return true
}

// Unrouted counts a record that no outlet wants.
func (l *Listener) Unrouted(level slog.Level) {
	l.front.mu.Lock()
	l.front.unrouted(level)
	l.front.mu.Unlock()
}

// done ends a Put: it counts the record if it was refused, unlocks the front and wakes the listener.
func (l *Listener) done(taken bool, level slog.Level) {
	if !taken {
		l.front.refused(level)
		l.front.mu.Unlock()
		l.report("closed", fmt.Errorf("a record was logged after Close: %w", ErrClosed))
		return
	}
	l.wakeUp(len(l.front.slots) - 1)
}

// wakeUp unlocks the front, which held before records until now, and sees to it that the listener looks
// there soon.
func (l *Listener) wakeUp(before int) {
	n := len(l.front.slots)
	l.front.mu.Unlock()
	switch {
	case n >= maxFront:
		// The listener does not get to run: this caller does its work.
		l.move()
	case l.parked.Load() && l.parked.CompareAndSwap(true, false), before < maxFront/4 && n >= maxFront/4:
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// awaitRoom waits where the policy of an outlet that r is for says so, and returns the outlets it waited for
// in vain: the record is dropped there. A panic of a filter is left to the listener to report.
func (l *Listener) awaitRoom(to Router, r *record.Record) (skip []*Outlet) {
	_ = contain(func() error {
		to.Route(r, func(o *Outlet) {
			if o.blocked.Load() && !o.waitForRoom() {
				o.refuse(r, Timeout)
				skip = append(skip, o)
			}
		})
		return nil
	})
	return skip
}

// share is what each outlet may surely take.
func (l *Listener) share() int64 { return l.o.Budget / int64(max(len(*l.outlets.Load()), 1)) }

func (l *Listener) report(key string, err error) { l.errors.report(key, err) }

// Flush waits until every record taken before the call is handled by the outlets it is for, and flushes the
// handlers that are a [record.Flusher]. When ctx ends first, the error says what was left, for each handler.
func (l *Listener) Flush(ctx context.Context) error {
	return l.each(func(o *Outlet) error { return o.flush(ctx) })
}

// Close takes no more records, waits until those it took are handled, and closes the handlers that are an
// [io.Closer]. When ctx ends first it returns all the same: what was left is dropped, and the
// error says how much, for each handler. Closing again is fine.
func (l *Listener) Close(ctx context.Context) error {
	l.front.mu.Lock()
	l.front.closed = true
	l.front.mu.Unlock()
	err := l.each(func(o *Outlet) error { return o.shut(ctx) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped.Do(func() { close(l.stop) })
	l.started.Do(func() { close(l.ended) })
	<-l.ended
	l.errors.flush()
	return err
}

func (l *Listener) each(f func(*Outlet) error) error {
	l.move()
	outlets := *l.outlets.Load()
	errs := make([]error, len(outlets))
	var wg sync.WaitGroup
	for i, o := range outlets {
		wg.Go(func() { errs[i] = f(o) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Stats returns the counts. Each outlet's are of one moment; the moments differ.
func (l *Listener) Stats() Stats {
	s := l.front.stats()
	s.Bytes = l.used.Load()
	for _, o := range *l.outlets.Load() {
		s.Outlets = append(s.Outlets, o.stats())
	}
	return s
}
