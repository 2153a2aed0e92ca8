package receiver

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// budgetWait is how long a connection waits for bytes of the budget.
	budgetWait = time.Second
	// budgetWaiters is how many may wait at once: a waiting connection may sit at a desk.
	budgetWaiters = 64
)

// budget bounds the bytes held of frames that have not arrived whole, in all and for each peer.
type budget struct {
	mu      sync.Mutex // guards what follows
	limit   int64
	ofPeer  int64 // the limit of one
	held    int64
	peers   map[netip.Addr]int64 // what those hold that are limited
	waiting int
	freed   chan struct{} // closed when bytes came back; nil while nobody waits
}

func (b *budget) init(limit, ofPeer int64) {
	b.limit, b.ofPeer, b.peers = limit, ofPeer, make(map[netip.Addr]int64)
}

// has reports whether n bytes are left for peer.
func (b *budget) has(peer netip.Addr, n int64) bool {
	return b.held+n <= b.limit && (!peer.IsValid() || b.peers[peer]+n <= b.ofPeer)
}

// take takes n bytes, waiting a while for them if need be, and reports whether it got them. A peer that is
// not valid has no limit of its own.
func (b *budget) take(peer netip.Addr, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.has(peer, n) && !b.wait(peer, n) {
		return false
	}
	b.add(peer, n)
	return true
}

// try takes n bytes if they are there, and reports whether they were. It never waits.
func (b *budget) try(peer netip.Addr, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.has(peer, n) {
		return false
	}
	b.add(peer, n)
	return true
}

// charge takes n bytes that are held already, even beyond the bounds: others wait for them then.
func (b *budget) charge(peer netip.Addr, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(peer, n)
}

func (b *budget) add(peer netip.Addr, n int64) {
	b.held += n
	if peer.IsValid() {
		b.peers[peer] += n
	}
}

// wait waits until n bytes are left for peer. It is called, and returns, with mu locked.
func (b *budget) wait(peer netip.Addr, n int64) bool {
	if b.waiting >= budgetWaiters {
		return false
	}
	b.waiting++
	defer func() { b.waiting-- }()
	timeout := time.NewTimer(budgetWait)
	defer timeout.Stop()
	for !b.has(peer, n) {
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
	return true
}

// give gives n bytes of peer back.
func (b *budget) give(peer netip.Addr, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= n
	if peer.IsValid() {
		b.peers[peer] -= n
		if b.peers[peer] == 0 {
			delete(b.peers, peer)
		}
	}
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

func (b *budget) used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}
