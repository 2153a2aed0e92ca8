package queue

import (
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/ticks"
)

// sole says whose shard is the only one in which calls are left now, if one is.
//
// The calls of one processor have an order by themselves. So those in the sole shard need no key of their own, and
// when they were made can be told by what is cheapest to read, the processor's ticks. Once a call is left elsewhere
// there is no sole shard. See the package's documentation for why the order is kept.
type sole struct {
	ticks.Sole
	// crowded says that the listener has seen calls in several shards when it last saw any.
	crowded atomic.Bool
}

// takeFor makes a shard the sole one, if there is none, by each sixteenth call in it, unless the listener sees calls in several. It
// is for a caller in that shard, which then, and not before, reads the clock for its call: it must do so if takeFor returns true.
func (s *sole) takeFor(of *shard) bool {
	return of.left.Load()%ticks.Every == 0 && !s.crowded.Load() && s.Take(of.number)
}

// see notes whether the listener has seen calls in several shards.
func (s *sole) see(several bool) {
	if s.crowded.Load() != several {
		s.crowded.Store(several)
	}
}
