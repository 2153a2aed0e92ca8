package sqlite

import (
	"context"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Around implements [store.Reader].
func (s *Store) Around(ctx context.Context, q store.AroundQuery) (*store.Around, error) {
	r, err := s.byID(ctx, q.ID)
	if err != nil {
		return nil, err
	}
	a := &store.Around{Record: *r}
	place := store.PlaceOf(r)
	for _, side := range []struct {
		order   store.Order
		limit   int
		records *[]record.Record
	}{{store.NewestFirst, q.Before, &a.Before}, {store.OldestFirst, q.After, &a.After}} {
		if side.limit <= 0 {
			continue
		}
		p, err := s.Page(ctx, store.PageQuery{Query: store.Query{Filter: q.Filter}, Order: side.order, After: &place, Limit: side.limit})
		if err != nil {
			return nil, err
		}
		*side.records = p.Records
		a.Unreadable += p.Unreadable
	}
	slices.Reverse(a.Before)
	return a, nil
}

// byID returns the record of an id.
func (s *Store) byID(ctx context.Context, id record.ID) (*record.Record, error) {
	x, err := s.search(ctx, store.Query{})
	if err != nil {
		return nil, err
	}
	defer x.release()
	for _, h := range x.heads {
		for i := range h.records {
			if h.records[i].ID == id {
				r := h.records[i].Clone()
				return &r, nil
			}
		}
	}
	for _, c := range x.candidates() {
		if id.Compare(c.first) < 0 || id.Compare(c.last) > 0 {
			continue
		}
		r, err := x.row(ctx, c, id)
		if err == nil && r != nil || err != nil && !isUnreadable(err) {
			return r, err
		}
		if err != nil {
			s.damage.add(c.shelf.name, "chunk "+itoa(c.id)+": "+err.Error(), s.o.Notify)
		}
	}
	return nil, store.ErrNotFound
}

// row returns the record of an id in a chunk, nil if it has none.
func (x *search) row(ctx context.Context, c candidate, id record.ID) (*record.Record, error) {
	k := x.open(ctx, c)
	defer k.Release()
	ids, err := k.IDs()
	if err != nil {
		return nil, err
	}
	row := slices.Index(ids, id)
	if row < 0 {
		return nil, nil
	}
	r, err := k.Record(row)
	if err != nil {
		return nil, err
	}
	return &r, nil
}
