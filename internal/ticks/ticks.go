// Package ticks has what is cheaper to read than the clock, the processor's ticks, and who may go by it.
//
// Ticks tell no order: a processor may read them before it has done what comes before in the program, and another one may
// count differently. So they are for calls that have an order without them, as those of one processor have as long as
// calls come from no other. Package queue says in which way that can be known ("The sole shard"), and why.
package ticks

import "sync/atomic"

// Sole says from which processor alone calls come now, if there is one: its number. Calls are left in places, of which
// each processor has one; other places are shared, and have the number 0. Its methods may be called from any goroutine.
type Sole struct {
	// The first says it, the other one is always 0: see Leave.
	who [2]atomic.Uint32
}

// Every says that each such call in a place tries to make it the sole one: to become that, and no more to be it, costs
// as much as some calls.
const Every = 16

// Number returns that of the sole place, 0 if there is none.
func (s *Sole) Number() uint32 { return s.who[0].Load() }

// Take makes a place the sole one, if there is none. It is for a caller that is alone in that place, and who then, and
// not before, reads the clock for its call. It reports whether it is the sole one since now.
func (s *Sole) Take(number uint32) bool {
	return number > 0 && s.Number() == 0 && s.who[0].CompareAndSwap(0, number)
}

// Leave is for a caller that has left a call with that key in a place: no other one is the sole one any more.
func (s *Sole) Leave(number uint32, key int64) {
	// What is looked at depends on the key, so that the processor cannot look before the key was read from
	// the clock. Keys of before the clock was started, which programs can make up, are before all others anyway.
	if who := s.who[uint64(key)>>63].Load(); who != 0 && who != number {
		s.who[0].Store(0)
	}
}

// tries is how often Beside tries.
const tries = 3

// Beside returns what a processor has counted, and what a clock showed just after that. It reads both several times, and takes
// those readings that lie closest together: the system may stop the caller between them.
func Beside[T any](count func() int64, clock func() T) (at int64, now T) {
	var shortest int64
	for try := range tries {
		before, shown := count(), clock()
		if took := count() - before; try == 0 || took < shortest {
			at, now, shortest = before, shown, took
		}
	}
	return at, now
}
