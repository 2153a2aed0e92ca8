package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// search looks for records in a view: in as few chunks as it can, and in those on all processors.
type search struct {
	*view
	filter *filter.Filter
	plan   *chunk.Plan
	need   *chunk.Need
	// from and to bound the moments: from ≤ moment < to, and no bound at the ends of what there is.
	from, to int64
	scopes   []scope // of the shelves

	mu         sync.Mutex // guards what follows
	unreadable uint64
}

// scope is what a search knows of a shelf.
type scope struct {
	pairs []uint64 // bits: those whose records may match
	all   bool     // any may
	grids []uint64 // which chunks of each grid the terms allow, if known
	known []bool
}

// search begins a search for the records that are meant. Who called it calls release.
func (s *Store) search(ctx context.Context, q store.Query) (*search, error) {
	v, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	x := &search{view: v, filter: q.Filter, plan: chunk.NewPlan(q.Filter), need: chunk.NewNeed(q.Filter)}
	x.from, x.to = bounds(q.From, q.To)
	x.from, x.to = max(x.from, x.need.From), min(x.to, x.need.To)
	x.scopes = make([]scope, len(v.shelves))
	for i, sh := range v.shelves {
		x.scopes[i] = x.scope(sh)
	}
	return x, nil
}

// bounds returns the moments that times bound.
func bounds(from, to time.Time) (int64, int64) {
	first, end := int64(math.MinInt64), int64(math.MaxInt64)
	if !from.IsZero() {
		first = store.MomentOf(from)
	}
	if !to.IsZero() {
		end = store.MomentOf(to)
	}
	return first, end
}

func (x *search) scope(sh *shelf) scope {
	sc := scope{pairs: make([]uint64, (len(sh.pairs)+63)/64), all: true, grids: make([]uint64, len(sh.grids)), known: make([]bool, len(sh.grids))}
	for i, p := range sh.pairs {
		if i == otherPairs || x.need.Pair(p.logger, p.level) {
			sc.pairs[i/64] |= 1 << (i % 64)
		} else {
			sc.all = false
		}
	}
	return sc
}

// within reports whether moments of a chunk or a head may be among those looked for.
func (x *search) within(from, to int64) bool {
	return to >= x.from && (from < x.to || x.to == math.MaxInt64)
}

// candidate is a chunk that may have records that are meant.
type candidate struct {
	*entry
	shelf *shelf
	scope *scope
	place int // on the shelf
}

// grid returns which of the shelf's grids has the chunk's sieve, or -1.
func (c *candidate) grid() int {
	return slices.IndexFunc(c.shelf.grids, func(g grid) bool { return c.place >= g.first && c.place < g.first+g.chunks })
}

// candidates returns the chunks that may have records that are meant, by what is known in memory, in the order in
// which they came.
func (x *search) candidates() (all []candidate) {
	for i, sh := range x.shelves {
		sc := &x.scopes[i]
		for place, e := range sh.chunks {
			if e.records > 0 && x.within(e.from, e.to) && (sc.all || meets(e.pairs, sc.pairs)) {
				all = append(all, candidate{e, sh, sc, place})
			}
		}
	}
	return all
}

func meets(a, b []uint64) bool {
	for i, w := range a {
		if w&b[i] != 0 {
			return true
		}
	}
	return false
}

// allowed reports whether the terms of a chunk allow a match.
func (x *search) allowed(ctx context.Context, c candidate) (bool, error) {
	if !x.need.Terms() {
		return true, nil
	}
	if i := c.grid(); i >= 0 {
		mask, err := x.grid(ctx, c.shelf, c.scope, i)
		g := &c.shelf.grids[i]
		return mask>>(c.place-g.first)&1 == 1, x.told(c.shelf, "grid", g.id, err)
	}
	sieve, err := c.shelf.readPart(ctx, c.id, sievePart, nil)
	if err != nil {
		return !errors.Is(err, chunk.ErrCorrupt), err // it may have been turned over meanwhile
	}
	mask, err := x.need.Among(1, func(hash uint64) (uint64, error) {
		has, err := chunk.SieveHas(sieve, c.lots, hash)
		if has {
			return 1, err
		}
		return 0, err
	})
	return mask == 1, x.told(c.shelf, "sieve of chunk", c.id, err)
}

// told returns err, and tells of it where it says that what helps to find records is damaged.
func (x *search) told(sh *shelf, what string, id int64, err error) error {
	if err != nil && isDamage(err) {
		x.s.damage.add(sh.name, fmt.Sprintf("%s %d: %v", what, id, err), x.s.o.Notify)
	}
	return err
}

// worth reports whether a chunk is to be looked into, by what can be known for many of them at once: the terms of
// those whose sieves were turned over. Where that cannot be read, it is. The error is ctx's, or of the whole search.
func (x *search) worth(ctx context.Context, c candidate) (ok bool, err error) {
	if !x.need.Terms() || c.grid() < 0 {
		return true, nil
	}
	err = delivery.Contain(func() (err error) {
		ok, err = x.allowed(ctx, c)
		return err
	})
	switch {
	case err == nil:
		return ok, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case isUnreadable(err):
		return true, nil
	}
	return false, err
}

// grid returns which chunks of a grid the terms allow.
func (x *search) grid(ctx context.Context, sh *shelf, sc *scope, i int) (uint64, error) {
	x.mu.Lock()
	mask, known := sc.grids[i], sc.known[i]
	x.mu.Unlock()
	if known {
		return mask, nil
	}
	g := sh.grids[i]
	mask, err := x.need.Among(^uint64(0)>>(64-g.chunks), func(hash uint64) (uint64, error) {
		lot, err := readRow(ctx, sh.lot, g.id*lotsPerGrid+int64(chunk.LotOf(hash, g.lots)), nil)
		if err != nil {
			return 0, err
		}
		return chunk.GridHas(lot, hash)
	})
	if err != nil {
		return 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	sc.grids[i], sc.known[i] = mask, true
	return mask, nil
}

// open returns a chunk to be read, which is released by who has it.
func (x *search) open(ctx context.Context, c candidate) *chunk.Chunk {
	return chunk.New(x.s.codec, c.records, func(p chunk.Part, dst []byte) ([]byte, error) {
		return c.shelf.readPart(ctx, c.id, int(p), dst)
	})
}

// look calls f with a chunk, which is f's until it returns, and its rows that are meant, if there are some. Where the chunk cannot be read, that
// is noted. The error is f's, or ctx's.
func (x *search) look(ctx context.Context, c candidate, f func(*chunk.Chunk, chunk.Rows) error) error {
	err := x.tryLook(ctx, c, f)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !isUnreadable(err):
		return err
	}
	x.s.damage.add(c.shelf.name, "chunk "+itoa(c.id)+": "+err.Error(), x.s.o.Notify)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unreadable += uint64(c.records)
	return nil
}

func (x *search) tryLook(ctx context.Context, c candidate, f func(*chunk.Chunk, chunk.Rows) error) error {
	ok, err := x.allowed(ctx, c)
	if err != nil && !isUnreadable(err) {
		return err
	}
	if err == nil && !ok {
		return nil
	}
	k := x.open(ctx, c)
	defer k.Release()
	from, to := x.from, x.to
	if c.from >= from && (c.to < to || to == math.MaxInt64) {
		from, to = math.MinInt64, math.MaxInt64
	}
	rows, err := x.plan.Rows(k, from, to)
	if err != nil || rows.Count() == 0 {
		return err
	}
	return f(k, rows)
}

// each calls look for chunks, for several at a time, until there is an error.
func (x *search) each(ctx context.Context, chunks []candidate, f func(i int, k *chunk.Chunk, rows chunk.Rows) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i, c := range chunks {
		if !x.work(ctx) {
			break
		}
		run := func() {
			defer func() { <-x.s.workers }()
			err := delivery.Contain(func() error {
				return x.look(ctx, c, func(k *chunk.Chunk, rows chunk.Rows) error { return f(i, k, rows) })
			})
			if err != nil {
				cancel(err)
			}
		}
		if len(chunks) == 1 {
			run()
		} else {
			wg.Go(run)
		}
	}
	wg.Wait()
	return context.Cause(ctx)
}

// work waits for a worker. It returns false if ctx ends.
func (x *search) work(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case x.s.workers <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// recent calls f with each record in memory that is meant.
func (x *search) recent(f func(r *record.Record, moment int64)) {
	for _, h := range x.heads {
		for i := range h.records {
			r := &h.records[i]
			m := store.Moment(r)
			if m >= x.from && (m < x.to || x.to == math.MaxInt64) && x.filter.Match(r) {
				f(r, m)
			}
		}
	}
}
