package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/record"
)

// chunks is the store.
type chunks struct{ s *sqlite.Store }

func openChunks(dir string) (engine, error) {
	s, err := sqlite.Open(dir, sqlite.Options{MaxBytes: -1})
	if err != nil {
		return nil, err
	}
	return chunks{s}, nil
}

func (c chunks) keep(ctx context.Context, b *batch) error { return c.s.Handle(ctx, b.records) }

// settle waits until there is no more than what is waiting for the next chunk.
func (c chunks) settle(ctx context.Context) error {
	for c.s.Stats().Pending > sqlite.DefaultChunkRecords {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (c chunks) close() error { return c.s.Close(context.Background()) }

func (c chunks) find(ctx context.Context, q *question) (n int, err error) {
	meant := store.Query{}
	if q.filter != "" {
		if meant.Filter, err = filter.Parse(q.filter, time.Now()); err != nil {
			return 0, err
		}
	}
	if q.span > 0 {
		meant.To = c.s.Stats().Newest.Add(1)
		meant.From = meant.To.Add(-q.span)
	}
	switch q.ask {
	case count:
		counts, err := c.s.Count(ctx, meant)
		if err != nil {
			return 0, err
		}
		return int(counts.Total.Total()), nil
	case histogram:
		h, err := c.s.Histogram(ctx, store.HistogramQuery{Query: meant, Width: time.Minute})
		if err != nil {
			return 0, err
		}
		return len(h.Buckets), nil
	case one:
		_, err := c.s.Around(ctx, store.AroundQuery{ID: record.ID{Epoch: 1, Sequence: 7, Index: 7}})
		if errors.Is(err, store.ErrNotFound) {
			return 0, nil
		}
		return 1, err
	}
	p, err := c.s.Page(ctx, store.PageQuery{Query: meant, Limit: 100})
	if err != nil {
		return 0, err
	}
	return len(p.Records), nil
}
