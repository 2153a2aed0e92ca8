package queue

import (
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
)

// clock gives the keys that order calls: nanoseconds of the monotonic clock since it was started.
//
// That does only where the clock has moved on when it is read twice. Where it may stand between two
// readings, as on Windows or in a bubble of synctest, keys are counted up from it instead.
type clock struct {
	base    time.Time
	reading int64 // of base
	coarse  bool
	last    atomic.Int64 // the last key, if coarse
}

// readings is how often a clock is read to see whether it stands.
const readings = 8

func (c *clock) start() {
	c.base = time.Now()
	c.reading, _ = snapshot.Reading(&c.base)
	before := time.Since(c.base)
	for range readings {
		now := time.Since(c.base)
		if now == before {
			c.coarse = true
		}
		before = now
	}
}

// now returns a key that is higher than those of all calls that were made before.
func (c *clock) now() int64 {
	if c.coarse {
		return c.count()
	}
	return int64(time.Since(c.base))
}

// at is now where now was just read from the clock.
func (c *clock) at(now time.Time) int64 {
	if c.coarse {
		return c.count()
	}
	return int64(now.Sub(c.base))
}

// key returns the key of a call that was stamped with t. A time that was not read from this process's
// clock is not one to go by.
func (c *clock) key(t *time.Time) int64 {
	if key, ok := c.readKey(t); ok {
		return key
	}
	return c.oddKey(*t)
}

// readKey is key for a time that most calls have; ok is false for any other.
func (c *clock) readKey(t *time.Time) (key int64, ok bool) {
	ns, ok := snapshot.Reading(t)
	return ns - c.reading, ok && !c.coarse
}

// oddKey is key for a time that has no reading of the clock, or not one that orders calls.
func (c *clock) oddKey(t time.Time) int64 {
	if c.coarse || t == t.Round(0) {
		return c.now()
	}
	return int64(t.Sub(c.base))
}

// count returns a key that nobody was given before.
func (c *clock) count() int64 {
	for {
		last := c.last.Load()
		next := max(int64(time.Since(c.base)), last+1)
		if c.last.CompareAndSwap(last, next) {
			return next
		}
	}
}
