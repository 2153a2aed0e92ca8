package queue

import (
	"math"
	"testing"
)

// Between two looks ticks tell the time, however long a tick is; and whatever they do, they tell none after the last look, or
// long before it.
func TestScale(t *testing.T) {
	const ms = 1_000_000
	for _, c := range []struct {
		name  string
		marks []mark // the looks
		ticks int64
		want  int64
		err   int64
	}{
		{"at the look", []mark{{0, 0}, {3 * ms, ms}}, 3 * ms, ms, 0},
		{"in the middle", []mark{{0, 0}, {3 * ms, ms}}, 1.5 * ms, ms / 2, 1},
		{"a tick of ten ns", []mark{{0, 0}, {ms / 10, ms}}, ms / 20, ms / 2, 1},
		{"ticks that are large", []mark{{math.MaxInt64 - 4*ms, 5 * ms}, {math.MaxInt64 - ms, 6 * ms}}, math.MaxInt64 - 2*ms, 5*ms + 2*ms/3, 1},
		{"read just before the look before", []mark{{0, 0}, {3 * ms, ms}, {6 * ms, 2 * ms}}, 3*ms - 300, ms - 100, 1},
		{"a rate that changed at the look before", []mark{{0, 0}, {3 * ms, ms}, {5 * ms, 2 * ms}}, 4 * ms, 1.5 * ms, 1},
		{"the first look", []mark{{3 * ms, ms}}, 3*ms - 10, ms, 10},
		{"later than the look", []mark{{0, 0}, {3 * ms, ms}}, 4 * ms, ms, 0},
		{"long before", []mark{{0, 0}, {3 * ms, ms}, {6 * ms, 2 * ms}}, -1000 * ms, 0, 0},
		{"far back in ticks that go back", []mark{{9 * ms, 0}, {12 * ms, ms}, {0, 2 * ms}}, 11 * ms, 2 * ms, 0},
		{"from before they were set back", []mark{{9 * ms, 0}, {12 * ms, ms}, {0, 2 * ms}}, -1, 2 * ms, 0},
		{"that stand", []mark{{5, 0}, {5, ms}}, 5, ms, 0},
		{"that went on for a day while the machine slept, just before the look", []mark{{0, 0}, {3 * 86_400_000 * ms, ms}}, 3*86_400_000*ms - 300, ms, 1},
		{"that stood while the clock went on for a day, just before the look", []mark{{0, 0}, {3 * ms, 86_400_000 * ms}}, 3*ms - 1, 86_400_000*ms - 86_400_000/3, 1},
		{"of a clock that went back", []mark{{0, 5 * ms}, {3 * ms, 4 * ms}}, ms, 4 * ms, 0},
	} {
		var s scale
		for _, m := range c.marks {
			s.add(m)
		}
		if got := s.key(c.ticks); got < c.want-c.err || got > c.want+c.err {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// Ticks that come one after the other tell times that do so.
func FuzzScale(f *testing.F) {
	f.Add(int64(0), int64(0), int64(3000), int64(1000), int64(6000), int64(2000), int64(4000), int64(5000))
	f.Add(int64(9000), int64(0), int64(12000), int64(1000), int64(0), int64(2000), int64(-1), int64(13000))
	f.Fuzz(func(t *testing.T, t0, k0, t1, k1, t2, k2, a, b int64) {
		const bound = 1 << 55 // a year
		for _, x := range []*int64{&t0, &k0, &t1, &k1, &t2, &k2, &a, &b} {
			*x %= bound
		}
		k1, k2 = max(k0, k1), max(k0, k1, k2)
		a, b = min(a, b), max(a, b)
		var s scale
		s.add(mark{t0, k0})
		s.add(mark{t1, k1})
		s.add(mark{t2, k2})
		first, second := s.key(a), s.key(b)
		if first > second || first < k0 || second > k2 {
			t.Errorf("looks at %d %d %d: ticks %d and %d tell %d and %d, want them in order, and from %d to %d",
				t0, t1, t2, a, b, first, second, k0, k2)
		}
	})
}
