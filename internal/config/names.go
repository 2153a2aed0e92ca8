package config

import (
	"maps"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func filterName() kind[*Filter] {
	return name("filter", func(c *checker) map[string]*Filter { return c.filters })
}

func handlerName() kind[*Handler] {
	return name("handler", func(c *checker) map[string]*Handler { return c.handlers })
}

// name is the name of something that the file defines.
func name[V any](what string, defined func(c *checker) map[string]*V) kind[*V] {
	return kind[*V]{what, nil, object{"type": "string"}, func(c *checker, key string, n *Node) (*V, bool) {
		name, ok := text().read(c, key, n)
		if !ok {
			return nil, false
		}
		v := defined(c)[name]
		if v == nil {
			noSuch(c, n, what, name, defined(c))
		}
		return v, v != nil
	}}
}

// noSuch takes the error of a name that nothing is called.
func noSuch[V any](c *checker, n *Node, what, name string, defined map[string]V) {
	names := sortedNames(defined)
	if n.env != "" || n.Text != name { // it came from elsewhere
		c.fail(n.Place, "", "got %s, which is no %s that is defined", show(n), what)
		return
	}
	if word := near(name, names...); word != "" {
		c.fail(n.Place, word, "got the %s %s, which is not defined", what, quote(name))
		return
	}
	there := "none"
	if len(names) > 0 {
		there = cut(spell.Or(names...))
	}
	c.fail(n.Place, "", "got the %s %s, which is not defined; there is %s", what, quote(name), there)
}
