package jackdaw

import "github.com/jackdaw-log/jackdaw/internal/queue"

// Counts obey the law of conservation: at any moment, Accepted is the sum of Handled, Waiting and all of
// Dropped.
type Counts struct {
	Accepted uint64
	Handled  uint64
	Waiting  uint64
	// Dropped counts by reason, then by level: "queue full", "blocked too long", "handler error",
	// "handler panic", "closed", "filter hangs", "unreadable"; DEBUG (and below), INFO, WARNING, ERROR, CRITICAL. What is zero is
	// absent.
	Dropped map[string]map[string]uint64
}

// Stats are the counts of a [Hierarchy] and of its handlers.
type Stats struct {
	// Counts are those of the queue: a record is handled there once it was handed to the handlers that
	// want it.
	Counts
	// Unrouted is how many of the handled records no handler wanted.
	Unrouted uint64
	// Bytes is about the memory that waiting records take.
	Bytes int64
	// Flight is how flight mode goes.
	Flight FlightStats
	// Handlers are in the order they were added, and behind them those that are Gone. What a handler's level or filter
	// keeps from it is not among its accepted records.
	Handlers []HandlerStats
}

// HandlerStats are the counts of one handler. What others of its name had dropped when they were taken out is among
// them.
type HandlerStats struct {
	Name string
	// Gone says that the handler was taken out. Of its counts only what was lost stays: what was dropped, and what
	// waits at a handler that has not come back.
	Gone bool
	Counts
	// Spilled is how many of the waiting records are in the files of HandlerOptions.SpillDir.
	Spilled uint64
	// Bytes is about the memory that its waiting records take.
	Bytes int64
	// Err is the error the handler is failing with at present, nil while it is well.
	Err error
}

// Stats returns the counts as they are now. Those of one handler are of one moment; the moments differ.
func (h *Hierarchy) Stats() Stats {
	q := h.queue.Stats()
	s := Stats{Counts: counts(&q.Counts), Unrouted: q.Unrouted, Bytes: q.Bytes, Flight: h.flight.Load().stats()}
	for i := range q.Outlets {
		o := &q.Outlets[i]
		s.Handlers = append(s.Handlers, HandlerStats{Name: o.Name, Gone: o.Gone, Counts: counts(&o.Counts), Spilled: o.Spilled, Bytes: o.Bytes, Err: o.Err})
	}
	return s
}

func counts(q *queue.Counts) Counts {
	c := Counts{Accepted: q.Accepted, Handled: q.Handled, Waiting: q.Waiting}
	for reason := range q.Dropped {
		if l := q.Dropped[reason]; l.Total() > 0 {
			if c.Dropped == nil {
				c.Dropped = make(map[string]map[string]uint64)
			}
			c.Dropped[queue.Reason(reason).String()] = l.Map()
		}
	}
	return c
}

// DroppedTotal is the sum over all reasons and levels.
func (c *Counts) DroppedTotal() (n uint64) {
	for _, levels := range c.Dropped {
		for _, count := range levels {
			n += count
		}
	}
	return n
}
