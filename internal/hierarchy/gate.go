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
	held   atomic.Pointer[View[H]] // what holds for good, nil for the tree as it is

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
	view := g.held.Load()
	if view == nil {
		view = g.tree.View()
	}
	all := g.passing(view, batch)
	if all == len(batch) {
		return g.handOn(ctx, batch, nil, len(batch))
	}
	p := g.free.Get().(*picks)
	defer g.giveBack(p)
	p.take(batch, 0, all)
	for i := all; i < len(batch); {
		n := g.passing(view, batch[i:])
		p.take(batch, i, i+n)
		i += n + 1 // the one behind them does not pass
	}
	if len(p.at) == 0 {
		g.count(0, len(batch))
		return nil
	}
	return g.handOn(ctx, p.records, p.at, len(batch))
}

// Hold lets view hold for the Gate from now on, whatever becomes of the tree: for a handler that is taken out of
// it, and is to get what came before.
func (g *Gate[H]) Hold(view *View[H]) { g.held.Store(view) }

// handOn hands on what passes of a batch, and tells how far that got in terms of the whole batch. at
// says where the records stand in it, nil that they are all of it.
func (g *Gate[H]) handOn(ctx context.Context, pass []record.Record, at []int, whole int) error {
	err := g.next.Handle(ctx, pass)
	if err == nil {
		g.count(len(pass), whole-len(pass))
		return nil
	}
	if len(pass) == 0 {
		return err
	}
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok {
		// What comes before the first record that passes is handled.
		partial = &record.PartialError{Err: err}
	}
	handled := min(max(partial.Handled, 0), len(pass)-1)
	upTo := handled
	if at != nil {
		upTo = at[handled]
	}
	g.count(handled, upTo-handled)
	if upTo == 0 {
		return partial.Err
	}
	return &record.PartialError{Handled: upTo, Err: partial.Err}
}

// passing returns how many records at the beginning of the batch pass.
func (g *Gate[H]) passing(view *View[H], batch []record.Record) int {
	var route *Route[H]
	for i := range batch {
		r := &batch[i]
		if i == 0 || r.Logger != batch[i-1].Logger {
			route = view.Route(r.Logger)
		}
		if !route.IsFor(g.own, r, g.levels) {
			return i
		}
	}
	return len(batch)
}

// take takes batch[from:to].
func (p *picks) take(batch []record.Record, from, to int) {
	p.records = append(p.records, batch[from:to]...)
	for i := from; i < to; i++ {
		p.at = append(p.at, i)
	}
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
