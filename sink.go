package jackdaw

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/spill"
	"github.com/jackdaw-log/jackdaw/record"
)

// sink is a handler as the hierarchy knows it.
type sink struct {
	h            *Hierarchy
	outlet       *queue.Outlet
	gone         atomic.Bool // it was taken out: nothing comes to it any more
	ignoreLevels bool
	level        slog.Leveler // nil if it is one of slog's own, which need not be asked aside
	filter       Filter
}

func (h *Hierarchy) newSink(hd record.Handler, name string, o HandlerOptions) (*sink, error) {
	s := &sink{h: h, ignoreLevels: h.o.IgnoreHandlerLevels, filter: o.Filter}
	if !s.ignoreLevels && !isPlain(o.Level) {
		s.level = o.Level
	}
	oo := queue.OutletOptions{
		Name: name, Policy: queue.Policy(o.Policy), BlockFor: o.BlockFor, IgnoreLevels: h.o.IgnoreHandlerLevels,
	}
	_, enabler := hd.(record.Enabler)
	enabler = enabler && !s.ignoreLevels
	if enabler || s.level != nil || s.filter != nil {
		oo.Wants, oo.Prompt = s.wants, !enabler && s.level == nil && isPrompt(s.filter)
	}
	if o.SpillDir != "" {
		files, err := spill.Open(o.SpillDir, o.SpillBytes)
		if err != nil {
			return nil, fmt.Errorf("add handler %s: open spill: %w", name, err)
		}
		oo.Spill = spillFiles{files}
	}
	var err error
	if s.outlet, err = h.queue.Add(hd, oo); err != nil && oo.Spill != nil {
		_ = oo.Spill.Close()
	}
	return s, err
}

// wants reports whether the handler is for a record of a level that its own, if it is plain, lets pass.
func (s *sink) wants(level slog.Level, r func() *record.Record) bool {
	return s.outlet.Enabled(level) && (s.level == nil || level >= s.level.Level()) && (s.filter == nil || s.filter(r()))
}

// remove closes the outlet of a sink that hangs nowhere any more. What was logged before goes there; a call that has
// seen the tree as it was, and comes later, does not.
func (h *Hierarchy) remove(ctx context.Context, s *sink) error {
	h.queue.Settle()
	s.gone.Store(true)
	return h.queue.Remove(ctx, s.outlet)
}

// isPlain reports whether a level is of slog's own types.
func isPlain(level slog.Leveler) bool {
	switch l := level.(type) {
	case nil, slog.Level:
		return true
	case *slog.LevelVar:
		return l != nil
	}
	return false
}

// router is a route as the queue uses it.
type router hierarchy.Route[*sink]

// Filtered implements [queue.Router].
func (rt *router) Filtered() bool { return (*hierarchy.Route[*sink])(rt).Filtered() }

// Passes implements [queue.Router].
func (rt *router) Passes(r *record.Record) bool { return (*hierarchy.Route[*sink])(rt).Passes(r) }

// Route implements [queue.Router]. A record that was logged by a route to a handler that has been taken out since
// goes where it would go now: it is not lost with that handler.
func (rt *router) Route(level slog.Level, r func() *record.Record, to func(*queue.Outlet)) {
	for i := range rt.Handlers {
		if s := rt.Handlers[i].Handler; s.gone.Load() {
			if now := s.h.tree.View().Route(r().Logger); level >= now.Level {
				(*router)(now).route(level, r, to)
			}
			return
		}
	}
	rt.route(level, r, to)
}

func (rt *router) route(level slog.Level, r func() *record.Record, to func(*queue.Outlet)) {
	for i := range rt.Handlers {
		s := rt.Handlers[i].Handler
		if !s.gone.Load() && (*hierarchy.Route[*sink])(rt).Wants(i, level, r, !s.ignoreLevels) {
			to(s.outlet)
		}
	}
}

// attached is a handler where it hangs.
type attached = hierarchy.Attached[*sink]
