package stream

import (
	"math/rand/v2"
	"time"
)

// nextEpoch returns an epoch after the one before: the time in seconds, and a random part by which the
// streams of other machines differ. It stays below 2^53, the integers that every JSON reader keeps.
func nextEpoch(before uint64) uint64 {
	return max(before+1, uint64(time.Now().Unix())<<20|rand.Uint64N(1<<20))
}
