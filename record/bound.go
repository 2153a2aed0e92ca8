package record

import (
	"log/slog"
	"slices"
	"sync"
)

// bound are the handlers that a [slog.Handler] becomes with the names of loggers and what is bound to them: it
// is told these once, not with each record.
type bound struct {
	root slog.Handler

	mu       sync.Mutex // guards handlers
	handlers map[binding]slog.Handler
}

// binding is what a handler is told once. The scope is nil if the attrs of records are all their own.
type binding struct {
	logger string
	scope  *Scope
}

// maxBound bounds the handlers that are kept.
const maxBound = 1024

// to returns the handler for a record, and the attrs that it is to be given.
func (b *bound) to(r *Record) (slog.Handler, []slog.Attr) {
	if own, ok := r.own(); ok {
		if h := b.find(binding{r.Logger, r.scope}); h != nil {
			return h, own
		}
	}
	return b.find(binding{logger: r.Logger}), r.Attrs
}

// find returns the handler for a binding. For a scope that it meets for the first time it returns nil: many a
// logger is made for one record.
func (b *bound) find(to binding) slog.Handler {
	if to.logger == RootLogger {
		to.logger = ""
	}
	if to == (binding{}) {
		return b.root
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h, met := b.handlers[to]
	if h != nil {
		return h
	}
	if len(b.handlers) >= maxBound {
		clear(b.handlers)
	}
	if met || to.scope == nil {
		h = b.bind(to)
	}
	b.handlers[to] = h
	return h
}

func (b *bound) bind(to binding) slog.Handler {
	h := b.root
	if to.logger != "" {
		h = h.WithAttrs([]slog.Attr{slog.String("logger", to.logger)})
	}
	if to.scope == nil {
		return h
	}
	h = withAttrs(h, to.scope.attrs)
	for _, g := range to.scope.groups {
		h = withAttrs(h.WithGroup(g.name), g.attrs)
	}
	return h
}

// withAttrs returns h with attrs, of which it gets a copy: it may change them.
func withAttrs(h slog.Handler, attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.WithAttrs(slices.Clone(attrs))
}

// own returns those attrs of r that no scope has bound, without the groups they are in. ok is false if
// that is not known: if the attrs are not those that Scope.Bind made any more, or if something else of
// r is to become an attr, which would come into the groups.
func (r *Record) own() (own []slog.Attr, ok bool) {
	s := r.scope
	if s == nil || len(r.Attrs) < len(s.attrs) || len(r.Attrs) == 0 || &r.Attrs[0] != r.first {
		return nil, false
	}
	own = r.Attrs[len(s.attrs):]
	if len(s.groups) > 0 && r.more() {
		return nil, false
	}
	for i := range s.groups {
		if len(own) == 0 {
			return nil, true // a group without attrs is left out
		}
		g := &s.groups[i]
		if len(own) > 1 || own[0].Key != g.name || own[0].Value.Kind() != slog.KindGroup {
			return nil, false
		}
		own = own[0].Value.Group()[len(g.attrs):]
	}
	return own, true
}

// more reports whether r has anything that a [slog.Record] has no place for.
func (r *Record) more() bool {
	return r.PC == 0 && r.placed() || r.Exception != nil || r.Process != (Process{}) ||
		r.Thread != (Thread{}) || r.Stack != "" || r.Task != "" || r.Host != "" || r.Peer != "" || r.Trace != (Trace{})
}
