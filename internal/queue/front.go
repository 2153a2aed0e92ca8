package queue

import (
	"log/slog"
	"sync"

	"github.com/jackdaw-log/jackdaw/record"
)

// maxFront is the number of records in the front at which a caller moves them itself.
const maxFront = 2048

// slabAttrs is the number of attrs that are made at once.
const slabAttrs = 1024

// front is where callers put their records.
type front struct {
	mu     sync.Mutex // guards all below
	slots  []slot
	slab   []slog.Attr // memory for attrs; what was handed out is behind its length
	closed bool
	counts Counts // without Waiting
	flying int    // records taken out by swap that are not with their outlets yet
	nobody uint64 // records that no outlet wanted
}

// slot is a record on its way to its outlets.
type slot struct {
	rec  record.Record
	to   Router
	skip []*Outlet
}

// slot returns the place for one more record, nil if the front is closed. mu is held.
func (f *front) slot() *slot {
	if f.closed {
		return nil
	}
	f.counts.Accepted++
	if len(f.slots) < cap(f.slots) {
		f.slots = f.slots[:len(f.slots)+1]
	} else {
		f.slots = append(f.slots, slot{})
	}
	return &f.slots[len(f.slots)-1]
}

// attrs copies attrs into memory that the record owns. mu is held.
func (f *front) attrs(bound []slog.Attr, own *slog.Record) []slog.Attr {
	n := len(bound) + own.NumAttrs()
	if n == 0 {
		return nil
	}
	if cap(f.slab)-len(f.slab) < n {
		f.slab = make([]slog.Attr, 0, max(slabAttrs, n))
	}
	from := len(f.slab)
	f.slab = append(f.slab, bound...)
	own.Attrs(func(a slog.Attr) bool {
		f.slab = append(f.slab, a)
		return true
	})
	return f.slab[from:len(f.slab):len(f.slab)]
}

// refused counts a record that came after Close. mu is held.
func (f *front) refused(level slog.Level) {
	f.counts.Accepted++
	f.counts.Dropped[Closed][band(level)]++
}

// unrouted counts a record that no outlet wants. mu is held.
func (f *front) unrouted(level slog.Level) {
	if f.closed {
		f.refused(level)
		return
	}
	f.counts.Accepted++
	f.counts.Handled++
	f.nobody++
}

// swap takes all records out and gives the front other memory to gather them in.
func (f *front) swap(spare []slot) []slot {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.slots) == 0 {
		return spare
	}
	full := f.slots
	f.slots = spare
	f.flying = len(full)
	return full
}

// moved says that what swap took out is with the outlets now.
func (f *front) moved(unrouted uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Handled += uint64(f.flying)
	f.nobody += unrouted
	f.flying = 0
}

func (f *front) stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Stats{Counts: f.counts, Unrouted: f.nobody}
	s.Waiting = uint64(len(f.slots) + f.flying)
	return s
}
