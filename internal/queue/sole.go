package queue

import "sync/atomic"

// sole says whose shard is the only one in which calls are left now, if one is: its number.
//
// The calls of one processor have an order by themselves. So those in the sole shard need no key of their own, and
// when they were made can be told by what is cheapest to read, the processor's ticks. Once a call is left elsewhere
// there is no sole shard. See the package's documentation for why the order is kept.
type sole struct {
	// The first says it, the other one is always 0: see leave.
	who [2]atomic.Uint32
	// crowded says that the listener has seen calls in several shards when it last saw any.
	crowded atomic.Bool
}

// soleEvery says that each such call in a shard tries to make it the sole one: to become that, and no more to be it, costs
// as much as some calls.
const soleEvery = 16

// number returns that of the sole shard, 0 if there is none.
func (s *sole) number() uint32 { return s.who[0].Load() }

// take makes a shard the sole one, if it can be. It is for a caller in that shard, which then, and not before, reads the
// clock for its call.
func (s *sole) take(of *shard) {
	if of.number > 0 && of.left.Load()%soleEvery == 0 && s.number() == 0 && !s.crowded.Load() {
		s.who[0].CompareAndSwap(0, of.number)
	}
}

// leave is for a caller that has left a call with that key in a shard: no other one is the sole shard any more.
func (s *sole) leave(number uint32, key int64) {
	// What is looked at depends on the key, so that the processor cannot look before the key was read from
	// the clock. Keys of before the clock was started, which programs can make up, are before all others anyway.
	if who := s.who[uint64(key)>>63].Load(); who != 0 && who != number {
		s.who[0].Store(0)
	}
}

// see notes whether the listener has seen calls in several shards.
func (s *sole) see(several bool) {
	if s.crowded.Load() != several {
		s.crowded.Store(several)
	}
}
