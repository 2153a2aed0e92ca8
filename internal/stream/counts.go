package stream

import "github.com/jackdaw-log/jackdaw/internal/queue"

// Reason says why a record was dropped.
type Reason uint8

// The reasons for which records are dropped: the first two before the stream, the others by a cursor.
const (
	Overflow Reason = iota // who sent it cannot wait, and there was no room
	Closed                 // it was in memory when Close had to give up
	TooMuch                // more waited for the handler than its bound of bytes
	TooOld                 // it waited longer than the handler's bound of age
	NoRoom                 // the stream is full, and the handler is not one that is waited for
	Damaged                // it is gone from the stream's files
	Refused                // the handler returned a permanent error for it: it is a dead letter
	Panicked               // the handler panicked at it: it is a dead letter
	reasons
)

func (r Reason) String() string {
	return [reasons]string{
		"no room in the stream", "closed", "too many bytes waiting", "waiting for too long", "stream full", "stream damaged",
		"handler error", "handler panic",
	}[r]
}

// Dropped counts dropped records by reason and level.
type Dropped [reasons]queue.Levels

// Total is the sum over all reasons and levels.
func (d *Dropped) Total() (n uint64) {
	for _, l := range d {
		n += l.Total()
	}
	return n
}

// Counts obey the law of conservation: Accepted = Handled + Dropped + Waiting, at any moment.
type Counts struct {
	Accepted, Handled, Waiting uint64
	Dropped                    Dropped
}
