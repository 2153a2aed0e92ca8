package receiver

import (
	"sync"
	"time"
)

const (
	// budgetWait is how long a connection waits for bytes of the budget.
	budgetWait = time.Second
	// budgetWaiters is how many may wait at once: a waiting connection may sit at a desk.
	budgetWaiters = 64
)

// budget bounds the bytes held of frames that have not arrived whole.
type budget struct {
	mu      sync.Mutex // guards what follows
	free    int64
	waiting int
	freed   chan struct{} // closed when bytes came back; nil while nobody waits
}

// take takes n bytes, waiting a while for them if need be, and reports whether it got them.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free >= n {
		b.free -= n
		return true
	}
	if b.waiting >= budgetWaiters {
		return false
	}
	b.waiting++
	defer func() { b.waiting-- }()
	timeout := time.NewTimer(budgetWait)
	defer timeout.Stop()
	for b.free < n {
		if b.freed == nil {
			b.freed = make(chan struct{})
		}
		freed := b.freed
		b.mu.Unlock()
		select {
		case <-freed:
			b.mu.Lock()
		case <-timeout.C:
			b.mu.Lock()
			return false
		}
	}
	b.free -= n
	return true
}

// give gives n bytes back.
func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

func (b *budget) used(limit int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return limit - b.free
}
