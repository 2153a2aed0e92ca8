package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// enqueue gives the queue a batch: each record goes to the handlers behind the queue that it is for, as the tree is at
// that moment.
func (c *crew) enqueue(ctx context.Context, batch []record.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	view := c.tree.View()
	err := c.queue.PutBatch(ctx, batch, func(r *record.Record) queue.Router {
		route := view.Route(r.Logger)
		switch {
		case r.Level < route.Level || len(route.Handlers) == 0 || !route.Passes(r):
			return nil
		case isFiltered(route):
			return chosenFrom(route, r)
		}
		return (*byLevel)(route)
	})
	if errors.Is(err, queue.ErrClosed) {
		return record.Permanent(err)
	}
	return err
}

// isFiltered reports whether handlers of a route have filters.
func isFiltered(route *hierarchy.Route[*post]) bool {
	return slices.ContainsFunc(route.Handlers, func(a hierarchy.Attached[*post]) bool { return len(a.Filters) > 0 })
}

// byLevel is a route on which levels decide alone.
type byLevel hierarchy.Route[*post]

// Filtered implements [queue.Router].
func (*byLevel) Filtered() bool { return false }

// Passes implements [queue.Router].
func (*byLevel) Passes(*record.Record) bool { return true }

// Route implements [queue.Router].
func (b *byLevel) Route(level slog.Level, _ func() *record.Record, to func(*queue.Outlet)) {
	for i := range b.Handlers {
		a := &b.Handlers[i]
		if a.Handler.outlet == nil || a.Level != nil && level < a.Level.Level() {
			continue
		}
		// One that hangs in several places gets the record once.
		if !a.Again || !slices.ContainsFunc(b.Handlers[:i], func(o hierarchy.Attached[*post]) bool {
			return o.Handler == a.Handler && (o.Level == nil || level >= o.Level.Level())
		}) {
			to(a.Handler.outlet)
		}
	}
}

// chosen are the outlets that one record is for.
type chosen []*queue.Outlet

// chosenFrom returns those of a route that a record is for, nil if there are none.
func chosenFrom(route *hierarchy.Route[*post], r *record.Record) queue.Router {
	var all chosen
	for i := range route.Handlers {
		a := &route.Handlers[i]
		if out := a.Handler.outlet; out != nil && a.Wants(r, true) && !slices.Contains(all, out) {
			all = append(all, out)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// Filtered implements [queue.Router].
func (chosen) Filtered() bool { return false }

// Passes implements [queue.Router].
func (chosen) Passes(*record.Record) bool { return true }

// Route implements [queue.Router].
func (c chosen) Route(_ slog.Level, _ func() *record.Record, to func(*queue.Outlet)) {
	for _, out := range c {
		to(out)
	}
}
