package stream

import (
	"cmp"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// Stats are the counts of a stream and of its cursors, since it was opened.
type Stats struct {
	// Counts are of what came in. A record is handled here when it is as durable as the level says, and
	// waits while it is in memory alone. Records that the stream tells of itself are among them.
	Counts
	// Repeated counts the records that came again under the id of a HandleOnce, and were not stored again.
	Repeated uint64

	Level Level
	// Err is why the stream does not take records at the moment, nil while it does.
	Err error
	// Bytes is what the stream takes, MaxBytes its bound. Free is what the disk had left when it was last
	// looked at, and FreeSpace what it must have; both are zero for a cluster.
	Bytes, MaxBytes, Free, FreeSpace int64
	// Last is the id of the first record of the last message, zero while there is none.
	Last record.ID
	// Unhandled is the number of records that some handler has not handled yet.
	Unhandled uint64
	Cursors   []CursorStats
}

// CursorStats are the counts of a cursor. What waited when the handler started to read counts as accepted.
type CursorStats struct {
	Name     string
	Required bool
	// Reading is false for a cursor that no handler has asked for since the stream was opened.
	Reading bool
	Counts
	// WaitingBytes is what waits, as it is stored, about.
	WaitingBytes int64
	// Err is the error that the handler fails with, nil while it is well.
	Err error
}

// Stats returns the counts as they are now.
func (s *Stream) Stats() Stats {
	st := Stats{
		Level: s.o.Level, Err: s.Healthy(), Bytes: s.room.used.Load(), MaxBytes: s.room.max,
		Free: s.room.left(), FreeSpace: max(s.room.floor, 0),
	}
	s.intake.mu.Lock()
	st.Counts, st.Repeated = s.intake.counts, s.intake.repeats
	s.intake.mu.Unlock()
	for _, c := range s.list() {
		cs := c.stats()
		st.Unhandled = max(st.Unhandled, cs.Waiting)
		st.Cursors = append(st.Cursors, cs)
	}
	slices.SortFunc(st.Cursors, func(a, b CursorStats) int { return cmp.Compare(a.Name, b.Name) })
	if end := s.ring.end(); end.seq > 0 {
		st.Last = record.ID{Epoch: end.epoch, Sequence: end.seq}
	}
	return st
}

// stats returns the counts of the cursor. The end of the stream is looked up after the cursor's place can
// no longer move.
func (c *Cursor) stats() CursorStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.s.ring.end()
	cs := CursorStats{Name: c.name, Required: c.o.Required, Reading: c.running, Err: c.err}
	cs.Handled, cs.Dropped = c.handled, c.dropped
	waiting := end.at.Levels.Total() - c.place.at.Levels.Total()
	cs.WaitingBytes = int64(end.at.Bytes - c.place.at.Bytes)
	if c.skip != nil {
		waiting -= c.skip.dropped.Total()
		cs.WaitingBytes = int64(end.at.Bytes - c.skip.before.Bytes)
	}
	cs.Waiting = waiting
	cs.Accepted = end.at.Levels.Total() - c.start
	return cs
}
