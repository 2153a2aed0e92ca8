package sender

import "sync"

// Stats are the counts of a [Socket]. At any moment Handled = Confirmed + Unconfirmed + Waiting.
type Stats struct {
	// Handled is how many records the Socket has taken: they were written whole, or, where a call of
	// Handle was broken off inside a record, their rest is kept and written next.
	Handled uint64
	// Confirmed is how many of them the receiving process has read, as far as this wire can tell: see
	// the package documentation.
	Confirmed uint64
	// Unconfirmed is how many may be lost: their connection broke, or was never answered. Datagrams
	// are unconfirmed from the start, since nothing ever confirms them.
	Unconfirmed uint64
	// Waiting is how many were written and are neither yet.
	Waiting uint64

	// TooLarge is how many records were refused because their frame is larger than MaxFrame, or than
	// the network's datagrams.
	TooLarge uint64
	// Refused is how often the receiving machine said that nobody listens there for UDP: at least one
	// earlier datagram was lost each time.
	Refused uint64

	// Connections is how many connections were made. Most of them replace one that was confirmed.
	Connections uint64
	// Connected says whether there is a connection now. An idle Socket has none.
	Connected bool
}

// ledger keeps the Stats. It has a lock of its own, so that they can be read while a Handle waits.
type ledger struct {
	mu sync.Mutex // guards s
	s  Stats
}

// book changes the counts in one step.
func (l *ledger) book(change func(s *Stats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.s)
}

// Stats returns the counts. It never waits.
func (s *Socket) Stats() Stats {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.s
}
