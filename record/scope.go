package record

import (
	"log/slog"
	"slices"
)

// Scope is what WithAttrs and WithGroup have bound to a [slog.Handler]: the attrs that every record
// gets, and the groups that its own attrs go into. The zero Scope binds nothing. A Scope is
// immutable and may be used from any goroutine.
type Scope struct {
	// attrs stand outside any open group.
	attrs []slog.Attr
	// groups are the open groups, outermost first, each with the attrs bound inside it.
	groups []scopeGroup
}

type scopeGroup struct {
	name  string
	attrs []slog.Attr
}

// WithAttrs returns a Scope with attrs bound in the innermost open group. It keeps attrs.
func (s Scope) WithAttrs(attrs []slog.Attr) Scope {
	if len(attrs) == 0 {
		return s
	}
	if len(s.groups) == 0 {
		s.attrs = append(slices.Clip(s.attrs), attrs...)
		return s
	}
	s.groups = slices.Clone(s.groups)
	g := &s.groups[len(s.groups)-1]
	g.attrs = append(slices.Clip(g.attrs), attrs...)
	return s
}

// WithGroup returns a Scope with a group opened inside the innermost one. An empty name opens none.
func (s Scope) WithGroup(name string) Scope {
	if name == "" {
		return s
	}
	s.groups = append(slices.Clip(s.groups), scopeGroup{name: name})
	return s
}

// Bound returns how many attrs the scope adds to a record's own, an open group counting as one; 0
// says that a record's attrs are its own and nothing else.
func (s Scope) Bound() int { return len(s.attrs) + len(s.groups) }

// Grouped reports whether a group is open. What AppendAttrs returns then shares memory with attrs.
func (s Scope) Grouped() bool { return len(s.groups) > 0 }

// AppendAttrs appends the attrs of a record that was logged with attrs in this scope. The result
// shares memory with the scope's and the given attrs. A group that would be empty is left out.
func (s Scope) AppendAttrs(dst, attrs []slog.Attr) []slog.Attr {
	dst = append(dst, s.attrs...)
	if len(s.groups) == 0 {
		return append(dst, attrs...)
	}
	// Inside out: what is innermost becomes the last attr of the group around it.
	for _, g := range slices.Backward(s.groups) {
		members := g.attrs
		if len(members) == 0 {
			members = attrs
		} else {
			members = append(slices.Clip(members), attrs...)
		}
		if len(members) == 0 {
			attrs = nil
			continue
		}
		attrs = []slog.Attr{{Key: g.name, Value: slog.GroupValue(members...)}}
	}
	return append(dst, attrs...)
}
