package chunk

import (
	"math/bits"
	"sync"
)

// Buffers that are used again have the size of a power of two, from minPooled to maxPooled.
const (
	minPooled = 9
	maxPooled = 20
)

// pools have buffers, by their size.
type pools [maxPooled + 1]sync.Pool // of *[]byte

// buffers are what a chunk is read into. Nothing that a chunk returns refers to them.
type buffers struct {
	free *pools
	held []*[]byte
}

// take returns a buffer without bytes that has room for n.
func (b *buffers) take(n int) []byte {
	class := max(bits.Len(uint(max(n, 1)-1)), minPooled)
	if class > maxPooled {
		return make([]byte, 0, n)
	}
	p, ok := b.free[class].Get().(*[]byte)
	if !ok {
		fresh := make([]byte, 0, 1<<class)
		p = &fresh
	}
	b.held = append(b.held, p)
	return (*p)[:0]
}

// release lets all buffers be used again.
func (b *buffers) release() {
	for _, p := range b.held {
		b.free[bits.Len(uint(cap(*p)))-1].Put(p)
	}
	b.held = nil
}
