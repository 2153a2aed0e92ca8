package assembly

import (
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
)

// Handlers returns the handlers of a configuration that records are handed to by loggers, sorted by name: those
// that hang on one, and those behind a queue that does, in place of the queue. A handler that nothing hands
// records to is not among them, nor one that is the target of a memory alone.
func Handlers(c *config.Config) []*config.Handler {
	var all []*config.Handler
	for _, l := range loggers(c) {
		for _, h := range l.Handlers {
			eachWay(h, way{}, true, func(h *config.Handler, _ way) {
				if !slices.Contains(all, h) {
					all = append(all, h)
				}
			})
		}
	}
	slices.SortFunc(all, func(a, b *config.Handler) int { return slices.Index(c.Handlers, a) - slices.Index(c.Handlers, b) })
	return all
}

// Loggers returns what a configuration says of loggers, the root first, in terms of the handlers that [Handlers]
// returns: those behind a queue hang where the queue does, by its level and filters and their own.
func Loggers[H comparable](c *config.Config, of func(*config.Handler) H) []hierarchy.Logger[H] {
	var all []hierarchy.Logger[H]
	for _, l := range loggers(c) {
		to := hierarchy.Logger[H]{Name: l.Name, Level: l.Level, Isolated: !l.Propagates(), Filters: passes(l.Filters)}
		for _, h := range l.Handlers {
			eachWay(h, way{}, true, func(h *config.Handler, w way) {
				a := hierarchy.Attached[H]{Handler: of(h), Filters: passes(w.filters)}
				if w.level != nil {
					a.Level = *w.level
				}
				to.Handlers = append(to.Handlers, a)
			})
		}
		all = append(all, to)
	}
	return all
}

// loggers returns the loggers, the root first with its level.
func loggers(c *config.Config) []config.Logger {
	root := config.Logger{Name: "root"}
	if c.Root != nil {
		root = *c.Root
	}
	root.Level = &c.RootLevel
	all := []config.Logger{root}
	for _, l := range c.Loggers {
		all = append(all, *l)
	}
	return all
}

// way is what records pass on their way to a handler.
type way struct {
	level   *slog.Level
	filters []*config.Filter
}

// through returns the way on through a handler. levels says whether the handler's own level counts.
func (w way) through(h *config.Handler, levels bool) way {
	if levels && h.Level != nil && (w.level == nil || *h.Level > *w.level) {
		w.level = h.Level
	}
	w.filters = slices.Concat(w.filters, h.Filters)
	return w
}

// eachWay calls f for the handler, or if it is a queue for those behind it, with the way that leads there. levels
// says whether the handler's own level counts.
func eachWay(h *config.Handler, from way, levels bool, f func(*config.Handler, way)) {
	from = from.through(h, levels)
	queue, ok := h.Params.(*config.Queue)
	if !ok {
		f(h, from)
		return
	}
	for _, behind := range h.Handlers {
		eachWay(behind, from, queue.RespectHandlerLevel, f)
	}
}

func passes(filters []*config.Filter) (all []hierarchy.Filter) {
	for _, f := range filters {
		all = append(all, f.Pass())
	}
	return all
}
