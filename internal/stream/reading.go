package stream

import (
	"context"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// run hands one message after another to the handler until ctx ends, or the stream closes and there is
// nothing left in the ring.
func (c *Cursor) run(ctx context.Context, h record.Handler) {
	defer c.end()
	reader := newReader(c.s)
	defer reader.stop()
	g := &gatherer{reader: reader}
	for ctx.Err() == nil && !c.isStopping() {
		c.jump()
		c.tell(ctx, h)
		if c.isDrained() {
			return
		}
		m, end, grown := reader.read(ctx, c.next())
		switch {
		case m != nil:
			c.handle(ctx, h, m, g)
			continue
		case end == nil: // ctx ended, or JetStream is away for a moment
			continue
		case c.loseRest(*end):
			continue
		}
		select {
		case <-grown:
		case <-c.look:
		case <-ctx.Done():
		}
	}
}

// end says that nobody reads any more.
func (c *Cursor) end() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handler, c.running = nil, false
	if c.skip != nil {
		// What was left at the handler lies before what is given up: it may be gone by the next time.
		rest := c.aboard()
		c.dropped[Closed].Add(rest)
		c.gap = c.gap.add(rest, Closed.String()).merge(c.skip.gap)
		c.place = place{seq: c.skip.seq, at: c.skip.before}
		c.skip = nil
	}
	close(c.done)
}

func (c *Cursor) next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place.seq
}

// isDrained reports whether the goroutine is to end: the stream closes, and what is next is not in memory.
func (c *Cursor) isDrained() bool {
	c.mu.Lock()
	next, draining := c.place.seq, c.draining
	c.mu.Unlock()
	if !draining {
		return false
	}
	return !c.s.ring.has(next)
}

// drain makes the goroutine end when it has handled what is there.
func (c *Cursor) drain() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	c.lookUp()
}

// lookUp makes the goroutine look up from its wait.
func (c *Cursor) lookUp() {
	select {
	case c.look <- struct{}{}:
	default:
	}
}

// stop makes the goroutine end after what is at the handler. It reports whether that is well, so that there may be something
// to wait for.
func (c *Cursor) stop() (well bool) {
	c.mu.Lock()
	c.stopping, well = true, c.err == nil
	c.mu.Unlock()
	c.lookUp()
	return well
}

// isStopping reports whether the goroutine is to end.
func (c *Cursor) isStopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

// jump goes to where the cursor is to go on, if it had to give up records.
func (c *Cursor) jump() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.skip == nil {
		return
	}
	c.place = place{seq: c.skip.seq, at: c.skip.before}
	c.gap = c.gap.merge(c.skip.gap)
	c.skip = nil
}

// tell hands the handler the record that tells of dropped ones. It stands in no count.
func (c *Cursor) tell(ctx context.Context, h record.Handler) {
	c.mu.Lock()
	g := c.gap
	c.mu.Unlock()
	if g == nil {
		return
	}
	if delivery.Deliver(ctx, h, []record.Record{queue.Told(g.Levels, g.Why)}, uncounted{c}) > 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gap == g {
		c.gap = nil
	}
}

// handle hands over what the cursor has not handled of a message, and what it gathers behind that.
func (c *Cursor) handle(ctx context.Context, h record.Handler, m *message, g *gatherer) {
	batch, gone, ok := c.depart(m)
	c.regret(gone, m.seq)
	if !ok {
		return
	}
	batch = g.more(ctx, c, batch)
	defer g.drop()
	c.takeOff(batch)
	left := delivery.Deliver(ctx, h, batch, c)
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flight
	c.flight = nil
	if left > 0 {
		return
	}
	c.place = place{seq: f.seq + 1, at: f.after}
	c.rebase()
	c.err = nil
}

// depart puts the message on its flight to the handler, and returns what the handler is to get. It does not
// if the cursor goes on elsewhere, or gone records are to be told before.
func (c *Cursor) depart(m *message) (batch []record.Record, gone uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.skip != nil {
		return nil, 0, false
	}
	if m.foreign {
		c.place.seq, c.place.index = m.seq+1, 0
		return nil, 0, false
	}
	if m.seq != c.place.seq || c.place.index == 0 && m.before.Levels != c.place.at.Levels {
		if gone = c.lose(m.seq, m.before); gone > 0 {
			return nil, gone, false
		}
	}
	if len(m.records) == 0 {
		return nil, c.lose(m.seq+1, m.after), false
	}
	batch = m.records[min(c.place.index, len(m.records)):]
	c.flight = &flight{seq: m.seq, after: m.after, legs: []leg{{m.seq, m.after, len(batch)}}}
	return batch, gone, true
}

// lose goes on at seq, before which there are so many records: those between are gone. It returns how many
// they are. mu is held.
func (c *Cursor) lose(seq uint64, before totals) uint64 {
	gone := difference(before.Levels, c.place.at.Levels)
	c.dropped[Damaged].Add(gone)
	c.gap = c.gap.add(gone, Damaged.String())
	c.place = place{seq: seq, at: before}
	c.rebase()
	return gone.Total()
}

// rebase makes the counts agree with the cursor's place, where a message had not as many records as it said, or
// damage has set back the totals. mu is held.
func (c *Cursor) rebase() {
	done := c.handled + c.dropped.Total()
	if c.skip != nil {
		done -= c.skip.dropped.Total()
	}
	c.start = c.place.at.Levels.Total() - done
}

// loseRest gives up records that should be there, and are not: the stream has nothing from the cursor's
// place up to its end. It reports whether the cursor moved.
func (c *Cursor) loseRest(end head) bool {
	c.mu.Lock()
	if c.skip != nil {
		c.mu.Unlock()
		return true
	}
	if c.place.seq == end.seq+1 && c.place.at.Levels == end.at.Levels {
		c.mu.Unlock()
		return false
	}
	gone := c.lose(end.seq+1, end.at)
	c.mu.Unlock()
	c.regret(gone, end.seq+1)
	return true
}

// regret tells that records are gone.
func (c *Cursor) regret(gone, before uint64) {
	if gone > 0 {
		c.s.notices.Give("gone "+c.name, "stream: %d records before message %d are gone from its files and did not reach handler %s", gone, before, c.name)
	}
}

// Handled implements [delivery.Ledger].
func (c *Cursor) Handled(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass(n)
	c.handled += uint64(n)
	c.err = nil
}

// Refused implements [delivery.Ledger]: the record becomes a dead letter.
func (c *Cursor) Refused(ctx context.Context, r *record.Record, err error) error {
	if err := c.s.bury(ctx, c.name, r, err); err != nil {
		return err
	}
	reason := Refused
	if delivery.Panicked(err) {
		reason = Panicked
	}
	c.mu.Lock()
	one := levelsOf(c.flight.batch[:1])
	c.pass(1)
	c.dropped[reason].Add(one)
	c.gap = c.gap.add(one, reason.String())
	c.mu.Unlock()
	c.s.notices.Give("handler "+c.name, "handler %s: a record is a dead letter now: %v", c.name, err)
	return nil
}

// Failing implements [delivery.Ledger].
func (c *Cursor) Failing(err error) {
	c.mu.Lock()
	c.err = err
	if c.draining || c.stopping {
		c.cancel() // it is handed over again when the stream is opened again
	}
	c.mu.Unlock()
	c.s.notices.Give("handler "+c.name, "handler %s: %v", c.name, err)
}

// uncounted is the ledger of a record that tells of others.
type uncounted struct{ c *Cursor }

// Handled implements [delivery.Ledger].
func (uncounted) Handled(int) {}

// Refused implements [delivery.Ledger].
func (uncounted) Refused(context.Context, *record.Record, error) error { return nil }

// Failing implements [delivery.Ledger].
func (u uncounted) Failing(err error) { u.c.Failing(err) }
