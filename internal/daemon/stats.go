package daemon

import (
	"fmt"
	"slices"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
)

// Stats are the counts of a [Daemon]. A record that the receivers accepted is accepted by the stream, or,
// where there is none, by the queue.
type Stats struct {
	Receiver receiver.Stats
	Queue    jackdaw.Stats
	// Stream is nil where nothing outlives the process. Kept are the handlers behind it.
	Stream *stream.Stats
	Kept   []jackdaw.HandlerStats
	// Store is nil where there is no store. Its counts as a handler are among Kept.
	Store *sqlite.Stats
}

// Entrance returns the counts of what the receivers hand records to: the stream, or the queue.
func (s *Stats) Entrance() jackdaw.Counts {
	if s.Stream != nil {
		return streamCounted(&s.Stream.Counts)
	}
	return s.Queue.Counts
}

// Stats returns the counts as they are now.
func (d *Daemon) Stats() Stats {
	s := Stats{Receiver: d.receiver.Stats(), Queue: d.crew.queueStats()}
	if d.stream != nil {
		st := d.stream.Stats()
		s.Stream, s.Kept, s.Store = &st, d.crew.kept(&st), d.storeStats()
		missed(&st, s.Queue.Handlers)
	}
	return s
}

// queueStats returns the counts of the queue and of the handlers behind it.
func (c *crew) queueStats() jackdaw.Stats {
	q := c.queue.Stats()
	s := jackdaw.Stats{Counts: queueCounted(&q.Counts), Unrouted: q.Unrouted, Bytes: q.Bytes}
	for i := range q.Outlets {
		o := &q.Outlets[i]
		s.Handlers = append(s.Handlers, jackdaw.HandlerStats{Name: o.Name, Gone: o.Gone, Counts: queueCounted(&o.Counts), Bytes: o.Bytes, Err: o.Err})
	}
	return s
}

// kept returns the counts of the handlers behind the stream.
func (c *crew) kept(st *stream.Stats) (handlers []jackdaw.HandlerStats) {
	c.mu.Lock()
	posts := slices.Concat(c.own, c.posts, c.leaving)
	c.mu.Unlock()
	for i := range st.Cursors {
		at := &st.Cursors[i]
		p := find(posts, at.Name, false)
		if p == nil || p.gate == nil {
			continue
		}
		// What is not for the handler was handled by the gate: it is not among what the handler accepted. How
		// many the handler took never shrinks, as their difference does while a batch is on its way.
		passed, _ := p.gate.Counts()
		h := jackdaw.HandlerStats{Name: at.Name, Counts: streamCounted(&at.Counts), Bytes: at.WaitingBytes, Err: at.Err}
		h.Handled = passed
		h.Accepted = h.Handled + h.Waiting + h.DroppedTotal()
		handlers = append(handlers, h)
	}
	return handlers
}

// absent returns what waits for handlers that are not there.
func (c *crew) absent() (lines []string) {
	st := c.stream.Stats()
	for i := range st.Cursors {
		at := &st.Cursors[i]
		if !at.Reading && at.Name != console && at.Waiting > 0 {
			lines = append(lines, fmt.Sprintf("%d records wait for %s, which is not there now; they are kept until it is, or until the stream is full",
				at.Waiting, at.Name))
		}
	}
	return lines
}

// waiting returns how many records wait in the stream for a handler.
func waiting(s *stream.Stream, name string) uint64 {
	at, _ := cursorOf(s, name)
	return at.Waiting
}

// isKnown reports whether the stream has a place for a handler.
func isKnown(s *stream.Stream, name string) bool {
	_, ok := cursorOf(s, name)
	return ok
}

func cursorOf(s *stream.Stream, name string) (at stream.CursorStats, ok bool) {
	st := s.Stats()
	i := slices.IndexFunc(st.Cursors, func(c stream.CursorStats) bool { return c.Name == name })
	if i < 0 {
		return at, false
	}
	return st.Cursors[i], true
}

// missed adds, to the counts of the handlers behind the queue, what its cursor had to give up before the queue had it.
func missed(st *stream.Stats, queued []jackdaw.HandlerStats) {
	cursor := slices.IndexFunc(st.Cursors, func(c stream.CursorStats) bool { return c.Name == console })
	if cursor < 0 {
		return
	}
	for i := range queued {
		if queued[i].Gone {
			continue
		}
		addDropped(&queued[i].Counts, streamCounted(&st.Cursors[cursor].Counts).Dropped)
	}
}

// addDropped adds what was dropped before the handler could accept it.
func addDropped(to *jackdaw.Counts, dropped map[string]map[string]uint64) {
	for reason, levels := range dropped {
		if to.Dropped == nil {
			to.Dropped = make(map[string]map[string]uint64)
		}
		all := to.Dropped[reason]
		if all == nil {
			all = make(map[string]uint64)
			to.Dropped[reason] = all
		}
		for level, n := range levels {
			all[level] += n
			to.Accepted += n
		}
	}
}

func streamCounted(c *stream.Counts) jackdaw.Counts {
	out := jackdaw.Counts{Accepted: c.Accepted, Handled: c.Handled, Waiting: c.Waiting}
	for reason, levels := range c.Dropped {
		count(&out, stream.Reason(reason).String(), levels)
	}
	return out
}

func queueCounted(c *queue.Counts) jackdaw.Counts {
	out := jackdaw.Counts{Accepted: c.Accepted, Handled: c.Handled, Waiting: c.Waiting}
	for reason, levels := range c.Dropped {
		count(&out, queue.Reason(reason).String(), levels)
	}
	return out
}

// count notes what was dropped for a reason.
func count(c *jackdaw.Counts, reason string, levels queue.Levels) {
	if levels.Total() == 0 {
		return
	}
	if c.Dropped == nil {
		c.Dropped = make(map[string]map[string]uint64)
	}
	c.Dropped[reason] = levels.Map()
}
