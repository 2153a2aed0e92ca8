package flight

import (
	"math"
	"testing"
	"time"
)

// Ticks are told by the moments around them: the next one, or the one before; and they tell no time outside of those, whatever
// they are.
func TestTimeOfTicks(t *testing.T) {
	const ms = 1_000_000
	even := []moment{{100 * ms, 0, 0}, {101 * ms, ms, 3 * ms}, {103 * ms, 3 * ms, 9 * ms}}
	set := []moment{{100 * ms, 0, 0}, {9000 * ms, ms, 3 * ms}}
	for _, c := range []struct {
		name    string
		moments []moment
		at      int32
		ticks   int64
		want    int64
	}{
		{"at a moment", even, 1, 3 * ms, 101 * ms},
		{"between two", even, 1, 6 * ms, 102 * ms},
		{"behind the last", even, 2, 12 * ms, 104 * ms},
		{"before theirs", even, 1, 2 * ms, 101 * ms},
		{"after the next one", even, 1, 80 * ms, 103 * ms},
		{"where there is one alone", even[:1], 0, 5000, 100 * ms},
		{"before the clock was set", set, 0, 1.5 * ms, 100.5 * ms},
		{"after it", set, 1, 6 * ms, 9001 * ms},
		{"that stand", []moment{{100 * ms, 0, 5}, {101 * ms, ms, 5}}, 0, 6, 100 * ms},
		{"that were set back", []moment{{100 * ms, 0, 9 * ms}, {101 * ms, ms, 1 * ms}}, 0, 9.5 * ms, 100 * ms},
		{"of a clock that went back", []moment{{100 * ms, 5 * ms, 0}, {99 * ms, 4 * ms, ms}}, 0, ms / 2, 100 * ms},
		{"as far as can be", []moment{{100 * ms, math.MinInt64, math.MinInt64}, {101 * ms, math.MaxInt64, math.MaxInt64}}, 0, 0, 100 * ms},
	} {
		s := &leftSegment{moments: c.moments}
		if got := s.timeOfTicks(c.at, c.ticks); !got.Equal(time.Unix(0, c.want)) {
			t.Errorf("%s: got %v, want %v", c.name, got.UnixNano(), c.want)
		}
	}
}
