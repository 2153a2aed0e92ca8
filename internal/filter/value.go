package filter

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// tester holds a plain value against something: a text, a number, a boolean, a time or nil, never a
// list or a mapping.
type tester interface {
	test(v slog.Value) bool
}

// maxDepth bounds the nesting of attrs that is followed, as in the JSON form.
const maxDepth = 256

// anyValue reports whether t takes one of the plain values that v is or holds.
func anyValue(v slog.Value, t tester, depth int) bool {
	switch v.Kind() {
	case slog.KindLogValuer:
		return depth < maxDepth && anyValue(v.Resolve(), t, depth+1)
	case slog.KindGroup:
		return depth < maxDepth && anyAttr(v.Group(), t, depth+1)
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil, json.Number:
		case []any:
			for _, e := range x {
				if depth < maxDepth && anyValue(element(e), t, depth+1) {
					return true
				}
			}
			return false
		case map[string]any:
			for _, e := range x {
				if depth < maxDepth && anyValue(element(e), t, depth+1) {
					return true
				}
			}
			return false
		default:
			return depth < maxDepth && anyValue(plain(v), t, depth+1)
		}
	}
	return t.test(v)
}

func anyAttr(attrs []slog.Attr, t tester, depth int) bool {
	for i := range attrs {
		if a := &attrs[i]; !empty(a) && anyValue(a.Value, t, depth) {
			return true
		}
	}
	return false
}

// empty reports whether a is the empty attr, which is left out of a record.
func empty(a *slog.Attr) bool { return a.Key == "" && a.Value.Equal(slog.Value{}) }

// plain returns what the JSON form of a record shows of a value of any other type. It allocates.
func plain(v slog.Value) slog.Value {
	dec := json.NewDecoder(bytes.NewReader(record.AppendJSONValue(nil, v)))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		x = "!ERROR: " + err.Error()
	}
	return slog.AnyValue(x)
}

// element returns the value that a member of a list or mapping is. What slog would make more of, a
// LogValuer for example, is as in the JSON form there.
func element(x any) slog.Value {
	switch x.(type) {
	case nil, string, bool, int, int64, uint64, float64, []any, map[string]any, json.Number:
		return slog.AnyValue(x)
	}
	list, _ := plain(slog.AnyValue([]any{x})).Any().([]any)
	if len(list) != 1 {
		return slog.Value{}
	}
	return slog.AnyValue(list[0])
}

// walker visits the values that a path names.
type walker interface {
	// visit looks at one; true ends the walk.
	visit(v slog.Value, depth int) bool
}

// values is the walker that asks a tester about all plain values.
type values struct{ tester }

func (t values) visit(v slog.Value, depth int) bool { return anyValue(v, t.tester, depth) }

// existence is the walker that ends at any value that is there, be it null or empty. A group without
// members is not there.
type existence struct{}

func (e existence) visit(v slog.Value, depth int) bool {
	if depth >= maxDepth {
		return false
	}
	switch v.Kind() {
	case slog.KindLogValuer:
		return e.visit(v.Resolve(), depth+1)
	case slog.KindGroup:
		return e.any(v.Group(), depth+1)
	}
	return true
}

func (e existence) any(attrs []slog.Attr, depth int) bool {
	for i := range attrs {
		if a := &attrs[i]; !empty(a) && e.visit(a.Value, depth) {
			return true
		}
	}
	return false
}

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

// walk visits the values among attrs that the path names until one ends it, and reports whether one
// did.
func (p *path) walk(attrs []slog.Attr, w walker, depth int) bool {
	for i := range attrs {
		a := &attrs[i]
		if a.Key != "" {
			if p.mayBe(a.Key) && p.step(a.Key, a.Value, w, depth) {
				return true
			}
		} else if v := a.Value.Resolve(); v.Kind() == slog.KindGroup && depth < maxDepth {
			if p.walk(v.Group(), w, depth+1) { // a group without a key is dissolved
				return true
			}
		}
	}
	return false
}

// mayBe reports whether a key begins as the path does, in a hurry.
func (p *path) mayBe(key string) bool {
	c := key[0]
	return c >= utf8.RuneSelf || asciiFold[c] == p.name[0]
}

// step visits v, which stands under a key, as far as the path leads there.
func (p *path) step(key string, v slog.Value, w walker, depth int) bool {
	n := prefixLen(key, p.name)
	if n >= 0 { // k, or a key k.m, for the path k
		return (n == len(key) || key[n] == '.') && w.visit(v, depth)
	}
	if !p.dotted {
		return false
	}
	rest, ok := p.below(key)
	return ok && rest.inside(v, w, depth)
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

// inside visits the members of v that the path names.
func (p *path) inside(v slog.Value, w walker, depth int) bool {
	if depth >= maxDepth {
		return false
	}
	switch v.Kind() {
	case slog.KindLogValuer:
		return p.inside(v.Resolve(), w, depth+1)
	case slog.KindGroup:
		return p.walk(v.Group(), w, depth+1)
	case slog.KindAny:
		switch x := v.Any().(type) {
		case nil, json.Number:
		case map[string]any:
			for k, e := range x {
				if p.step(k, element(e), w, depth+1) {
					return true
				}
			}
		case []any:
			for _, e := range x {
				if p.inside(element(e), w, depth+1) {
					return true
				}
			}
		default:
			return p.inside(plain(v), w, depth+1)
		}
	}
	return false
}
