// Package hierarchy keeps what was configured for named loggers, and says what holds for any name:
// the effective level, and the handlers a record is handed to.
//
// The rules are those of Python's logging. Names are dotted; "a.b" lies below "a", and all names lie
// below the root. A logger without a level of its own has that of its nearest ancestor that has one.
// A record goes to the logger's own handlers and, up the tree, to its ancestors', as far as propagate
// is on; the levels and filters of the ancestors are not asked. A logger's filters apply to records
// logged by that very name only, a handler's filters to whatever reaches the handler.
//
// Only names that were configured take memory. Any other name, and there may be millions from
// strangers, is answered from its nearest configured ancestor.
package hierarchy

import (
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/record"
)

// Filter reports whether a record passes. It must not modify the record and may run in several
// goroutines at once.
type Filter func(r *record.Record) bool

// NamePrefix returns the Filter that passes the logger of that name and all below it, as Python's
// logging.Filter(name) does. The root's name passes every record.
func NamePrefix(name string) Filter {
	if isRoot(name) {
		return func(*record.Record) bool { return true }
	}
	return func(r *record.Record) bool {
		rest, ok := strings.CutPrefix(r.Logger, name)
		return ok && (rest == "" || rest[0] == '.')
	}
}

// Attached is a handler of type H as it hangs on a logger.
type Attached[H any] struct {
	Handler H
	// Level is the lowest level the handler is for; nil is all levels.
	Level   slog.Leveler
	Filters []Filter
	// Again is set in a Route where the same handler stands before it there: it was hung on two loggers, or on one
	// under several conditions. See [Route.Wants].
	Again bool
}

// Wants reports whether r is at the handler's level (asked only if levels is true) and passes its
// filters.
func (a *Attached[H]) Wants(r *record.Record, levels bool) bool {
	return a.wants(r.Level, func() *record.Record { return r }, levels)
}

// wants is Wants for a record that is made when a filter has to be asked.
func (a *Attached[H]) wants(level slog.Level, r func() *record.Record, levels bool) bool {
	if levels && a.Level != nil && level < a.Level.Level() {
		return false
	}
	return len(a.Filters) == 0 || passes(a.Filters, r())
}

func passes(filters []Filter, r *record.Record) bool {
	for _, f := range filters {
		if !f(r) {
			return false
		}
	}
	return true
}

// Route is what holds for the records of one logger name. It is immutable.
type Route[H comparable] struct {
	// Level is the effective level.
	Level slog.Level
	// Handlers are the logger's own and those it propagates to, nearest first.
	Handlers []Attached[H]
	// filters are the logger's own.
	filters []Filter
}

// Filtered reports whether the logger has filters.
func (r *Route[H]) Filtered() bool { return len(r.filters) > 0 }

// IsFor reports whether the record goes to h: whether it is at the logger's level, passes its filters, and is
// wanted by h where it hangs. levels says whether the levels of handlers are respected.
func (r *Route[H]) IsFor(h H, rec *record.Record, levels bool) bool {
	if rec.Level < r.Level || !r.Passes(rec) {
		return false
	}
	for i := range r.Handlers {
		if a := &r.Handlers[i]; a.Handler == h && a.Wants(rec, levels) {
			return true
		}
	}
	return false
}

// Wants reports whether a record of that level goes to the handler at index i of Handlers: whether it is wanted there,
// and where the handler hangs several times, for the first of these. The logger's own level and filters are not asked.
// rec returns the record, for filters; levels says whether the levels of handlers are respected.
func (r *Route[H]) Wants(i int, level slog.Level, rec func() *record.Record, levels bool) bool {
	a := &r.Handlers[i]
	return a.wants(level, rec, levels) && !(a.Again && slices.ContainsFunc(r.Handlers[:i], func(b Attached[H]) bool {
		return b.Handler == a.Handler && b.wants(level, rec, levels)
	}))
}

// Passes reports whether r passes the logger's own filters.
func (r *Route[H]) Passes(rec *record.Record) bool { return passes(r.filters, rec) }

// Tree is a hierarchy of loggers with handlers of type H. Its methods may be called from any
// goroutine; a change is seen by every Route asked for after it returned.
type Tree[H comparable] struct {
	mu   sync.Mutex // serialises changes
	view atomic.Pointer[View[H]]
}

// View is the whole hierarchy at one moment, immutable. Two equal pointers mean that nothing changed
// between, so that a Route may be kept for as long as [Tree.View] returns the View it came from.
type View[H comparable] struct {
	nodes map[string]node[H] // by name; the root under ""
}

// node is what was set for one name, by single calls and by Configure, and what follows from both.
type node[H comparable] struct {
	level      *slog.Level
	isolated   bool // propagate is off
	handlers   []Attached[H]
	filters    []Filter
	configured *Logger[H] // nil if nothing

	own   *Route[H] // for the name itself
	below *Route[H] // for names below that are not configured: the same without the filters
}

// New returns a Tree whose root has the given level.
func New[H comparable](level slog.Level) *Tree[H] {
	t := new(Tree[H])
	t.view.Store(&View[H]{nodes: map[string]node[H]{}})
	t.SetLevel("", level)
	return t
}

// View returns the hierarchy as it is now.
func (t *Tree[H]) View() *View[H] { return t.view.Load() }

// Route returns what holds for name. It does not allocate.
func (v *View[H]) Route(name string) *Route[H] {
	if isRoot(name) {
		return v.nodes[""].own
	}
	if n, ok := v.nodes[name]; ok {
		return n.own
	}
	return ancestor(v.nodes, name)
}

// SetLevel gives the named logger a level of its own.
func (t *Tree[H]) SetLevel(name string, level slog.Level) {
	t.change(name, func(n *node[H]) { n.setLevel(&level) })
}

// UnsetLevel takes a logger's own level away, so that it has its ancestor's. The root's is then INFO.
func (t *Tree[H]) UnsetLevel(name string) {
	t.change(name, func(n *node[H]) { n.setLevel(nil) })
}

// SetPropagate says whether the named logger's records also go to its ancestors' handlers. They do
// unless it is switched off.
func (t *Tree[H]) SetPropagate(name string, on bool) {
	t.change(name, func(n *node[H]) { n.setIsolated(!on) })
}

// AddHandler hangs a handler on the named logger.
func (t *Tree[H]) AddHandler(name string, a Attached[H]) {
	t.change(name, func(n *node[H]) { n.handlers = append(slices.Clip(n.handlers), a) })
}

// RemoveHandler takes a handler off every logger it hangs on.
func (t *Tree[H]) RemoveHandler(h H) {
	t.mu.Lock()
	defer t.mu.Unlock()
	nodes := maps.Clone(t.view.Load().nodes)
	for name, n := range nodes {
		n.remove(h)
		nodes[name] = n
	}
	t.publish(nodes)
}

// AddFilter adds a filter to the named logger.
func (t *Tree[H]) AddFilter(name string, f Filter) {
	t.change(name, func(n *node[H]) { n.filters = append(slices.Clip(n.filters), f) })
}

// Renew makes a new view, which says what the one before says.
func (t *Tree[H]) Renew() { t.change("", func(*node[H]) {}) }

func (t *Tree[H]) change(name string, edit func(*node[H])) {
	if isRoot(name) {
		name = ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	nodes := maps.Clone(t.view.Load().nodes)
	n := nodes[name]
	edit(&n)
	nodes[name] = n
	t.publish(nodes)
}

// publish works out the routes of all nodes and makes them the current view.
func (t *Tree[H]) publish(nodes map[string]node[H]) {
	// A parent's name is shorter than its children's: parents come first.
	names := slices.SortedFunc(maps.Keys(nodes), func(a, b string) int { return len(a) - len(b) })
	for _, name := range names {
		n := nodes[name]
		own := n.settled()
		r := Route[H]{Level: slog.LevelInfo, Handlers: own.Handlers, filters: own.Filters}
		if name != "" {
			up := ancestor(nodes, name)
			r.Level = up.Level
			if !own.Isolated {
				r.Handlers = slices.Concat(r.Handlers, up.Handlers)
			}
		}
		if own.Level != nil {
			r.Level = *own.Level
		}
		r.Handlers = marked(r.Handlers)
		below := r
		below.filters = nil
		n.own, n.below = &r, &below
		nodes[name] = n
	}
	t.view.Store(&View[H]{nodes: nodes})
}

// ancestor returns the route below the nearest configured ancestor of name.
func ancestor[H comparable](nodes map[string]node[H], name string) *Route[H] {
	for up := range Parents(name) {
		if n, ok := nodes[up]; ok {
			return n.below
		}
	}
	return nodes[""].below
}

// Parents are the names of which the first that is configured is the parent of a logger, nearest first, without the
// root, which is the parent if none is. They are those that Python looks for: of two dots in a row only what is
// before the second counts, so that b..c is below "b." and not below b, unless "b." is.
func Parents(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := strings.LastIndexByte(name, '.'); i > 0 && yield(name[:i]); {
			i = strings.LastIndexByte(name[:i-1], '.')
		}
	}
}

func isRoot(name string) bool { return name == "" || name == record.RootLogger }
