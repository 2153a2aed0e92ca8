package storetest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// Reference is the plainest engine there is: it holds each record against the filter. It is what others are
// compared with.
type Reference struct{ records []record.Record }

// Handle implements [record.Handler]. Records have ids.
func (m *Reference) Handle(_ context.Context, batch []record.Record) error {
	for i := range batch {
		r := Kept(&batch[i])
		if !slices.ContainsFunc(m.records, func(o record.Record) bool { return o.ID == r.ID }) {
			m.records = append(m.records, r)
		}
	}
	slices.SortFunc(m.records, func(a, b record.Record) int { return store.PlaceOf(&a).Compare(store.PlaceOf(&b)) })
	return nil
}

// Kept returns a record as an engine keeps it: with what values of a program's own types show.
func Kept(r *record.Record) record.Record {
	kept, err := otlp.NewDecoder(otlp.Limits{Bytes: 1 << 30, Depth: 1000}).Decode(otlp.Append(nil, []record.Record{*r}), nil)
	if err != nil || len(kept) != 1 {
		panic(err)
	}
	kept[0].ID = r.ID
	return kept[0]
}

// Same reports whether two records are the same, to the last type and bit.
func Same(a, b *record.Record) bool {
	return a.ID == b.ID && bytes.Equal(otlp.Append(nil, []record.Record{*a}), otlp.Append(nil, []record.Record{*b}))
}

// meant returns the records that are meant, from the oldest to the newest.
func (m *Reference) meant(q store.Query) (found []record.Record) {
	for i := range m.records {
		r := &m.records[i]
		at := store.Moment(r)
		if (q.From.IsZero() || at >= store.MomentOf(q.From)) && (q.To.IsZero() || at < store.MomentOf(q.To)) && q.Filter.Match(r) {
			found = append(found, *r)
		}
	}
	return found
}

// Page implements [store.Reader].
func (m *Reference) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	found := m.meant(q.Query)
	if q.Order == store.NewestFirst {
		slices.Reverse(found)
	}
	if q.After != nil {
		found = slices.DeleteFunc(found, func(r record.Record) bool {
			c := store.PlaceOf(&r).Compare(*q.After)
			return q.Order == store.NewestFirst && c >= 0 || q.Order == store.OldestFirst && c <= 0
		})
	}
	limit := q.Limit
	if limit == 0 {
		limit = store.DefaultPage
	}
	p := &store.Page{Records: found}
	if len(found) > limit {
		p.Records = found[:limit]
		at := store.PlaceOf(&found[limit-1])
		p.Next = &at
	}
	return p, nil
}

// Around implements [store.Reader].
func (m *Reference) Around(_ context.Context, q store.AroundQuery) (*store.Around, error) {
	i := slices.IndexFunc(m.records, func(r record.Record) bool { return r.ID == q.ID })
	if i < 0 {
		return nil, store.ErrNotFound
	}
	a := &store.Around{Record: m.records[i]}
	match := func(records []record.Record) (found []record.Record) {
		for i := range records {
			if q.Filter.Match(&records[i]) {
				found = append(found, records[i])
			}
		}
		return found
	}
	before, after := match(m.records[:i]), match(m.records[i+1:])
	a.Before, a.After = before[max(0, len(before)-q.Before):], after[:min(q.After, len(after))]
	return a, nil
}

// Count implements [store.Reader].
func (m *Reference) Count(_ context.Context, q store.Query) (*store.Counts, error) {
	c := new(store.Counts)
	for _, r := range m.meant(q) {
		band := queue.Band(r.Level)
		c.Total[band]++
		i, ok := slices.BinarySearchFunc(c.Loggers, r.Logger, func(l store.LoggerCount, name string) int { return strings.Compare(l.Logger, name) })
		if !ok {
			c.Loggers = slices.Insert(c.Loggers, i, store.LoggerCount{Logger: r.Logger})
		}
		c.Loggers[i].Levels[band]++
	}
	return c, nil
}

// Histogram implements [store.Reader].
func (m *Reference) Histogram(_ context.Context, q store.HistogramQuery) (*store.Histogram, error) {
	h := new(store.Histogram)
	start := time.Unix(0, 0)
	if !q.From.IsZero() {
		start = q.From
	}
	for _, r := range m.meant(q.Query) {
		band, at := queue.Band(r.Level), store.Moment(&r)
		if at == store.NoMoment {
			h.Timeless[band]++
			continue
		}
		d := at - start.UnixNano()
		if d%int64(q.Width) < 0 {
			d -= int64(q.Width)
		}
		begin := time.Unix(0, start.UnixNano()+d/int64(q.Width)*int64(q.Width)).UTC()
		if n := len(h.Buckets); n == 0 || !h.Buckets[n-1].Start.Equal(begin) {
			h.Buckets = append(h.Buckets, store.Bucket{Start: begin})
		}
		h.Buckets[len(h.Buckets)-1].Levels[band]++
	}
	return h, nil
}

// Values implements [store.Reader] for attrs that are texts, at the top of a record.
func (m *Reference) Values(_ context.Context, q store.ValuesQuery) (*store.Values, error) {
	counts := map[string]uint64{}
	for _, r := range m.meant(q.Query) {
		for _, a := range r.Attrs {
			if filter.Fold(a.Key) == q.Name && a.Value.Kind().String() == "String" && strings.HasPrefix(filter.Fold(a.Value.String()), filter.Fold(q.Prefix)) {
				counts[a.Value.String()]++
			}
		}
	}
	v := &store.Values{Complete: true}
	for text, n := range counts {
		v.Values = append(v.Values, store.Value{Text: text, Records: n})
	}
	return v, nil
}
