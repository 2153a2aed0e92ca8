package config

import "slices"

// Key describes a key of a section.
type Key struct {
	// Name is what it is called, and Also what it may be called too.
	Name string
	Also []string
	// Kind is what its value is, as the reference calls it, and Words are those that it takes, if it takes only
	// some.
	Kind  string
	Words []string
	// Default says what holds without the key; empty where nothing does, or where Doc says it.
	Default string
	// Required is true if there must be one.
	Required bool
	// Server is true for what only a server has.
	Server bool
	// Doc is what it says, in a sentence.
	Doc string

	schema any // a part of a JSON schema, or a func() object that makes one
}

// field is a key of a section whose values are read into a P.
type field[P any] struct {
	Key
	read func(c *checker, key string, n *Node, p *P)
}

// key returns the field of a key, whose value is read as a kind to the place that at returns.
func key[P, T any](name string, k kind[T], doc string, at func(p *P) *T) field[P] {
	return field[P]{
		Key{Name: name, Kind: k.name, Words: k.words, Doc: doc, schema: k.schema},
		func(c *checker, key string, n *Node, p *P) {
			if v, ok := k.read(c, key, n); ok {
				*at(p) = v
			}
		},
	}
}

// ignored returns the field of a key that is checked, and chooses nothing.
func ignored[P, T any](name string, k kind[T], doc string) field[P] {
	return key(name, k, doc, func(*P) *T { return new(T) })
}

// also returns the field with further names.
func (f field[P]) also(names ...string) field[P] { f.Also = names; return f }

// or returns the field with what holds without it.
func (f field[P]) or(standard string) field[P] { f.Default = standard; return f }

// need returns the field as one that there must be.
func (f field[P]) need() field[P] { f.Required = true; return f }

// server returns the field as one of servers alone.
func (f field[P]) server() field[P] { f.Server = true; return f }

// table is the keys of a section.
type table[P any] []field[P]

func (t table[P]) find(name string) *field[P] {
	for i := range t {
		if t[i].Name == name {
			return &t[i]
		}
		if slices.Contains(t[i].Also, name) {
			return &t[i]
		}
	}
	return nil
}

// names returns the names of all keys.
func (t table[P]) names() (names []string) {
	for i := range t {
		names = append(append(names, t[i].Name), t[i].Also...)
	}
	return names
}

// keys returns the description of all keys.
func (t table[P]) keys() (keys []Key) {
	for i := range t {
		keys = append(keys, t[i].Key)
	}
	return keys
}

// take reads a member into p, and reports whether it is of the table at all.
func (t table[P]) take(c *checker, m Member, p *P) bool {
	f := t.find(m.Key)
	if f == nil {
		return false
	}
	if f.Server && c.o.Library {
		c.fail(m.Place, "", "got %s, which only a server has: it is for jackdaw serve --config", quote(m.Key))
		return true
	}
	if n := c.value(m.Value); n != nil {
		f.read(c, m.Key, n, p)
	}
	return true
}

// fill reads the members of a section into p. What is no key of it is an error; where is what the section is called.
func (t table[P]) fill(c *checker, where string, n *Node, p *P) given {
	g := given{}
	for _, m := range c.members(where, n) {
		if !t.take(c, m, p) {
			c.unknown(m, where, t.names()...)
		}
		t.mark(c, g, m)
	}
	t.missing(c, where, n, g)
	return g
}

// given are the keys of a section that have a value, by their names in the table.
type given map[string]Member

// has reports whether a key has a value, be it a wrong one: with that, what is there is no less wrong for what the key
// does not say.
func (g given) has(name string) bool { _, ok := g[name]; return ok }

// mark notes that a key is there, unless it is null.
func (t table[P]) mark(c *checker, g given, m Member) {
	f := t.find(m.Key)
	if f == nil || m.Value.Kind == NullKind {
		return
	}
	if before, ok := g[f.Name]; ok {
		c.fail(m.Place, "", "got %s beside %s, which is the same; want one of them", quote(m.Key), quote(before.Key))
	}
	g[f.Name] = m
}

// missing takes the errors of required keys that are not there.
func (t table[P]) missing(c *checker, where string, n *Node, g given) {
	for i := range t {
		if _, ok := g[t[i].Name]; t[i].Required && !ok && n.Kind == MapKind {
			c.fail(n.Place, "", "%s has no key %s, which it needs", where, quote(t[i].Name))
		}
	}
}
