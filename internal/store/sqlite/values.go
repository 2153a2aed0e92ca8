package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// enoughRecords is how many records are looked at for values, if there are some.
	enoughRecords = 50_000
	// maxDistinct bounds the different values that are counted, maxValue the length of one.
	maxDistinct = 10_000
	maxValue    = 256
)

// distinct counts values.
type distinct struct {
	field  *chunk.Field
	prefix string // folded

	mu      sync.Mutex // guards what follows
	counts  map[string]uint64
	records int
	missed  bool // values were left out
}

func (d *distinct) add(value string) {
	if len(value) > maxValue || d.prefix != "" && !strings.HasPrefix(filter.Fold(value), d.prefix) {
		return
	}
	if _, ok := d.counts[value]; !ok {
		if len(d.counts) == maxDistinct {
			d.missed = true
			return
		}
		value = strings.Clone(value)
	}
	d.counts[value]++
}

// Values implements [store.Reader].
func (s *Store) Values(ctx context.Context, q store.ValuesQuery) (*store.Values, error) {
	field, err := chunk.NewField(q.Name)
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", q.Name, err)
	}
	x, err := s.search(ctx, q.Query)
	if err != nil {
		return nil, err
	}
	defer x.release()
	d := &distinct{field: field, prefix: filter.Fold(q.Prefix), counts: make(map[string]uint64)}
	x.recent(func(r *record.Record, _ int64) {
		d.records++
		field.Of(r, d.add)
	})
	complete, err := x.values(ctx, d)
	if err != nil {
		return nil, err
	}
	v := &store.Values{Complete: complete && !d.missed}
	for text, n := range d.counts {
		v.Values = append(v.Values, store.Value{Text: text, Records: n})
	}
	slices.SortFunc(v.Values, func(a, b store.Value) int {
		return cmp.Or(cmp.Compare(b.Records, a.Records), cmp.Compare(a.Text, b.Text))
	})
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	if limit = min(limit, store.MaxValues); len(v.Values) > limit {
		v.Values = v.Values[:limit]
	}
	return v, nil
}

// values looks at the newest chunks until it has seen enough.
func (x *search) values(ctx context.Context, d *distinct) (complete bool, err error) {
	chunks := x.candidates()
	slices.SortStableFunc(chunks, func(a, b candidate) int { return cmp.Compare(b.to, a.to) })
	for len(chunks) > 0 {
		if d.records >= enoughRecords {
			return false, nil
		}
		wave := min(cap(x.s.workers), len(chunks))
		err := x.each(ctx, chunks[:wave], func(_ int, k *chunk.Chunk, rows chunk.Rows) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.records += rows.Count()
			return k.Values(d.field, rows, d.add)
		})
		if err != nil {
			return false, err
		}
		chunks = chunks[wave:]
	}
	return true, nil
}
