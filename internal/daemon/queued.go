package daemon

import (
	"context"
	"errors"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// enqueue gives the queue a batch: each record goes to the handlers behind the queue that it is for, as the tree is at
// that moment.
//
// The tree is looked at while the queue moves the batch. Who takes a handler out changes the tree first, and then waits
// for what the queue moves: a tree that was looked at before might still name the handler when it takes nothing any more.
func (c *crew) enqueue(ctx context.Context, batch []record.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := c.queue.PutBatch(ctx, batch, func(r *record.Record) queue.Router {
		route := c.tree.View().Route(r.Logger)
		if r.Level < route.Level || len(route.Handlers) == 0 || !route.Passes(r) {
			return nil
		}
		return (*routed)(route)
	})
	if errors.Is(err, queue.ErrClosed) {
		return record.Permanent(err)
	}
	return err
}

// routed is a route as the queue uses it, for a record that the filters of its logger have let pass.
type routed hierarchy.Route[*post]

// Filtered implements [queue.Router].
func (*routed) Filtered() bool { return false }

// Passes implements [queue.Router].
func (*routed) Passes(*record.Record) bool { return true }

// Route implements [queue.Router].
func (rt *routed) Route(level slog.Level, r func() *record.Record, to func(*queue.Outlet)) {
	for i := range rt.Handlers {
		if out := rt.Handlers[i].Handler.outlet; out != nil && (*hierarchy.Route[*post])(rt).Wants(i, level, r, true) {
			to(out)
		}
	}
}
