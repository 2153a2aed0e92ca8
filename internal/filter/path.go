package filter

import (
	"encoding/json"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// path is the dotted name of an attr, folded. It names the attr of that key, the members of groups
// and mappings whose keys, joined by dots, are the name, and all that is below these.
type path struct {
	name   string
	dotted bool
}

func newPath(name string) path {
	name = folded(name)
	return path{name, strings.Contains(name, ".")}
}

// walk looks at the values among attrs that the path names.
func (p *path) walk(attrs []slog.Attr, w *walk) (found bool) {
	if !w.depth.enter() {
		return false
	}
	for i := range attrs {
		a := &attrs[i]
		if a.Key != "" {
			found = p.mayBe(a.Key) && p.step(a.Key, a.Value, w)
		} else if v := a.Value.Resolve(); v.Kind() == slog.KindGroup {
			found = p.walk(v.Group(), w) // a group without a key is dissolved
		}
		if found {
			break
		}
	}
	w.depth.leave()
	return found
}

// mayBe reports whether a key begins as the path does, in a hurry.
func (p *path) mayBe(key string) bool {
	c := key[0]
	return c >= utf8.RuneSelf || asciiFold[c] == p.name[0]
}

// step looks at v, which stands under a key, as far as the path leads there.
func (p *path) step(key string, v slog.Value, w *walk) bool {
	n := prefixLen(key, p.name)
	if n >= 0 { // k, or a key k.m, for the path k
		return (n == len(key) || key[n] == '.') && w.value(v)
	}
	if !p.dotted {
		return false
	}
	rest, ok := p.below(key)
	return ok && rest.inside(v, w)
}

// below returns the path from a key on: m for the path k.m and the key k.
func (p *path) below(key string) (rest path, ok bool) {
	i := 0
	for _, r := range key {
		want, size := utf8.DecodeRuneInString(p.name[i:])
		if size == 0 || fold(r) != want {
			return path{}, false
		}
		i += size
	}
	if i+1 >= len(p.name) || p.name[i] != '.' {
		return path{}, false
	}
	return path{p.name[i+1:], p.dotted}, true
}

// inside looks at the members of v that the path names.
func (p *path) inside(v slog.Value, w *walk) bool {
	switch v.Kind() {
	case slog.KindLogValuer:
		return p.inside(v.Resolve(), w)
	case slog.KindGroup:
		return p.walk(v.Group(), w)
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil, json.Number:
		case []any, map[string]any:
			return p.members(x, w)
		default:
			v, ok := plain(v)
			return ok && p.inside(v, w)
		}
	}
	return false
}

// members looks at the members of a list, which have its name, or at those of a mapping that the path
// names.
func (p *path) members(x any, w *walk) (found bool) {
	if !w.depth.enter() {
		return false
	}
	switch x := x.(type) {
	case []any:
		for i := 0; i < len(x) && !found; i++ {
			found = p.inside(element(x[i]), w)
		}
	case map[string]any:
		for k, e := range x {
			if found = p.step(k, element(e), w); found {
				break
			}
		}
	}
	w.depth.leave()
	return found
}
