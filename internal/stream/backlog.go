package stream

import (
	"context"
	"time"
)

// moveOn makes a cursor go on at message m, and drops what waits before it; what is at the handler
// stays there. It does nothing for a cursor that is there already, or is required.
func (c *Cursor) moveOn(m *stored, reason Reason) {
	before := m.mark.before(len(m.payload))
	c.mu.Lock()
	defer c.mu.Unlock()
	from := c.place.at
	switch {
	case c.o.Required || m.seq <= c.place.seq || c.skip != nil && m.seq <= c.skip.seq || c.flight != nil && m.seq <= c.flight.seq:
		return
	case c.skip != nil:
		from = c.skip.before
	case c.flight != nil:
		from = c.flight.after
	}
	gone := difference(before.Levels, from.Levels)
	c.dropped[reason].Add(gone)
	next := &skip{seq: m.seq, before: before, dropped: gone, gap: (*gap)(nil).add(gone, reason.String())}
	if c.skip != nil {
		next.dropped.Add(c.skip.dropped)
		next.gap = c.skip.gap.merge(next.gap)
	}
	c.skip = next
	if c.running {
		return
	}
	c.place = place{seq: m.seq, at: before}
	c.gap = c.gap.merge(next.gap)
	c.skip = nil
}

// bound holds the cursors to the bounds of what may wait for them.
func (s *Stream) bound(ctx context.Context) {
	end := s.ring.end()
	for _, c := range s.list() {
		c.mu.Lock()
		o, at := c.o, c.place
		if c.skip != nil {
			at.seq, at.at = c.skip.seq, c.skip.before
		}
		c.mu.Unlock()
		if o.Required || at.seq > end.seq {
			continue
		}
		if over := int64(end.at.Bytes-at.at.Bytes) - o.MaxBytes; o.MaxBytes > 0 && over > 0 {
			// Some more than must be, so that the cursor is not moved on again at once.
			to := at.at.Bytes + uint64(over+o.MaxBytes/16)
			s.boundBy(ctx, c, TooMuch, at.seq, end.seq, func(m *stored) bool { return m.mark.before(len(m.payload)).Bytes >= to })
		}
		if o.MaxAge > 0 {
			young := time.Now().Add(-o.MaxAge)
			s.boundBy(ctx, c, TooOld, at.seq, end.seq, func(m *stored) bool { return m.at.After(young) })
		}
	}
}

// boundBy moves a cursor on to the first message, from first to last, that is kept for it.
func (s *Stream) boundBy(ctx context.Context, c *Cursor, reason Reason, first, last uint64, kept func(*stored) bool) {
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return
	}
	oldest, err := e.from(ctx, first)
	if err != nil || oldest == nil || oldest.err != nil || kept(oldest) {
		return
	}
	m, err := e.seek(ctx, first+1, last, kept)
	if err != nil {
		return
	}
	if m == nil { // all is too old: go on after the last message
		m = s.afterEnd(last)
		if m == nil {
			return
		}
	}
	c.moveOn(m, reason)
	s.notices.Give("behind "+c.name, "handler %s: what waits for it is beyond its bound, and the oldest records are dropped: %s", c.name, reason)
}

// afterEnd stands for the message that will come after the last one.
func (s *Stream) afterEnd(last uint64) *stored {
	end := s.ring.end()
	if end.seq != last {
		return nil // it is there by now
	}
	return &stored{seq: end.seq + 1, mark: mark{after: end.at}}
}
