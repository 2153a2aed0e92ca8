package queue

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// Reason says why a record was dropped.
type Reason uint8

// The reasons for which records are dropped.
const (
	Full       Reason = iota // the budget was used up
	Timeout                  // the policy is Block, and its deadline passed
	Refused                  // the handler returned a permanent error for it
	Panicked                 // the handler panicked at it
	Closed                   // it came after Close, or was left when Close had to give up
	Hung                     // a filter that would have to be asked does not return
	Unreadable               // it was written to a Spill and could not be read
	reasons
)

func (r Reason) String() string {
	return [reasons]string{"queue full", "blocked too long", "handler error", "handler panic", "closed", "filter hangs", "unreadable"}[r]
}

// The bands of levels that are counted, and dropped, apart.
const bands = 5

var bandNames = [bands]string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}

// Band returns the place of level in [Levels].
func Band(level slog.Level) int {
	switch {
	case level < record.LevelInfo:
		return 0
	case level < record.LevelWarning:
		return 1
	case level < record.LevelError:
		return 2
	case level < record.LevelCritical:
		return 3
	}
	return 4
}

// Levels counts records by level, from DEBUG (and below) to CRITICAL (and above).
type Levels [bands]uint64

// Total is the sum over all levels.
func (l Levels) Total() (n uint64) {
	for _, c := range l {
		n += c
	}
	return n
}

// Add adds the counts of other.
func (l *Levels) Add(other Levels) {
	for i, n := range other {
		l[i] += n
	}
}

// Map returns the counts that are not zero by the name of their level.
func (l Levels) Map() map[string]uint64 {
	m := make(map[string]uint64)
	for i, c := range l {
		if c != 0 {
			m[bandNames[i]] = c
		}
	}
	return m
}

// Dropped counts dropped records by reason and level.
type Dropped [reasons]Levels

// Total is the sum over all reasons and levels.
func (d *Dropped) Total() (n uint64) {
	for _, l := range d {
		n += l.Total()
	}
	return n
}

// Add adds the counts of other.
func (d *Dropped) Add(other *Dropped) {
	for i := range other {
		d[i].Add(other[i])
	}
}

// Counts obey the law of conservation: Accepted = Handled + Dropped + Waiting, at any moment.
type Counts struct {
	Accepted, Handled, Waiting uint64
	Dropped                    Dropped
}

// Stats are the counts of a listener and of each of its outlets.
type Stats struct {
	// Counts are those of the queue in front: a record is handled there when it was handed to its
	// outlets.
	Counts
	// Unrouted counts the records among Handled that no outlet wanted.
	Unrouted uint64
	// Bytes is what the records waiting at all outlets take, about.
	Bytes int64
	// Outlets are those there are, in the order they were added, and behind them those that are Gone.
	Outlets []OutletStats
}

// OutletStats are the counts of one outlet. What others of its name had dropped when they were removed is among them.
type OutletStats struct {
	Name string
	// Gone says that the outlet was removed. Of its counts only what was lost stays: what it dropped, and what waits at
	// a handler that has not come back.
	Gone bool
	Counts
	// Spilled is how many of the waiting records are in its Spill.
	Spilled uint64
	// Bytes is what its waiting records take in memory, about.
	Bytes int64
	// Err is the error the handler is failing with, nil while it is well.
	Err error
}
