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

// WithAttrs returns a Scope with attrs bound in the innermost open group, save empty groups, which say
// nothing. It keeps attrs.
func (s Scope) WithAttrs(attrs []slog.Attr) Scope {
	if slices.ContainsFunc(attrs, isEmptyGroup) {
		attrs = slices.DeleteFunc(slices.Clone(attrs), isEmptyGroup)
	}
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

func isEmptyGroup(a slog.Attr) bool {
	return a.Value.Kind() == slog.KindGroup && len(a.Value.Group()) == 0
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

// Bind gives r the attrs of a record that was logged with own in this scope, behind lead, which stand
// outside of its groups. They are own itself, where nothing is to be added; else they are made in mem, behind
// its length, and mem is returned with what it holds then. The scope must not be changed, as by assignment,
// as long as r is used: a handler of [FromSlog] has bound it once and for all.
func (s *Scope) Bind(r *Record, mem, lead, own []slog.Attr) []slog.Attr {
	if len(lead) == 0 && s.Bound() == 0 {
		r.Attrs = own
		return mem
	}
	if need := s.room(len(lead) + len(own)); cap(mem)-len(mem) < need {
		mem = make([]slog.Attr, 0, max(2*cap(mem), need)) // what was in the old one stays there
	}
	for _, g := range slices.Backward(s.groups) {
		from := len(mem)
		if len(g.attrs) > 0 {
			mem = append(append(mem, g.attrs...), own...)
			own, from = mem[from:len(mem):len(mem)], len(mem)
		}
		if len(own) > 0 {
			mem = append(mem, slog.Attr{Key: g.name, Value: slog.GroupValue(own...)})
			own = mem[from:len(mem):len(mem)]
		}
	}
	from := len(mem)
	mem = append(append(append(mem, lead...), s.attrs...), own...)
	r.Attrs = mem[from:len(mem):len(mem)]
	if len(lead) == 0 && len(r.Attrs) > 0 {
		r.scope, r.first = s, &r.Attrs[0]
	}
	return mem
}

// room returns how many attrs Bind makes at most for a record with n of its own.
func (s *Scope) room(n int) int {
	need := 2*n + len(s.attrs) + 1
	for i := range s.groups {
		need += len(s.groups[i].attrs) + 2
	}
	return need
}
