package chunk

import (
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
)

// Need is what a chunk must have for a record of it to match a filter. A chunk without it need not be read.
// A Need is immutable.
type Need struct {
	root filter.Need
	// From and To bound the moments of records that match: from ≤ moment < to.
	From, To int64
	terms    bool
}

// NewNeed returns what a filter needs.
func NewNeed(f *filter.Filter) *Need {
	n := &Need{root: f.Need(), From: math.MinInt64, To: math.MaxInt64}
	b := filter.BoundsOf(n.root)
	if !b.Time.From.IsZero() {
		n.From = store.MomentOf(b.Time.From)
	}
	if !b.Time.To.IsZero() {
		// Within what a moment may stand for, the bound is exact.
		if n.To = store.MomentOf(b.Time.To); n.To < math.MaxInt64 {
			n.To++
		}
	}
	if b.None() {
		n.From, n.To = 0, 0
	}
	n.terms = hasTerms(n.root)
	return n
}

func hasTerms(n filter.Need) bool {
	var parts []filter.Need
	switch n := n.(type) {
	case filter.NeedTerm:
		return !n.Prefix
	case filter.NeedAttr:
		return true
	case filter.NeedAll:
		parts = n
	case filter.NeedAny:
		parts = n
	}
	return slices.ContainsFunc(parts, hasTerms)
}

// Pair reports whether a record of that logger and level can match.
func (n *Need) Pair(logger string, level slog.Level) bool {
	folded := filter.Fold(logger)
	mask, _ := meet(n.root, 1, func(leaf filter.Need) (uint64, error) {
		ok := true
		switch leaf := leaf.(type) {
		case filter.NeedLevel:
			ok = leaf.Min <= level && level <= leaf.Max
		case filter.NeedLogger:
			ok = folded == leaf.Name || leaf.Below && strings.HasPrefix(folded, leaf.Name+".")
		}
		if ok {
			return 1, nil
		}
		return 0, nil
	})
	return mask == 1
}

// Terms reports whether terms tell at all where records may match.
func (n *Need) Terms() bool { return n.terms }

// Among returns for which of some chunks, given as bits of all, the terms allow a match. has says for a
// hash which of them have it.
func (n *Need) Among(all uint64, has func(hash uint64) (uint64, error)) (uint64, error) {
	return meet(n.root, all, func(leaf filter.Need) (uint64, error) {
		switch leaf := leaf.(type) {
		case filter.NeedTerm:
			if !leaf.Prefix {
				return has(hashTerm(leaf.Term))
			}
		case filter.NeedAttr:
			return has(hashAttr(leaf.Name, leaf.Value))
		}
		return all, nil
	})
}

// meet combines what leaf says of the leaves of a need.
func meet(n filter.Need, all uint64, leaf func(filter.Need) (uint64, error)) (uint64, error) {
	switch n := n.(type) {
	case filter.NeedAll:
		found := all
		for _, part := range n {
			m, err := meet(part, found, leaf)
			if err != nil {
				return 0, err
			}
			if found &= m; found == 0 {
				break
			}
		}
		return found, nil
	case filter.NeedAny:
		found := uint64(0)
		for _, part := range n {
			m, err := meet(part, all, leaf)
			if err != nil {
				return 0, err
			}
			if found |= m & all; found == all {
				break
			}
		}
		return found, nil
	}
	m, err := leaf(n)
	return m & all, err
}
