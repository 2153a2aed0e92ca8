// Package queue takes log records from callers that must not wait and hands them to handlers that may.
//
//	callers ─▶ front ─▶ listener ─┬▶ outlet: backlog ─ goroutine ─▶ handler
//	                              └▶ outlet: backlog ─ goroutine ─▶ handler
//
// A caller copies its call into a shard of the front, where it is alone for that copy, and is
// done. The listener's goroutine takes the calls in their order, asks for each which outlets want it, and
// copies it into their backlogs. An outlet has a goroutine of its own, which makes the records, so that a
// handler that hangs, errs or panics delays nobody else. Backlogs are elastic: they share one budget of bytes,
// and when it is used up the largest gives way, by its policy. What is dropped is counted by reason and
// level and told by a record in its place.
//
// All memory is used again: that of calls and attrs in the front when they were moved, that of a backlog when
// the handler has returned. Attrs are copied from the one to the other, with those of their groups.
//
// The listener is not woken for every call: while calls come it naps, and only after some quiet does
// it park, to be woken by the next.
//
// # Order
//
// Each call has a key, the monotonic time it was stamped with before it came to the front. The
// listener notes the time, then empties one shard after another, and moves the calls in the order of
// their keys, but only those with keys up to the time it noted. A call with a later key is held for
// the next time: one that happened before it may have gone to a shard that was emptied already. So
// whatever happened before a call was logged comes before it, across goroutines too; calls that
// no order connects come by time. Where the clock may stand between two readings, keys are counted.
// Records of Listener.PutBatch come after all calls that were complete before it.
//
// # Shards of processors
//
// Each processor has a shard, in which the goroutine that runs on it is alone while it cannot be interrupted: it needs
// no lock, and on some processors its store that makes a call readable does not wait for those before it (pin.go,
// store_amd64.go). Stores are then seen in their order still, so that a call is seen before anything that was
// caused by it, but a load may be ahead of them, and so may the clock. There are four places where that matters:
//
//   - A caller that leaves a call in its processor's shard and the next in a shared one may read the clock for the
//     second before the first is seen. So the time of a call in a shared shard is read there: taking the mutex waits
//     for the stores.
//   - The listener must not look into shards before it has read the clock. So it writes in between, in a way that
//     waits for both.
//   - A caller that has left a call may see that the listener is not parked while the listener, which parks,
//     does not see the call. So the listener looks again, a millisecond later, before it sleeps for long.
//   - A caller may see that the front is open while it is closed. So who closes it waits until all have left
//     their shards, by stopping the world.
//
// # The sole shard
//
// As long as calls are left in one processor's shard alone, their places in it are their order. So a direct call in the sole
// shard has the key of the one before it, and what tells its time is not the clock but the processor's ticks, which are
// read in less than half the time (sole.go, scale.go, package ticks). The processor may read them before it has seen what the call was caused
// by, so they tell the time that the record shows, to some ten nanoseconds, and nothing else.
//
// A caller makes its processor's shard the sole one and then reads the clock for its own call. Who leaves a call in
// another shard looks, after its clock was read and its call was left, whether there is a sole one, and ends
// that. So for a call with ticks:
//
//   - What was left elsewhere before, and may have caused it, has a lower key. Whoever left that found no sole shard, or
//     ended it: so its clock was read before that of the call which made the shard the sole one, or made it so again.
//   - What is left elsewhere later, and may be caused by it, has a higher key: the keys in the sole shard were all read
//     before.
//   - A look of the listener could not hold it for being too late, as its key is an earlier one. So the listener notes
//     how far the shards are filled before it takes calls out of any, that of the sole one first, and leaves those with
//     ticks that came after that for the next time. What may have caused the others can be seen then: that of calls in the
//     sole shard was left before they were, and so before any other shard was looked at. That of calls in a shard
//     which was the sole one before was left while it still was, and so before the look. And where a shard is made the
//     sole one only during the look, the keys are later than it.
//
// A goroutine that goes from one processor to another, or from one thread to another, takes locks on the way, which
// wait for its stores, as all that belongs to processors in Go's runtime has it.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
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

// Router says which outlets a record is for.
type Router interface {
	// Filtered reports whether Passes has to be asked first, and Passes whether the record is for anybody at
	// all: it is the program's, as OutletOptions.Wants is.
	Filtered() bool
	Passes(r *record.Record) bool
	// Route calls to with each outlet that is for records of that level, once. Those that want some of them are
	// asked themselves. r returns the record, which costs something, and which is Route's until it returns.
	Route(level slog.Level, r func() *record.Record, to func(*Outlet))
}

// Listener hands records to outlets. Its methods may be called from any goroutine.
type Listener struct {
	o      Options
	errors reporter

	clock clock
	front front
	gates gates

	// moving is held while calls and records are moved to the outlets. It guards the mover.
	moving sync.Mutex
	mover

	gone gone

	mu      sync.Mutex // guards closing, and changes of outlets
	closing bool       // no outlet comes any more
	outlets atomic.Pointer[[]*Outlet]
	places  places
	covers  sync.Pool // of *cover

	used atomic.Int64 // bytes that all outlets take

	started sync.Once
	stopped sync.Once
	stop    chan struct{}
	ended   chan struct{} // closed when the goroutine has ended
	wake    chan struct{} // holds a token when the listener should look now
}

// gates are what every call looks at, and what seldom changes.
type gates struct {
	_        [64]byte
	blockers atomic.Int32                    // outlets whose gate is closed
	parked   atomic.Bool                     // the listener has to be woken
	behind   atomic.Bool                     // a handler is, so that it is of no use to wake the listener from a nap
	recorder atomic.Pointer[flight.Recorder] // nil if nothing is kept
	sole     sole
	_        [64]byte
}

// New returns a listener without outlets. It has no goroutine until the first is added.
func New(o Options) *Listener {
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	l := &Listener{o: o, stop: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.errors.hook = o.OnError
	l.clock.start()
	l.scale.look(&l.clock)
	l.front.init()
	l.offerTo, l.look = l.offer, l.record
	l.outlets.Store(new([]*Outlet))
	return l
}

// Add returns a new outlet for h. The listener closes h, if it is an [io.Closer], when it closes the outlet.
func (l *Listener) Add(h record.Handler, o OutletOptions) (*Outlet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return nil, fmt.Errorf("add handler %s: %w", o.Name, ErrClosed)
	}
	l.started.Do(func() { go l.run() })
	out := newOutlet(l, h, o)
	list := append([]*Outlet{}, *l.outlets.Load()...)
	list = append(list, out)
	l.outlets.Store(&list)
	return out, nil
}

// FlushOne is Flush for one outlet alone.
func (l *Listener) FlushOne(ctx context.Context, out *Outlet) error {
	stuck := l.bring(ctx, func() { l.move(allCalls) })
	return errors.Join(out.flush(ctx), stuck)
}

// Settle moves the calls that came before it to the outlets that they are for.
func (l *Listener) Settle() { l.move(allCalls) }

// Remove closes an outlet as Close closes all of them. What it drops stays in the counts.
func (l *Listener) Remove(ctx context.Context, out *Outlet) error {
	l.move(allCalls)
	err := out.shut(ctx)
	l.gone.mu.Lock()
	defer l.gone.mu.Unlock()
	l.mu.Lock()
	list := slices.DeleteFunc(slices.Clone(*l.outlets.Load()), func(o *Outlet) bool { return o == out })
	l.outlets.Store(&list)
	l.mu.Unlock()
	l.gone.add(out)
	return err
}

func (l *Listener) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// share is what each outlet may surely take.
func (l *Listener) share() int64 { return l.o.Budget / int64(max(len(*l.outlets.Load()), 1)) }

func (l *Listener) report(key string, err error) { l.errors.report(key, err) }

// Flush waits until every record taken before the call is handled by the outlets it is for, and flushes the
// handlers that are a [record.Flusher]. When ctx ends first, the error says what was left, for each handler.
func (l *Listener) Flush(ctx context.Context) error {
	stuck := l.bring(ctx, func() { l.move(allCalls) })
	return errors.Join(l.each(func(o *Outlet) error { return o.flush(ctx) }), stuck)
}

// Close takes no more records, waits until those it took are handled, and closes the handlers that are an
// [io.Closer]. When ctx ends first it returns all the same: what was left is dropped, and the
// error says how much, for each handler. Closing again is fine.
func (l *Listener) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	stuck := l.bring(ctx, l.moveLast)
	err := l.each(func(o *Outlet) error { return o.shut(ctx) })
	l.stopped.Do(func() { close(l.stop) })
	l.started.Do(func() { close(l.ended) })
	if stuck == nil {
		<-l.ended
	}
	l.errors.flush()
	return errors.Join(err, stuck)
}

// bring calls move, and returns an error if it does not return before ctx ends.
func (l *Listener) bring(ctx context.Context, move func()) error {
	if within(ctx, move) {
		return nil
	}
	return fmt.Errorf("queue: at least %d records are not with the handlers yet: %w", l.front.waiting(), context.Cause(ctx))
}

// moveLast takes no more calls and records, and moves those that came before.
func (l *Listener) moveLast() {
	l.front.close()
	l.moving.Lock()
	l.shut = true
	l.moveCalls(allCalls)
	l.dismiss()
	l.unlock()
}

// each calls f for all outlets at once.
func (l *Listener) each(f func(*Outlet) error) error {
	outlets := *l.outlets.Load()
	errs := make([]error, len(outlets))
	var wg sync.WaitGroup
	for i, o := range outlets {
		wg.Go(func() { errs[i] = f(o) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// grace is how long what takes no time by itself may take after its context has ended, on a slow machine, or
// behind a filter that does not return.
const grace = 2 * patience * turn

// within reports whether f returned before ctx ended. f runs on otherwise.
func within(ctx context.Context, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-done:
		return true
	case <-time.After(grace):
		return false
	}
}

// Stats returns the counts. Each outlet's are of one moment; the moments differ.
func (l *Listener) Stats() Stats {
	s := l.frontStats()
	s.Bytes = l.used.Load()
	l.gone.mu.Lock()
	defer l.gone.mu.Unlock()
	for _, o := range *l.outlets.Load() {
		s.Outlets = append(s.Outlets, o.stats())
	}
	s.Outlets = l.gone.addTo(s.Outlets)
	return s
}
