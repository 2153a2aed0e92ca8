package hierarchy

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/record"
)

// Gate is a [record.Handler] in front of one handler of a [Tree], for where each handler is given all
// records: it hands on those that the tree routes to the handler, as the tree is at that moment.
type Gate[H comparable] struct {
	tree   *Tree[H]
	own    H
	next   record.Handler
	levels bool

	passed, kept atomic.Uint64
	free         sync.Pool // of *picks
}

// picks are the records of a batch that pass, and where they stand in it.
type picks struct {
	records []record.Record
	at      []int
}

// NewGate returns a Gate to next, which is what own stands for in the tree. levels says whether the
// handler's own level is respected.
func NewGate[H comparable](tree *Tree[H], own H, next record.Handler, levels bool) *Gate[H] {
	g := &Gate[H]{tree: tree, own: own, next: next, levels: levels}
	g.free.New = func() any { return new(picks) }
	return g
}

// Handle hands on what passes, in one batch. A batch of which nothing passes is handled.
func (g *Gate[H]) Handle(ctx context.Context, batch []record.Record) error {
	p := g.free.Get().(*picks)
	defer g.giveBack(p)
	g.pick(p, batch)
	n := len(p.at)
	if n == 0 {
		g.count(0, len(batch))
		return nil
	}
	pass := p.records
	if n == len(batch) {
		pass = batch
	}
	err := g.next.Handle(ctx, pass)
	if err == nil {
		g.count(n, len(batch)-n)
		return nil
	}
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok {
		// What comes before the first record that passes is handled.
		partial = &record.PartialError{Err: err}
	}
	handled := min(max(partial.Handled, 0), n-1)
	g.count(handled, p.at[handled]-handled)
	if p.at[handled] == 0 {
		return partial.Err
	}
	return &record.PartialError{Handled: p.at[handled], Err: partial.Err}
}

// pick fills p with what passes; the records are copied only if others do not.
func (g *Gate[H]) pick(p *picks, batch []record.Record) {
	view := g.tree.View()
	var route *Route[H]
	for i := range batch {
		r := &batch[i]
		if i == 0 || r.Logger != batch[i-1].Logger {
			route = view.Route(r.Logger)
		}
		if !g.passes(route, r) {
			if len(p.at) == i {
				p.records = append(p.records, batch[:i]...)
			}
			continue
		}
		if len(p.at) < i {
			p.records = append(p.records, *r)
		}
		p.at = append(p.at, i)
	}
}

func (g *Gate[H]) passes(route *Route[H], r *record.Record) bool {
	if r.Level < route.Level || !route.Passes(r) {
		return false
	}
	for i := range route.Handlers {
		if a := &route.Handlers[i]; a.Handler == g.own && a.Wants(r, g.levels) {
			return true
		}
	}
	return false
}

func (g *Gate[H]) giveBack(p *picks) {
	clear(p.records)
	p.records, p.at = p.records[:0], p.at[:0]
	g.free.Put(p)
}

func (g *Gate[H]) count(passed, kept int) {
	g.passed.Add(uint64(passed))
	g.kept.Add(uint64(kept))
}

// Counts returns how many records the handler has taken, and how many were not for it.
func (g *Gate[H]) Counts() (passed, kept uint64) { return g.passed.Load(), g.kept.Load() }
