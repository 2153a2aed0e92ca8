package stream

import (
	"context"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// gatherBytes is about how many bytes of payloads a handler is given at once, at most.
const gatherBytes = 4 << 20

// flight is what is at the handler: a message, or several one after another.
type flight struct {
	seq   uint64 // of the last message
	after totals // the last message
	batch []record.Record
	legs  []leg // the messages that batch is left of
}

// leg is what is left of a message at the handler.
type leg struct {
	seq   uint64
	after totals
	left  int
}

// gatherer puts the records of messages together that are handed over at once.
type gatherer struct {
	reader *reader
	batch  []record.Record
}

// more returns batch, with which a message is on its flight, and the records of the messages behind it: those that
// are there, and those that come within the time that the cursor's options give. What it returns is good until
// drop.
func (g *gatherer) more(ctx context.Context, c *Cursor, batch []record.Record) []record.Record {
	o := c.options()
	if len(batch) >= o.Gather {
		return batch
	}
	g.batch = append(g.batch[:0], batch...)
	patience := time.NewTimer(o.Linger)
	defer patience.Stop()
	for len(g.batch) < o.Gather && ctx.Err() == nil {
		m, end, grown := g.reader.read(ctx, c.lastAboard()+1)
		switch {
		case m != nil:
			if !c.board(m, len(g.batch)) {
				return g.batch
			}
			g.batch = append(g.batch, m.records...)
			continue
		case end == nil, c.isDraining():
			return g.batch
		}
		select {
		case <-grown:
			continue
		case <-c.look: // the stream closes
		case <-patience.C:
		case <-ctx.Done():
		}
		break
	}
	return g.batch
}

// drop lets go of the records.
func (g *gatherer) drop() { clear(g.batch) }

func (c *Cursor) options() CursorOptions {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.o
}

func (c *Cursor) isDraining() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// lastAboard returns the last message that is at the handler.
func (c *Cursor) lastAboard() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flight.seq
}

// board lets a message join the flight, unless the handler would have too much at once, or there is anything about
// the message that has to be seen to by itself: records that are gone, or not as many as it says.
func (c *Cursor) board(m *message, aboard int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flight
	whole := m.before.Levels
	whole.Add(levelsOf(m.records))
	if c.skip != nil || m.foreign || m.seq != f.seq+1 || m.before.Levels != f.after.Levels || m.after.Levels != whole ||
		len(m.records) == 0 || m.after.Bytes-c.place.at.Bytes > gatherBytes {
		return false
	}
	f.seq, f.after = m.seq, m.after
	f.legs = append(f.legs, leg{m.seq, m.after, len(m.records)})
	return true
}

// pass moves the place over records of the flight. It stays in the last message until the flight is over. mu is
// held.
func (c *Cursor) pass(n int) {
	f := c.flight
	for n > 0 {
		l := &f.legs[0]
		some := min(n, l.left)
		c.place.at.Levels.Add(levelsOf(f.batch[:some]))
		c.place.index += some
		f.batch, n = f.batch[some:], n-some
		if l.left -= some; l.left == 0 && len(f.legs) > 1 {
			c.place = place{seq: l.seq + 1, at: l.after}
			f.legs = f.legs[1:]
		}
	}
}

// takeOff says what is at the handler, all in all.
func (c *Cursor) takeOff(batch []record.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight.batch = batch
}
