package main

import (
	"context"
	"errors"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxHeld bounds the records that are held to be turned round, and heldBytes about what they take; maxPage those of
	// a page, which come in pages of about pageBytes, the first one of firstPage.
	maxHeld   = 5000
	heldBytes = 32 << 20
	maxPage   = 5000
	firstPage = 200
	pageBytes = 4 << 20
)

// selection takes records out of a store, the oldest first, and keeps little of them.
type selection struct {
	from    store.Reader
	q       store.Query
	limit   int // the newest of them; 0 is all
	context int // neighbours on each side
	print   *printer
	moved   func(found uint64, r *record.Record) // is called now and then, may be nil

	found      uint64
	unreadable uint64
	more       bool         // there are older ones
	last       *store.Place // of what was written
	size       int
}

// run writes the records.
func (s *selection) run(ctx context.Context) error {
	s.size = firstPage
	if s.limit == 0 {
		return s.forward(ctx, nil)
	}
	// From the newest back: as many as there should be, held if they are few.
	var held []record.Record
	few, size := s.limit <= maxHeld, 0
	var after *store.Place
	var beyond *store.Place // the place of the first that is too much
	for n := 0; ; {
		page, err := s.page(ctx, store.NewestFirst, after, s.limit+1-n)
		if err != nil {
			return err
		}
		for i := range page.Records {
			if n++; n > s.limit {
				place := store.PlaceOf(&page.Records[i])
				beyond, s.more = &place, true
				break
			}
			if size += weight(&page.Records[i]); size > heldBytes {
				held, few = nil, false
			}
			if few {
				held = append(held, page.Records[i])
			}
		}
		if after = page.Next; after == nil || n > s.limit {
			break
		}
	}
	if !few {
		return s.forward(ctx, beyond)
	}
	slices.Reverse(held)
	for i := range held {
		if err := s.write(ctx, &held[i]); err != nil {
			return err
		}
	}
	return nil
}

// forward writes the records behind a place, as many as there should be.
func (s *selection) forward(ctx context.Context, after *store.Place) error {
	for {
		page, err := s.page(ctx, store.OldestFirst, after, maxPage)
		if err != nil {
			return err
		}
		for i := range page.Records {
			if s.limit > 0 && s.found == uint64(s.limit) {
				return nil // what came meanwhile
			}
			if err := s.write(ctx, &page.Records[i]); err != nil {
				return err
			}
		}
		if after = page.Next; after == nil {
			return nil
		}
		if s.moved != nil && len(page.Records) > 0 {
			s.moved(s.found, &page.Records[len(page.Records)-1])
		}
	}
}

// page asks for a page of at most that many records, and of less as long as they are large.
func (s *selection) page(ctx context.Context, order store.Order, after *store.Place, limit int) (*store.Page, error) {
	for {
		asked := min(limit, s.size, maxPage)
		page, err := s.from.Page(ctx, store.PageQuery{Query: s.q, Order: order, After: after, Limit: asked})
		if errors.Is(err, client.ErrLarge) && asked > 1 {
			s.size = max(asked/8, 1)
			continue
		}
		if err != nil {
			return nil, err
		}
		s.unreadable = max(s.unreadable, page.Unreadable)
		if n := len(page.Records); n == asked {
			bytes := 0
			for i := range page.Records {
				bytes += weight(&page.Records[i])
			}
			s.size = max(1, min(2*asked, maxPage, pageBytes*n/max(bytes, 1)))
		}
		return page, nil
	}
}

// weight is about how many bytes a record takes.
func weight(r *record.Record) int {
	n := 256 + len(r.Message) + len(r.Stack) + 64*len(r.Attrs)
	for i := range r.Attrs {
		n += len(r.Attrs[i].Key) + len(r.Attrs[i].Value.String())
	}
	if r.Exception != nil {
		n += len(r.Exception.Traceback)
	}
	return n
}

// write writes a record that was looked for, with its neighbours.
func (s *selection) write(ctx context.Context, r *record.Record) error {
	s.found++
	if s.context == 0 {
		return s.print.record(r, false)
	}
	a, err := s.from.Around(ctx, store.AroundQuery{ID: r.ID, Before: s.context, After: s.context})
	if errors.Is(err, store.ErrNotFound) {
		return s.print.record(r, false) // it is gone since
	}
	if err != nil {
		return err
	}
	return s.around(a)
}

// around writes a record with its neighbours, without those that were written before.
func (s *selection) around(a *store.Around) error {
	s.unreadable = max(s.unreadable, a.Unreadable)
	all := append(append(slices.Clip(a.Before), a.Record), a.After...)
	first := true
	for i := range all {
		place := store.PlaceOf(&all[i])
		if s.last != nil && place.Compare(*s.last) <= 0 {
			first = false
			continue
		}
		if first && s.last != nil {
			if err := s.print.apart(); err != nil {
				return err
			}
		}
		first = false
		if err := s.print.record(&all[i], i != len(a.Before) && !s.meant(&all[i])); err != nil {
			return err
		}
		s.last = &place
	}
	return nil
}

// meant reports whether a record is one that is looked for.
func (s *selection) meant(r *record.Record) bool {
	moment := store.Moment(r)
	return (s.q.From.IsZero() || moment >= store.MomentOf(s.q.From)) && (s.q.To.IsZero() || moment < store.MomentOf(s.q.To)) &&
		s.q.Filter.Match(r)
}
