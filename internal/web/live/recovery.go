package live

import (
	"context"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxRecovered bounds the records that are read from the store for a viewer who was away for long.
	maxRecovered = 10_000
	// disorder is by how much records may be stored in another order than they were received in.
	disorder = time.Minute
)

// recovered reads from the store what the feed does not have any more: the records that match behind the one that the
// viewer knows, up to the first one of the feed. It reports whether these are all: there may be too many, or the store
// may not know where to begin.
func (v *View) recovered(upTo record.ID) bool {
	if v.h.o.Store == nil || v.q.After.IsZero() {
		return false
	}
	ctx, cancel := context.WithTimeout(v.ctx, backlogTime)
	defer cancel()
	known, err := v.h.o.Store.Around(ctx, store.AroundQuery{ID: v.q.After})
	if err != nil || known.Record.Received.IsZero() {
		return false
	}
	since, err := filter.New(filter.Time{Received: true, At: known.Record.Received.Add(-disorder)})
	if err != nil {
		return false
	}
	if since, err = filter.All(v.q.Filter, since); err != nil {
		return false
	}
	found, all := v.between(ctx, since, upTo)
	if !all {
		return false
	}
	slices.SortFunc(found, func(a, b record.Record) int { return a.ID.Compare(b.ID) })
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range found {
		for v.waiting.isFull() {
			if v.await() != nil {
				return true // it was closed
			}
		}
		v.waiting.put(&found[i], 0, 0)
		v.at = found[i].ID
	}
	notify(v.wake)
	return true
}

// between returns what the store has between what the viewer knows and an id, and whether that is all.
func (v *View) between(ctx context.Context, f *filter.Filter, upTo record.ID) (found []record.Record, all bool) {
	q := store.PageQuery{Query: store.Query{Filter: f}, Order: store.OldestFirst, Limit: maxRecovered / 10}
	for {
		p, err := v.h.o.Store.Page(ctx, q)
		if err != nil || p.Unreadable > 0 {
			return nil, false
		}
		for i := range p.Records {
			if id := p.Records[i].ID; id.Compare(v.q.After) > 0 && id.Compare(upTo) < 0 {
				found = append(found, p.Records[i])
			}
		}
		if len(found) > maxRecovered {
			return nil, false
		}
		if q.After = p.Next; p.Next == nil {
			return found, true
		}
	}
}
