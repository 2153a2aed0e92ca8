package queue

import "github.com/jackdaw-log/jackdaw/internal/ticks"

// scale tells when it was by the processor's ticks, from the last two times at which the listener looked at ticks
// and clock together.
//
// So nothing has to be known of the ticks: how long one is, whether they stood or went on while the machine slept,
// whether another processor counts the same. Between the two looks it errs by as much as the clock's rate has changed
// from one to the other, which is nanoseconds; and whatever the ticks, it tells no time after the last look, or before
// the third last.
type scale struct {
	from, to mark
	floor    int64   // the key of the mark before from
	length   float64 // of a tick from one mark to the other, in ns
}

// mark is a moment by both.
type mark struct{ ticks, key int64 }

// look notes this moment. The ticks that key is asked for are earlier ones, and not much earlier than the look before. There
// are none where the clock may stand.
func (s *scale) look(c *clock) {
	if ticks.Known && !c.coarse {
		at, key := ticks.Beside(ticks.Read, c.now) // so that keys of ticks are no earlier than when those were read
		s.add(mark{at, key})
	}
}

// add notes a moment.
func (s *scale) add(m mark) {
	s.floor, s.from, s.to, s.length = s.from.key, s.to, m, 0
	if passed := m.ticks - s.from.ticks; passed > 0 {
		s.length = float64(max(m.key-s.from.key, 0)) / float64(passed)
	}
}

// key returns what the clock's key was when these ticks were read.
func (s *scale) key(at int64) int64 {
	back := s.to.ticks - at
	if back <= 0 {
		return s.to.key
	}
	return max(s.to.key-int64(float64(back)*s.length), s.floor)
}
