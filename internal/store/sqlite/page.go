package sqlite

import (
	"container/heap"
	"context"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Page implements [store.Reader].
func (s *Store) Page(ctx context.Context, q store.PageQuery) (*store.Page, error) {
	x, err := s.search(ctx, q.Query)
	if err != nil {
		return nil, err
	}
	defer x.release()
	b := &best{order: q.Order, after: q.After, limit: q.Limit}
	if b.limit <= 0 {
		b.limit = store.DefaultPage
	}
	b.limit = min(b.limit, store.MaxPage)
	if q.After != nil {
		if q.Order == store.NewestFirst {
			if m := q.After.Moment; m < math.MaxInt64 {
				x.to = min(x.to, m+1)
			}
		} else {
			x.from = max(x.from, q.After.Moment)
		}
	}
	x.recent(func(r *record.Record, moment int64) {
		if p := (store.Place{Moment: moment, ID: r.ID}); b.wants(p) {
			b.found = append(b.found, hit{p, r.Clone()})
		}
	})
	b.settle()
	more, err := x.page(ctx, b)
	if err != nil {
		return nil, err
	}
	p := &store.Page{Records: make([]record.Record, len(b.found)), Unreadable: x.unreadable}
	for i := range b.found {
		p.Records[i] = b.found[i].record
	}
	if n := len(b.found); n == b.limit && (more || b.left) {
		p.Next = &b.found[n-1].place
	}
	return p, nil
}

// best is the first records of a page, as far as they are known.
type best struct {
	order store.Order
	after *store.Place
	limit int
	found []hit // in order, but for those that came after settle
	left  bool  // there are more records than the limit
}

// hit is a record that was found.
type hit struct {
	place  store.Place
	record record.Record
}

// compare returns -1 if a comes before b in the order asked for.
func (b *best) compare(x, y store.Place) int {
	if b.order == store.NewestFirst {
		return y.Compare(x)
	}
	return x.Compare(y)
}

// wants reports whether a record at a place may be one of the best.
func (b *best) wants(p store.Place) bool {
	return b.after == nil || b.compare(p, *b.after) > 0
}

// settle brings what was found in order, and lets go of what is too much.
func (b *best) settle() {
	slices.SortFunc(b.found, func(x, y hit) int { return b.compare(x.place, y.place) })
	if len(b.found) > b.limit {
		clear(b.found[b.limit:])
		b.found, b.left = b.found[:b.limit], true
	}
}

// done reports whether a chunk, which has records between two moments, comes too late for what is best.
func (b *best) done(c *entry) bool {
	if len(b.found) < b.limit {
		return false
	}
	last := b.found[len(b.found)-1].place.Moment
	if b.order == store.NewestFirst {
		return c.to < last
	}
	return c.from > last
}

// line has the chunks that are left, the one first whose records may come first.
type line struct {
	chunks []candidate
	order  store.Order
}

func (q *line) Len() int { return len(q.chunks) }
func (q *line) Less(i, j int) bool {
	a, b := q.chunks[i], q.chunks[j]
	if q.order == store.NewestFirst {
		return a.to > b.to
	}
	return a.from < b.from
}
func (q *line) Swap(i, j int) { q.chunks[i], q.chunks[j] = q.chunks[j], q.chunks[i] }

// Push is not used: there only are the chunks that there were.
func (q *line) Push(any) {}

// Pop implements [heap.Interface].
func (q *line) Pop() any {
	last := q.chunks[len(q.chunks)-1]
	q.chunks = q.chunks[:len(q.chunks)-1]
	return last
}

// maxWave bounds the chunks that are looked into at a time, before it is asked whether there is enough. Those that
// are known to have nothing do not count: of what is rare a wave would else have one, and keep one processor busy.
const maxWave = 32

// page looks for the best records in chunks. It reports whether there may be more than these.
func (x *search) page(ctx context.Context, b *best) (more bool, err error) {
	q := &line{chunks: x.candidates(), order: b.order}
	heap.Init(q)
	for wave := 1; ; wave = min(2*wave, maxWave) {
		var next []candidate
		for len(next) < wave && q.Len() > 0 && !b.done(q.chunks[0].entry) {
			c := heap.Pop(q).(candidate)
			worth, err := x.worth(ctx, c)
			if err != nil {
				return false, err
			}
			if worth {
				next = append(next, c)
			}
		}
		if len(next) == 0 {
			return more || q.Len() > 0, nil
		}
		var mu sync.Mutex
		var found []hit
		err := x.each(ctx, next, func(_ int, k *chunk.Chunk, rows chunk.Rows) error {
			hits, left, err := x.hits(k, rows, b)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, hits...)
			more = more || left
			return err
		})
		if err != nil {
			return false, err
		}
		b.found = append(b.found, found...)
		b.settle()
	}
}

// hits returns the records of rows that may be among the best, and whether there are others behind them.
func (x *search) hits(k *chunk.Chunk, rows chunk.Rows, b *best) (hits []hit, left bool, err error) {
	moments, err := k.Moments()
	if err != nil {
		return nil, false, err
	}
	ids, err := k.IDs()
	if err != nil {
		return nil, false, err
	}
	var last *store.Place
	if len(b.found) >= b.limit {
		last = &b.found[b.limit-1].place
	}
	type one struct {
		place store.Place
		row   int
	}
	var all []one
	for row := range rows.All {
		p := store.Place{Moment: moments[row], ID: ids[row]}
		switch {
		case !b.wants(p):
		case last != nil && b.compare(p, *last) > 0:
			left = true
		default:
			all = append(all, one{p, row})
		}
	}
	slices.SortFunc(all, func(x, y one) int { return b.compare(x.place, y.place) })
	if len(all) > b.limit {
		all, left = all[:b.limit], true
	}
	hits = make([]hit, 0, len(all))
	for _, o := range all {
		r, err := k.Record(o.row)
		if err != nil {
			return nil, false, err
		}
		hits = append(hits, hit{o.place, r})
	}
	return hits, left, nil
}
