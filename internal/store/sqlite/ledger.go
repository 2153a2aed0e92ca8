package sqlite

import (
	"sync"
)

// Counts is the ledger of a store since it was opened: Accepted = Handled + Waiting, at any moment. Nothing is
// dropped here: who calls Handle has records that it returned an error for.
type Counts struct {
	Accepted, Handled, Waiting uint64
	// Repeated counts, among the handled ones, those that were kept already and were passed over.
	Repeated uint64
}

type ledger struct {
	mu     sync.Mutex // guards counts
	counts Counts
}

// arrived counts records that are on their way into the file.
func (l *ledger) arrived(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Accepted += uint64(n)
	l.counts.Waiting += uint64(n)
}

// settled counts what became of them. Those that could not be kept were never accepted.
func (l *ledger) settled(n, repeated int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Waiting -= uint64(n)
	if err != nil {
		l.counts.Accepted -= uint64(n)
		return
	}
	l.counts.Handled += uint64(n)
	l.counts.Repeated += uint64(repeated)
}

func (l *ledger) now() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}
