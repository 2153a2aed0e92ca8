package live

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// patience is how long the feed may take for a record that is known to be there.
const patience = time.Second

// begin returns what the view follows: from the record on that the viewer knows, or after the last ones that
// match, which it has then.
func (v *View) begin() (Follower, error) {
	var s Start
	if !v.q.All {
		s.MaxBehind = maxBehind
	}
	if !v.q.After.IsZero() {
		return v.h.o.Feed.Follow(v.ctx, from(s, v.told))
	}
	if v.q.Last == 0 {
		v.mu.Lock()
		v.at, v.told = v.q.End, v.q.End
		v.mu.Unlock()
		return v.h.o.Feed.Follow(v.ctx, from(s, v.q.End))
	}
	return v.beginWithLast(s)
}

// from returns where to begin behind a record; with all there is, if there was none.
func from(s Start, id record.ID) Start {
	if s.After = id; id.IsZero() {
		s.Last = everything
	}
	return s
}

// beginWithLast gathers the last records that match: from the store those that it has, from the feed those after.
func (v *View) beginWithLast(s Start) (Follower, error) {
	var last []record.Record
	known := record.ID{} // the feed is followed behind it
	if v.h.o.Store != nil && v.h.o.Position != nil {
		known, _ = v.h.o.Position()
		last = v.kept(known)
		s = from(s, known)
	} else {
		s.Last = uint64(max(1000, 10*v.q.Last))
	}
	f, err := v.h.o.Feed.Follow(v.ctx, s)
	if err != nil {
		return nil, err
	}
	first := v.q.End // behind it all is shown
	for known.Compare(first) < 0 {
		batch, err := nextSoon(v.ctx, f)
		if err != nil {
			f.Close()
			return nil, err
		}
		if batch == nil {
			break // it is gone
		}
		for i := range batch {
			r := &batch[i]
			known = r.ID
			if v.q.Filter.Match(r) {
				last = append(last, r.Clone())
			}
		}
		last = slices.Delete(last, 0, max(0, len(last)-v.q.Last-later(last, first)))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range last {
		v.waiting.put(&last[i], 0, 0)
	}
	if v.at = known; known.Compare(first) < 0 {
		v.at = first
	}
	v.told = v.at
	notify(v.wake)
	return f, nil
}

// later returns how many records came after an id.
func later(records []record.Record, id record.ID) (n int) {
	for i := range records {
		if records[i].ID.Compare(id) > 0 {
			n++
		}
	}
	return n
}

// kept returns the last records that match, from the oldest on, of those that the store has up to an id. A store that
// cannot tell soon is not waited for.
func (v *View) kept(upTo record.ID) []record.Record {
	ctx, cancel := context.WithTimeout(v.ctx, backlogTime)
	defer cancel()
	p, err := v.h.o.Store.Page(ctx, store.PageQuery{Query: store.Query{Filter: v.q.Filter}, Limit: v.q.Last})
	if err != nil {
		v.mu.Lock()
		v.missed = Gap{AtLeast: true, Why: "the last records cannot be had: " + err.Error()}
		v.mu.Unlock()
		return nil
	}
	records := slices.DeleteFunc(p.Records, func(r record.Record) bool { return r.ID.Compare(upTo) > 0 })
	slices.Reverse(records)
	return records
}

// nextSoon returns the next batch, or nil if there is none.
func nextSoon(ctx context.Context, f Follower) ([]record.Record, error) {
	soon, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	batch, _, err := f.Next(soon)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	return batch, err
}
