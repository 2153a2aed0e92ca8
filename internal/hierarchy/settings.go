package hierarchy

import (
	"log/slog"
	"maps"
	"slices"
)

// Settings are what a configuration says of one logger. They stand beside what single calls have set: handlers
// and filters of both hold, and of the levels, as of propagate, the one that was set last.
type Settings[H comparable] struct {
	// Level is the logger's own; nil leaves it as it is without the configuration.
	Level *slog.Level
	// Propagate likewise.
	Propagate *bool
	Filters   []Filter
	Handlers  []Attached[H]
}

// Configure puts all of the settings, by the names of loggers, in the place of those of the last Configure. It
// is one change: a View shows either all of them, or none.
func (t *Tree[H]) Configure(settings map[string]Settings[H]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	nodes := maps.Clone(t.view.Load().nodes)
	for name, n := range nodes {
		n.configured = Settings[H]{}
		if name != "" && n.bare() {
			delete(nodes, name) // names come and go with configurations
			continue
		}
		nodes[name] = n
	}
	for name, s := range settings {
		if isRoot(name) {
			name = ""
		}
		n := nodes[name]
		n.configured = s
		nodes[name] = n
	}
	t.publish(nodes)
}

// bare reports whether nothing is set for the name, so that it is as its ancestor is.
func (n *node[H]) bare() bool {
	return n.level == nil && !n.isolated && len(n.handlers) == 0 && len(n.filters) == 0
}

func (n *node[H]) ownLevel() *slog.Level {
	if n.configured.Level != nil {
		return n.configured.Level
	}
	return n.level
}

func (n *node[H]) propagates() bool {
	if n.configured.Propagate != nil {
		return *n.configured.Propagate
	}
	return !n.isolated
}

func (n *node[H]) allHandlers() []Attached[H] {
	return slices.Concat(n.handlers, n.configured.Handlers)
}

func (n *node[H]) allFilters() []Filter { return slices.Concat(n.filters, n.configured.Filters) }

// markAgain marks the handlers that stand in the list before.
func markAgain[H comparable](all []Attached[H]) {
	for i := range all {
		all[i].Again = slices.ContainsFunc(all[:i], func(a Attached[H]) bool { return a.Handler == all[i].Handler })
	}
}
