package window

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// checkEvery is how many records are looked at between two looks at the context.
const checkEvery = 1024

// each calls f with the records that are meant, in the order in which they arrived.
func (w *Window) each(ctx context.Context, q store.Query, f func(e *entry)) error {
	from, to := int64(store.NoMoment), int64(0)
	if !q.From.IsZero() {
		from = store.MomentOf(q.From)
	}
	if !q.To.IsZero() {
		to = store.MomentOf(q.To)
	}
	for i, e := range w.now() {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if e.place.Moment >= from && (q.To.IsZero() || e.place.Moment < to) && q.Filter.Match(&e.Record) {
			f(e)
		}
	}
	return context.Cause(ctx)
}

// sorted returns the records that are meant, from the oldest to the newest.
func (w *Window) sorted(ctx context.Context, q store.Query, also func(e *entry) bool) ([]*entry, error) {
	var found []*entry
	err := w.each(ctx, q, func(e *entry) {
		if also(e) {
			found = append(found, e)
		}
	})
	slices.SortFunc(found, func(a, b *entry) int { return a.place.Compare(b.place) })
	return found, err
}

func records(entries []*entry) []record.Record {
	list := make([]record.Record, len(entries))
	for i, e := range entries {
		list[i] = e.Clone()
	}
	return list
}

// Page implements [store.Reader].
func (w *Window) Page(ctx context.Context, q store.PageQuery) (*store.Page, error) {
	if q.Limit <= 0 {
		q.Limit = store.DefaultPage
	}
	q.Limit = min(q.Limit, store.MaxPage)
	found, err := w.sorted(ctx, q.Query, func(e *entry) bool {
		if q.After == nil {
			return true
		}
		c := e.place.Compare(*q.After)
		return q.Order == store.NewestFirst && c < 0 || q.Order == store.OldestFirst && c > 0
	})
	if err != nil {
		return nil, err
	}
	if q.Order == store.NewestFirst {
		slices.Reverse(found)
	}
	p := new(store.Page)
	if len(found) > q.Limit {
		found = found[:q.Limit]
		p.Next = &store.Place{}
		*p.Next = found[q.Limit-1].place
	}
	p.Records = records(found)
	return p, nil
}

// Around implements [store.Reader].
func (w *Window) Around(ctx context.Context, q store.AroundQuery) (*store.Around, error) {
	var is *entry
	if err := w.each(ctx, store.Query{}, func(e *entry) {
		if e.ID == q.ID {
			is = e
		}
	}); err != nil {
		return nil, err
	}
	if is == nil {
		return nil, store.ErrNotFound
	}
	found, err := w.sorted(ctx, store.Query{Filter: q.Filter}, func(e *entry) bool { return e != is })
	if err != nil {
		return nil, err
	}
	i, _ := slices.BinarySearchFunc(found, is.place, func(e *entry, p store.Place) int { return e.place.Compare(p) })
	before, after := min(max(q.Before, 0), store.MaxPage), min(max(q.After, 0), store.MaxPage)
	return &store.Around{
		Record: is.Clone(), Before: records(found[max(0, i-before):i]), After: records(found[i:min(len(found), i+after)]),
	}, nil
}

// Count implements [store.Reader].
func (w *Window) Count(ctx context.Context, q store.Query) (*store.Counts, error) {
	c := new(store.Counts)
	loggers := make(map[string]*queue.Levels)
	err := w.each(ctx, q, func(e *entry) {
		band := queue.Band(e.Level)
		c.Total[band]++
		l := loggers[e.Logger]
		if l == nil {
			if len(loggers) >= store.MaxLoggers {
				return
			}
			l = new(queue.Levels)
			loggers[e.Logger] = l
		}
		l[band]++
	})
	if err != nil {
		return nil, err
	}
	for name, l := range loggers {
		c.Loggers = append(c.Loggers, store.LoggerCount{Logger: name, Levels: *l})
	}
	slices.SortFunc(c.Loggers, func(a, b store.LoggerCount) int { return strings.Compare(a.Logger, b.Logger) })
	return c, nil
}

// Histogram implements [store.Reader].
func (w *Window) Histogram(ctx context.Context, q store.HistogramQuery) (*store.Histogram, error) {
	width, start := int64(max(q.Width, time.Second)), int64(0)
	if !q.From.IsZero() {
		start = store.MomentOf(q.From)
	}
	h := new(store.Histogram)
	buckets := make(map[int64]*queue.Levels) // by where they begin
	err := w.each(ctx, q.Query, func(e *entry) {
		band := queue.Band(e.Level)
		if e.place.Moment == store.NoMoment {
			h.Timeless[band]++
			return
		}
		// Both are a multiple of the width less their rest, so that the difference cannot overflow.
		begin := e.place.Moment - rest(rest(e.place.Moment, width)-rest(start, width), width)
		l := buckets[begin]
		if l == nil {
			l = new(queue.Levels)
			buckets[begin] = l
		}
		l[band]++
	})
	switch {
	case err != nil:
		return nil, err
	case len(buckets) > store.MaxBuckets || !q.From.IsZero() && !q.To.IsZero() && q.To.Sub(q.From)/time.Duration(width) > store.MaxBuckets:
		return nil, errBuckets
	}
	for begin, l := range buckets {
		h.Buckets = append(h.Buckets, store.Bucket{Start: time.Unix(0, begin).UTC(), Levels: *l})
	}
	slices.SortFunc(h.Buckets, func(a, b store.Bucket) int { return a.Start.Compare(b.Start) })
	return h, nil
}

// rest is what n has more than a multiple of width.
func rest(n, width int64) int64 {
	if n %= width; n < 0 {
		n += width
	}
	return n
}

// maxValue bounds the length of a value that is told.
const maxValue = 256

// Values implements [store.Reader].
func (w *Window) Values(ctx context.Context, q store.ValuesQuery) (*store.Values, error) {
	field, err := chunk.NewField(q.Name)
	if err != nil {
		return nil, err
	}
	prefix := filter.Fold(q.Prefix)
	counts := make(map[string]uint64)
	if err := w.each(ctx, q.Query, func(e *entry) {
		field.Of(&e.Record, func(value string) {
			if len(value) <= maxValue && (prefix == "" || strings.HasPrefix(filter.Fold(value), prefix)) {
				counts[value]++
			}
		})
	}); err != nil {
		return nil, err
	}
	v := &store.Values{Complete: true}
	for text, n := range counts {
		v.Values = append(v.Values, store.Value{Text: text, Records: n})
	}
	slices.SortFunc(v.Values, func(a, b store.Value) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), strings.Compare(a.Text, b.Text))
	})
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	v.Values = v.Values[:min(len(v.Values), limit, store.MaxValues)]
	return v, nil
}
