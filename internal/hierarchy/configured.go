package hierarchy

import (
	"log/slog"
	"slices"
)

// Logger is all that is configured for one name.
type Logger[H comparable] struct {
	// Name is the dotted name; "" and "root" are the root.
	Name string
	// Level is the logger's own, nil for its nearest ancestor's. The root's is INFO if nil.
	Level *slog.Level
	// Isolated says that propagate is off.
	Isolated bool
	Handlers []Attached[H]
	Filters  []Filter
}

// Replace makes the loggers all that is configured, in one view: nobody sees a part of the change. The slices
// belong to the Tree from then on. Of two loggers of one name the last one counts.
func (t *Tree[H]) Replace(loggers []Logger[H]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.configure(map[string]node[H]{"": {}}, loggers)
}

// Configure puts the loggers in the place of those of the last Configure, in one view, and leaves alone what was
// set by single calls: handlers and filters of both hold; a level of the loggers, and propagate, hold until a
// call sets them, and one that is nil leaves what a call has set.
func (t *Tree[H]) Configure(loggers []Logger[H]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	nodes := map[string]node[H]{}
	for name, n := range t.view.Load().nodes {
		n.configured = nil
		if name == "" || !n.bare() { // names come and go with configurations
			nodes[name] = n
		}
	}
	t.configure(nodes, loggers)
}

// configure publishes the nodes with what is configured for the loggers. mu is held.
func (t *Tree[H]) configure(nodes map[string]node[H], loggers []Logger[H]) {
	for _, l := range loggers {
		if isRoot(l.Name) {
			l.Name = ""
		}
		n := nodes[l.Name]
		n.configured = &l
		nodes[l.Name] = n
	}
	t.publish(nodes)
}

// bare reports whether no call has set anything for the name.
func (n *node[H]) bare() bool {
	return n.level == nil && !n.isolated && len(n.handlers) == 0 && len(n.filters) == 0
}

// setLevel gives the node a level by a call.
func (n *node[H]) setLevel(level *slog.Level) {
	n.level = level
	n.edit(func(l *Logger[H]) { l.Level = nil })
}

func (n *node[H]) setIsolated(on bool) {
	n.isolated = on
	n.edit(func(l *Logger[H]) { l.Isolated = on })
}

// remove takes a handler off.
func (n *node[H]) remove(h H) {
	without := func(all []Attached[H]) []Attached[H] {
		return slices.DeleteFunc(slices.Clone(all), func(a Attached[H]) bool { return a.Handler == h })
	}
	n.handlers = without(n.handlers)
	n.edit(func(l *Logger[H]) { l.Handlers = without(l.Handlers) })
}

// edit changes what is configured, which other views have as it was.
func (n *node[H]) edit(f func(*Logger[H])) {
	if n.configured != nil {
		l := *n.configured
		f(&l)
		n.configured = &l
	}
}

// settled returns what holds for the name itself.
func (n *node[H]) settled() Logger[H] {
	l := Logger[H]{Level: n.level, Isolated: n.isolated, Handlers: n.handlers, Filters: n.filters}
	if c := n.configured; c != nil {
		if c.Level != nil {
			l.Level = c.Level
		}
		l.Isolated = c.Isolated
		l.Handlers = slices.Concat(l.Handlers, c.Handlers)
		l.Filters = slices.Concat(l.Filters, c.Filters)
	}
	return l
}

// marked returns the handlers with those marked that stand in the list before.
func marked[H comparable](all []Attached[H]) []Attached[H] {
	all = slices.Clone(all)
	for i := range all {
		all[i].Again = slices.ContainsFunc(all[:i], func(a Attached[H]) bool { return a.Handler == all[i].Handler })
	}
	return all
}
