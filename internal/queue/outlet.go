package queue

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
)

// Policy says what an outlet does when the budget is used up.
type Policy uint8

// The policies. None but Block ever makes a caller wait.
const (
	// DropLowest drops the record with the lowest level, and of those the oldest.
	DropLowest Policy = iota
	// DropOldest drops the oldest record.
	DropOldest
	// DropNewest drops the record that came last.
	DropNewest
	// Block makes the callers wait until there is room, or until a deadline.
	Block
)

// OutletOptions configure an outlet.
type OutletOptions struct {
	// Name is the handler's name in counts and errors.
	Name   string
	Policy Policy
	// BlockFor is how long the policy Block makes a caller wait before the record is dropped. For
	// ever if zero.
	BlockFor time.Duration
	// IgnoreLevels says that the handler is not asked for its levels, if it is a [record.Enabler].
	IgnoreLevels bool
	// Wants, if set, is asked whether a record of that level is for the handler, which all others are; r returns
	// the record, which is its own until it returns. It is the program's and may do anything. One that panics
	// does not want the record; one that does not return is not asked again before it has: what it would have
	// to be asked for is dropped.
	Wants func(level slog.Level, r func() *record.Record) bool
	// Prompt says that Wants returns at once always.
	Prompt bool
	// Spill, if set, has what comes too much, and is closed with the outlet.
	Spill Spill
}

// Outlet is one handler behind a listener: what waits for it, the goroutine that hands it over, and
// its counts. Nothing that happens here is felt at another outlet.
type Outlet struct {
	o       OutletOptions
	handler record.Handler
	l       *Listener
	cancel  context.CancelFunc // ends the context of Handle
	done    chan struct{}      // closed when the goroutine has ended
	wake    chan struct{}      // holds a token when there may be something to do
	blocked atomic.Bool        // the policy is Block and there is no room; written under mu
	wants   []uint16           // the items of the block that are for it; the listener's moving guards it
	early   early              // likewise
	asked   asked
	ledger  ledger // of the goroutine that delivers

	mu      sync.Mutex // guards all below
	log     backlog
	over    overflow
	closing bool // take what is there, then end
	ended   bool // nothing will be taken any more
	room    chan struct{}
	waiters []waiter
	counts  Counts // without Waiting
	silent  bool   // the last record was dropped because Wants does not return
	err     error  // the handler is failing with it

	// The batch at the handler.
	flying      int
	flyingBytes int64
	flyingFirst uint64 // number of its first record
	flyingEnd   uint64 // higher than those of all its records
	flyingSafe  bool   // it is in the Spill as well
	telling     gap    // what it tells of, if it is the record that tells of a gap

	covers []covered // of records that are here
}

// waiter waits until no record with a number below limit is left.
type waiter struct {
	limit uint64
	done  chan struct{}
}

func newOutlet(l *Listener, h record.Handler, o OutletOptions) *Outlet {
	ctx, cancel := context.WithCancel(context.Background())
	out := &Outlet{o: o, handler: h, l: l, cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1), flyingFirst: never}
	if out.early.write = formOf(h); o.Spill != nil {
		out.early.write = nil // a form is of use to this handler only
		out.over.init(o.Spill)
	}
	if !o.IgnoreLevels {
		out.asked.enabler, _ = h.(record.Enabler)
	}
	go out.run(ctx)
	return out
}

// deep reports whether more records wait than the handler can be busy with.
func (o *Outlet) deep() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.count >= deepCount
}

// refuse counts a record that does not come into the backlog, and notes the gap. mu is held.
func (o *Outlet) refuse(level slog.Level, reason Reason) {
	o.counts.Dropped[reason][Band(level)]++
	if !o.closing {
		to := o.entry()
		to.gap.note(to.next, Band(level), reason)
		to.next++
	}
}

// trim drops records by the policy until that many bytes are free, or none is left that may go. It returns the
// bytes that are free now.
func (o *Outlet) trim(want int64) (freed int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.o.Policy != Block && (freed == 0 || freed < want) {
		from := o.entry()
		if from.count == 0 {
			from = &o.log
		}
		if from.count == 0 {
			break
		}
		at, bytes := from.drop(o.o.Policy, Full)
		o.counts.Dropped[Full][at]++
		freed += bytes
	}
	o.uncover()
	return freed
}

// holds returns the bytes of the records that could be dropped.
func (o *Outlet) holds() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.bytes + o.over.log.bytes
}

// signal makes the goroutine look.
func (o *Outlet) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// landed ends the flight of a batch: its memory is free, and who waited for it goes on.
func (o *Outlet) landed(b *batch, well bool) {
	b.clear()
	now := time.Since(o.l.clock.base)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log.giveBack(b.parts)
	o.log.age(now)
	o.over.log.age(now)
	if well {
		o.err = nil
	}
	o.l.used.Add(-o.flyingBytes)
	o.flying, o.flyingBytes, o.flyingFirst, o.flyingSafe = 0, 0, never, false
	o.release()
}

// release lets go on who waits for room, or for what has been handled. mu is held.
func (o *Outlet) release() {
	if o.room != nil && o.log.bytes+o.over.log.bytes+o.flyingBytes < o.l.share()/4*3 {
		close(o.room)
		o.room = nil
		o.blocked.Store(false)
		o.l.gates.blockers.Add(-1)
	}
	_, lowest, _ := o.log.first()
	lowest = min(lowest, o.flyingFirst)
	if o.log.gap.due() {
		lowest = min(lowest, o.log.gap.first)
	}
	if o.over.on {
		lowest = min(lowest, o.over.lowest())
	}
	kept := o.waiters[:0]
	for _, w := range o.waiters {
		if w.limit <= lowest {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	o.waiters = kept
	o.uncover()
}

// shed lets go of memory that a time of many records has left behind.
func (o *Outlet) shed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, b := range []*backlog{&o.log, &o.over.log} {
		if b.count == 0 {
			b.shed()
		}
	}
}

// fail notes that the handler is failing with err.
func (o *Outlet) fail(err error) {
	o.mu.Lock()
	o.err = err
	o.mu.Unlock()
	o.l.report(o.o.Name, err)
}

// block closes the gate for callers if the policy says so and the share is used up.
func (o *Outlet) block() {
	if o.o.Policy != Block {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.room == nil && !o.closing && o.log.bytes+o.over.log.bytes+o.flyingBytes >= o.l.share() {
		o.room = make(chan struct{})
		o.blocked.Store(true)
		o.l.gates.blockers.Add(1)
	}
}

// waitForRoom waits while the gate is closed and reports whether it opened in time. When ctx ends first it
// returns its error.
func (o *Outlet) waitForRoom(ctx context.Context) (open bool, err error) {
	var deadline <-chan time.Time
	if o.o.BlockFor > 0 {
		deadline = time.After(o.o.BlockFor)
	}
	for {
		o.mu.Lock()
		room := o.room
		o.mu.Unlock()
		if room == nil {
			return true, nil
		}
		select {
		case <-room:
		case <-deadline:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// flush waits until what was pushed before the call is handled, then flushes the handler.
func (o *Outlet) flush(ctx context.Context) error {
	o.mu.Lock()
	w := waiter{limit: o.entry().next, done: make(chan struct{})}
	o.waiters = append(o.waiters, w)
	if o.ended {
		close(w.done)
		o.waiters = nil
	} else {
		o.log.gap.mute, o.over.log.gap.mute = false, false // an occasion to tell what was not told
		o.signal()
		o.release()
	}
	o.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		if left := o.stats().Waiting; left > 0 {
			return fmt.Errorf("handler %s: %d records waiting: %w", o.o.Name, left, context.Cause(ctx))
		}
	}
	o.mu.Lock()
	ended := o.ended
	o.mu.Unlock()
	if ended {
		return fmt.Errorf("handler %s: flush: %w", o.o.Name, ErrClosed)
	}
	f, ok := o.handler.(record.Flusher)
	if !ok {
		return nil
	}
	flushed := make(chan error, 1)
	go func() { flushed <- delivery.Contain(func() error { return f.Flush(ctx) }) }()
	select {
	case err := <-flushed:
		if err != nil {
			return fmt.Errorf("handler %s: flush: %w", o.o.Name, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("handler %s: flush: %w", o.o.Name, context.Cause(ctx))
	}
}

// shut takes no more records, hands over what is there until ctx ends, and closes the handler. What is
// left then is dropped, save the batch at the handler, which stays waiting until Handle returns.
func (o *Outlet) shut(ctx context.Context) error {
	o.mu.Lock()
	o.closing = true
	o.log.gap.mute, o.over.log.gap.mute = false, false // the last occasion
	if o.room != nil {
		close(o.room)
		o.room = nil
		o.blocked.Store(false)
		o.l.gates.blockers.Add(-1)
	}
	o.mu.Unlock()
	o.signal()
	select {
	case <-o.done:
		o.cancel()
		return nil
	case <-ctx.Done():
	}
	closing := o.l.isClosing()
	o.mu.Lock()
	o.dropCovers(closing) // before the goroutine gives up what it has
	o.mu.Unlock()
	o.cancel()
	o.mu.Lock()
	o.ended = true
	left, spilled := o.waiting(), max(o.over.unread, 0)
	for _, b := range []*backlog{&o.log, &o.over.log} {
		o.l.used.Add(-b.bytes)
		for b.count > 0 {
			at, _ := b.drop(DropOldest, Closed)
			o.counts.Dropped[Closed][at]++
		}
	}
	for _, w := range o.waiters {
		close(w.done)
	}
	o.waiters = nil
	o.mu.Unlock()
	o.signal()
	if left == 0 {
		return fmt.Errorf("handler %s: not closed yet: %w", o.o.Name, context.Cause(ctx))
	}
	return &LeftError{Name: o.o.Name, Records: left, Spilled: uint64(spilled), Err: context.Cause(ctx)}
}

func (o *Outlet) stats() OutletStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := &o.over
	s := OutletStats{Name: o.o.Name, Counts: o.counts, Spilled: uint64(max(v.unread, 0)), Err: o.err}
	s.Bytes = o.log.bytes + o.flyingBytes + v.log.bytes + v.writingBytes
	s.Waiting = o.waiting()
	return s
}

// waiting returns how many records wait, wherever. mu is held.
func (o *Outlet) waiting() uint64 {
	v := &o.over
	return uint64(o.log.count + o.flying + v.log.count + v.writing + v.unread)
}
