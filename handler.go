package jackdaw

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/flight"
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

// cachedRoute is what holds for a logger, with what it was made from: it holds as long as the view is the
// current one.
type cachedRoute struct {
	view   *hierarchy.View[*sink]
	h      *Hierarchy
	queue  *queue.Listener
	origin queue.Origin // To is nil if there are no handlers
	lowest slog.Level   // that is enabled
	trust  bool         // values are taken as they are
	direct bool         // nothing has to be asked before a call is put: there are handlers, and no hooks
	level  slog.Level
	route  *hierarchy.Route[*sink]
}

func newHandler(home *atomic.Pointer[Hierarchy], name string) *queueHandler {
	return &queueHandler{home: home, name: nameOf(name)}
}

// nameOf returns the name of a logger as its records have it.
func nameOf(name string) string {
	if name == "" {
		return record.RootLogger
	}
	return name
}

// known returns what holds for the logger at this moment, nil if that is to be looked for.
func (q *queueHandler) known() *cachedRoute {
	if c := q.route.Load(); c != nil && c.view == q.home.Load().tree.View() {
		return c
	}
	return nil
}

// now returns what holds for the logger at this moment.
func (q *queueHandler) now() *cachedRoute {
	if c := q.known(); c != nil {
		return c
	}
	return q.look()
}

// look finds out what holds for the logger at this moment.
func (q *queueHandler) look() *cachedRoute {
	h := q.home.Load()
	view := h.tree.View()
	route := view.Route(q.name)
	c := &cachedRoute{view: view, h: h, queue: h.queue, trust: h.o.TrustValues, level: route.Level, route: route}
	if h.flight.Load() != nil {
		c.trust, c.origin.Kept = false, flight.NewOrigin(q.name, q.scope)
	}
	c.origin.Logger, c.origin.Scope, c.origin.Trusted = q.name, q.scope, c.trust
	if c.lowest = route.Level; len(route.Handlers) > 0 {
		c.origin.To = (*router)(route)
		c.direct = !h.asksContext()
	} else {
		c.lowest = max(c.lowest, record.LevelWarning) // what the last resort is for
	}
	q.route.Store(c)
	return c
}

// originFor returns the origin of a record of that level, or nil if no handler wants it: it is counted then.
func (q *queueHandler) originFor(c *cachedRoute, level slog.Level) *queue.Origin {
	if c.origin.To != nil && level >= c.level {
		return &c.origin
	}
	to := c.h.routerFor(c.route, level)
	if to == nil {
		c.queue.Unrouted(level)
		return nil
	}
	o := c.origin
	o.To = to
	return &o
}

func (q *queueHandler) Enabled(_ context.Context, level slog.Level) bool {
	c := q.known()
	if c == nil {
		c = q.look()
	}
	return level >= c.lowest
}

func (q *queueHandler) Handle(ctx context.Context, in slog.Record) error {
	c := q.known()
	if c == nil {
		c = q.look()
	}
	if !c.direct || in.Level < c.lowest || !c.queue.PutSlog(&c.origin, &in, c.trust) {
		q.put(ctx, c, &in)
	}
	return nil
}

// put puts a call of which something has to be asked first: its handlers, its context, or methods of its
// values.
func (q *queueHandler) put(ctx context.Context, c *cachedRoute, in *slog.Record) {
	origin := q.originFor(c, in.Level)
	if origin == nil {
		return
	}
	call := queue.Call{Origin: origin, Time: in.Time, Level: in.Level, Message: in.Message, PC: in.PC}
	var buf [stackAttrs]slog.Attr
	attrs := c.h.lead(ctx, &call, buf[:0])
	in.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, c.h.taken(a))
		return true
	})
	c.queue.Put(&call, attrs)
}

func (q *queueHandler) WithAttrs(attrs []slog.Attr) slog.Handler { return q.withAttrs(attrs) }

func (q *queueHandler) WithGroup(name string) slog.Handler {
	return q.withScope(q.scope.WithGroup(name))
}

func (q *queueHandler) withAttrs(attrs []slog.Attr) *queueHandler {
	if !q.home.Load().o.TrustValues {
		attrs = snapshot.Attrs(attrs)
	}
	return q.withScope(q.scope.WithAttrs(attrs))
}

func (q *queueHandler) withScope(scope record.Scope) *queueHandler {
	return &queueHandler{home: q.home, name: q.name, scope: scope}
}
