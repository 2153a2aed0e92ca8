package queue

import "time"

// spares are pieces of memory to be used again. What was not needed for a while is let go.
type spares[T any] struct {
	all  []T
	low  int           // the fewest there were since the last look
	next time.Duration // when to look again
}

// lookEvery is how often spares are looked through.
const lookEvery = time.Second

// take returns a piece, if there is one.
func (s *spares[T]) take() (piece T, ok bool) {
	last := len(s.all) - 1
	if last < 0 {
		return piece, false
	}
	piece = s.all[last]
	s.cut(last)
	s.low = min(s.low, last)
	return piece, true
}

// put keeps a piece, unless there are as many as limit.
func (s *spares[T]) put(piece T, limit int) {
	if len(s.all) < limit {
		s.all = append(s.all, piece)
	}
}

// age lets go, now and then, of half of what nobody needed since the last time. Any clock will do.
func (s *spares[T]) age(now time.Duration) {
	if now >= s.next {
		s.shed(len(s.all) - s.low/2)
		s.next = now + lookEvery
	}
}

// shed lets go of all pieces but n.
func (s *spares[T]) shed(n int) {
	s.cut(min(n, len(s.all)))
	s.low = len(s.all)
}

func (s *spares[T]) cut(n int) {
	clear(s.all[n:])
	s.all = s.all[:n]
}
