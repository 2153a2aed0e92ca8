package receiver

import (
	"math/bits"
	"slices"
	"sync"
)

// bodies are the memory of bodies that were read, to be used again: a request of a thousand records has half a megabyte
// of them, for a moment. Each size is twice the one before.
type bodies struct{ pools [numBodies]sync.Pool }

const (
	// numBodies is how many sizes there are, from firstBody on. What is larger is not kept.
	numBodies = 6
	maxBodies = firstBody << (numBodies - 1)
)

// sizeOf returns which size has room for n bytes, and how much that is: n itself where none is kept for so few, or for
// so many, and where it would be more than most.
func (s *bodies) sizeOf(n, most int) (i, size int) {
	if n > firstBody/2 && n <= maxBodies {
		i = bits.Len(uint(n-1) / firstBody)
		if size = firstBody << i; size <= most {
			return i, size
		}
	}
	return -1, n
}

// take returns memory of a size that sizeOf gave.
func (s *bodies) take(i, size int) []byte {
	if i >= 0 {
		if b, ok := s.pools[i].Get().(*[]byte); ok {
			return *b
		}
	}
	return make([]byte, 0, size)
}

// put takes memory back that nobody uses any more.
func (s *bodies) put(b []byte) {
	if i, size := s.sizeOf(cap(b), cap(b)); i >= 0 && size == cap(b) {
		b = b[:0]
		s.pools[i].Put(&b)
	}
}

// room takes memory for a part of the request's body, n bytes at least, within the budget. It is the request's until
// giveBack or release.
func (q *request) room(n int) ([]byte, *refusal) {
	i, size := q.r.bodies.sizeOf(n, q.r.o.MaxBody+1)
	if no := q.take(size); no != nil {
		return nil, no
	}
	b := q.r.bodies.take(i, size)
	q.bodies = append(q.bodies, b)
	return b, nil
}

// giveBack gives back what room returned, of which i was there before.
func (q *request) giveBack(i int) {
	b := q.bodies[i]
	q.bodies = slices.Delete(q.bodies, i, i+1)
	q.r.bodies.put(b)
	q.give(int64(cap(b)))
}
