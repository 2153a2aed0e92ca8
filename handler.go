package jackdaw

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// queueHandler is the queue handler: the slog.Handler in front of a hierarchy.
type queueHandler struct {
	// home is the hierarchy it logs to now: another one, once the default hierarchy was replaced.
	home  *atomic.Pointer[Hierarchy]
	name  string
	scope record.Scope
	route atomic.Pointer[cachedRoute]
}

// cachedRoute is a route with what it was made from: it holds as long as the view is the current one.
type cachedRoute struct {
	h      *Hierarchy
	view   *hierarchy.View[*sink]
	route  *hierarchy.Route[*sink]
	origin queue.Origin
}

func newHandler(home *atomic.Pointer[Hierarchy], name string) *queueHandler {
	if name == "" {
		name = record.RootLogger
	}
	return &queueHandler{home: home, name: name}
}

// now returns what holds for the logger at this moment.
func (q *queueHandler) now() *cachedRoute {
	h := q.home.Load()
	view := h.tree.View()
	if c := q.route.Load(); c != nil && c.view == view {
		return c
	}
	c := &cachedRoute{h: h, view: view, route: view.Route(q.name)}
	c.origin = queue.Origin{Logger: q.name, Scope: q.scope}
	if len(c.route.Handlers) > 0 {
		c.origin.To = (*router)(c.route)
	}
	q.route.Store(c)
	return c
}

func (q *queueHandler) Enabled(_ context.Context, level slog.Level) bool {
	c := q.now()
	return level >= c.route.Level && (c.origin.To != nil || level >= record.LevelWarning)
}

func (q *queueHandler) Handle(ctx context.Context, in slog.Record) error {
	c := q.now()
	origin := &c.origin
	if origin.To == nil || in.Level < c.route.Level {
		to := c.h.routerFor(c.route, in.Level)
		if to == nil {
			c.h.queue.Unrouted(in.Level)
			return nil
		}
		origin = &queue.Origin{To: to, Logger: q.name, Scope: q.scope}
	}
	if !c.h.asksContext() && c.h.queue.PutSlog(origin, &in, c.h.o.TrustValues) {
		return nil
	}
	c.h.putSlowly(ctx, origin, &in)
	return nil
}

// putSlowly puts a call of which something has to be asked first: its context, or methods of its values.
func (h *Hierarchy) putSlowly(ctx context.Context, origin *queue.Origin, in *slog.Record) {
	call := queue.Call{Origin: origin, Time: in.Time, Level: in.Level, Message: in.Message, PC: in.PC}
	var buf [stackAttrs]slog.Attr
	attrs := h.lead(ctx, &call, buf[:0])
	in.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, h.taken(a))
		return true
	})
	h.queue.Put(&call, attrs)
}

func (q *queueHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if !q.home.Load().o.TrustValues {
		attrs = snapshot.Attrs(attrs)
	}
	return &queueHandler{home: q.home, name: q.name, scope: q.scope.WithAttrs(attrs)}
}

func (q *queueHandler) WithGroup(name string) slog.Handler {
	return &queueHandler{home: q.home, name: q.name, scope: q.scope.WithGroup(name)}
}
