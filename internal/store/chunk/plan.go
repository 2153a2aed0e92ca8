package chunk

import (
	"cmp"
	"math"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/filter"
)

// Plan is a filter ready to search chunks with. It is immutable, and may be used from any goroutine.
//
// It finds what [filter.Filter.Match] finds, and no more. What it holds against the filter are not the records but
// what they are made of, and each different text once: a level or a logger once for all the
// records of a chunk that have it, a word once for all messages made from a pattern. That is right
// because each term of the language matches a record if it matches one of its parts: it never takes two.
type Plan struct {
	filter *filter.Filter
	root   step
}

// NewPlan returns the plan of a filter.
func NewPlan(f *filter.Filter) *Plan { return &Plan{f, stepOf(f.Expr())} }

// Rows returns the rows of the chunk that match, of those whose moments lie in from ≤ moment < to;
// [math.MinInt64] and [math.MaxInt64] are no bounds.
func (p *Plan) Rows(c *Chunk, from, to int64) (Rows, error) {
	in := allRows(c.n)
	if from != math.MinInt64 || to != math.MaxInt64 {
		moments, err := c.Moments()
		if err != nil {
			return Rows{}, err
		}
		in = noRows(c.n)
		for row, m := range moments {
			if m >= from && (m < to || to == math.MaxInt64) {
				in.add(row)
			}
		}
	}
	return p.root.rows(c, in)
}

// step finds rows.
type step interface {
	// rows returns those of the rows in that match. It does not change in, and may return it.
	rows(c *Chunk, in Rows) (Rows, error)
	// cost is about how many microseconds a chunk takes, so that cheap steps come first and leave less to the others.
	cost() int
}

func stepOf(e filter.Expr) step {
	switch e := e.(type) {
	case filter.And:
		return andStep(stepsOf(e))
	case filter.Or:
		return orStep(stepsOf(e))
	case filter.Not:
		return notStep{stepOf(e.X)}
	}
	return leafOf(e)
}

func stepsOf(members []filter.Expr) []step {
	all := make([]step, 0, len(members))
	for _, m := range members {
		all = append(all, stepOf(m))
	}
	slices.SortStableFunc(all, func(a, b step) int { return cmp.Compare(a.cost(), b.cost()) })
	return all
}

func costOf(steps []step) (n int) {
	for _, s := range steps {
		n += s.cost()
	}
	return n
}

type andStep []step

func (s andStep) cost() int { return costOf(s) }

func (s andStep) rows(c *Chunk, in Rows) (Rows, error) {
	for _, one := range s {
		if in.empty() {
			break
		}
		var err error
		if in, err = one.rows(c, in); err != nil {
			return Rows{}, err
		}
	}
	return in, nil
}

type orStep []step

func (s orStep) cost() int { return costOf(s) }

func (s orStep) rows(c *Chunk, in Rows) (Rows, error) {
	found := noRows(in.n)
	for _, one := range s {
		left := in.without(found)
		if left.empty() {
			break
		}
		more, err := one.rows(c, left)
		if err != nil {
			return Rows{}, err
		}
		found.join(more)
	}
	return found, nil
}

type notStep struct{ step }

func (s notStep) rows(c *Chunk, in Rows) (Rows, error) {
	found, err := s.step.rows(c, in)
	if err != nil {
		return Rows{}, err
	}
	return in.without(found), nil
}

// noneStep finds nothing.
type noneStep struct{}

func (noneStep) cost() int { return 0 }

func (noneStep) rows(c *Chunk, in Rows) (Rows, error) { return noRows(in.n), nil }

// wholeStep holds whole records against a filter.
type wholeStep struct{ filter *filter.Filter }

func (wholeStep) cost() int { return 4000 }

func (s wholeStep) rows(c *Chunk, in Rows) (Rows, error) {
	found := noRows(in.n)
	for row := range in.All {
		r, err := c.Record(row)
		if err != nil {
			return Rows{}, err
		}
		if s.filter.Match(&r) {
			found.add(row)
		}
	}
	return found, nil
}
