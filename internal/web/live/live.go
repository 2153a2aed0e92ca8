// Package live shows records to viewers as they arrive.
//
//	feed ─┬─ follower ─▶ filter ─▶ waiting, bounded ─▶ viewer
//	      ├─ follower ─▶ filter ─▶ waiting, bounded ─▶ viewer
//	      └─ follower ─▶ sources
//
// A feed remembers what arrived last, and where it ends; each viewer has a follower of it, which reads the same
// memory. So a viewer costs what it looks at, and no viewer holds back another one, or what arrives: where too much
// waits for one, or more arrives than its share, it gets the rest and a [Gap] that says exactly how many it did not.
package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Feed is where records arrive. Its methods may be called from any goroutine.
type Feed interface {
	// Last returns the id of the last record that arrived, the zero id if there is none.
	Last(ctx context.Context) (record.ID, error)
	// Follow returns a follower that begins where the start says.
	Follow(ctx context.Context, s Start) (Follower, error)
}

// Start says where to begin to follow.
type Start struct {
	// After is the last record that is known already.
	After record.ID
	// Last is how many records before the end to begin, about, if there is no After.
	Last uint64
	// MaxBehind bounds how many bytes the follower may be behind the end: what it is further behind it misses. There
	// is no bound if it is zero.
	MaxBehind int64
}

// Follower reads a feed. It is not for concurrent use.
type Follower interface {
	// Next waits for the next records, until ctx ends; the call after that goes on. The batch is never empty, is not to
	// be changed, and is good until the next call. missed is what lies before it, and will not come.
	Next(ctx context.Context) (batch []record.Record, missed Missed, err error)
	// Close ends the follower.
	Close()
}

// Missed is how many records a follower did not get.
type Missed struct {
	Records uint64
	// AtLeast is set when there may be more.
	AtLeast bool
}

// Options configure a Hub. Its functions are called from any goroutine.
type Options struct {
	Feed Feed
	// Store is asked for the last records when a viewer begins, and Position which record of the feed it has last.
	// Both may be nil: then the feed's memory has to do.
	Store    store.Reader
	Position func() (record.ID, bool)
	// Peers returns the addresses of connections: true for those that are open, false for those that ended last.
	// Where it is nil, nothing is known of connections.
	Peers func() map[string]bool
	// MaxViewers bounds the viewers. Defaults to DefaultViewers if zero.
	MaxViewers int
	// ShareRecords and ShareBytes are what a viewer has of what arrives, each second. They default to
	// DefaultShareRecords and DefaultShareBytes if zero.
	ShareRecords, ShareBytes int
}

// The defaults of Options.
const (
	DefaultViewers      = 256
	DefaultShareRecords = 2000
	DefaultShareBytes   = 2 << 20
)

var (
	// ErrClosed ends what views there are when the hub is closed.
	ErrClosed = errors.New("the server is closing")
	// ErrFull says that there are as many viewers as there may be.
	ErrFull = errors.New("there are as many viewers as there may be")
)

const (
	// maxBehind bounds how far behind the end a viewer may be that does not ask for everything.
	maxBehind = 16 << 20
	// everything is more than a feed remembers.
	everything = 1 << 62
	// backlogTime bounds how long the store is asked for the last records.
	backlogTime = 5 * time.Second
	// MaxLast bounds the records that a viewer can begin with.
	MaxLast = 10_000
)

// Hub has the viewers of a feed. Its methods may be called from any goroutine.
type Hub struct {
	o       Options
	sources sources
	ctx     context.Context // ends at Close
	end     context.CancelFunc
	running sync.WaitGroup

	unshown atomic.Uint64 // records that were told in gaps

	mu      sync.Mutex // guards what follows
	viewers int
	closed  bool
}

// Stats are the counts of a Hub.
type Stats struct {
	// Viewers is how many there are now, Limit how many there may be.
	Viewers, Limit int
	// Unshown is how many records were told in gaps, of all viewers.
	Unshown uint64
}

// Stats returns the counts as they are now.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{h.viewers, h.o.MaxViewers, h.unshown.Load()}
}

// New returns a Hub. Close it.
func New(o Options) *Hub {
	if o.MaxViewers == 0 {
		o.MaxViewers = DefaultViewers
	}
	if o.ShareRecords == 0 {
		o.ShareRecords = DefaultShareRecords
	}
	if o.ShareBytes == 0 {
		o.ShareBytes = DefaultShareBytes
	}
	h := &Hub{o: o}
	h.ctx, h.end = context.WithCancel(context.Background())
	h.sources.init()
	h.running.Go(h.watch)
	h.running.Go(h.tick)
	return h
}

// Close ends all views. Closing twice is fine.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.end()
	h.running.Wait()
}

// Last returns the id of the last record that arrived, the zero id if there is none.
func (h *Hub) Last(ctx context.Context) (record.ID, error) { return h.o.Feed.Last(ctx) }

// Query says what a viewer is shown.
type Query struct {
	// Filter says which records. Nil means all.
	Filter *filter.Filter
	// After is the last record that the viewer knows. If it is zero, the Last records that match come first.
	After record.ID
	Last  int
	// Counted is the last record that the viewer has counted, where that is before After; the zero id is before the first
	// one. Nil is After.
	Counted *record.ID
	// End is the last record there was when the view began, as [Hub.Last] returned it.
	End record.ID
	// All says that nothing is left out: a viewer that is slow, or a feed that is quick, is waited for, as long as the
	// feed remembers what is next.
	All bool
	// Counts says that all records are to be counted, and changes of the sources told.
	Counts bool
}

// View begins to show records. It does not wait. Close it.
func (h *Hub) View(q Query) (*View, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, ErrClosed
	case h.viewers >= h.o.MaxViewers:
		return nil, ErrFull
	}
	h.viewers++
	v := newView(h, q)
	h.running.Go(v.run)
	return v, nil
}

// leave is the end of a view.
func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.viewers--
}
