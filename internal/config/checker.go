package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// checker makes the model of a tree, and gathers what is wrong with it.
type checker struct {
	o      Options
	root   *Node
	errors []*Error
	notes  []Note
	// referred are the keys of the whole configuration that a cfg:// refers to. They may be anything, as in Python.
	referred map[string]bool

	looks int // cfg:// on the way to a value
	work  int // values looked at, bounded by MaxNodes: an alias is one each time

	classes []class

	config     *Config
	formatters map[string]*Formatter
	filters    map[string]*Filter
	handlers   map[string]*Handler
}

// maxKept bounds the errors that are gathered, to tell the first of; then the rest of the file is left alone.
const maxKept = 200

// full reports whether there are errors enough.
func (c *checker) full() bool { return len(c.errors) >= maxKept }

// maxNear bounds the words among which the one that was meant is looked for.
const maxNear = 1000

// near returns the word that was meant, empty where that is not certain.
func near(word string, known ...string) string {
	return spell.Nearest(word, known[:min(len(known), maxNear)]...)
}

// fail takes an error; word may be empty.
func (c *checker) fail(at Place, word, format string, args ...any) {
	c.errors = append(c.errors, &Error{File: c.o.File, Place: at, Text: fmt.Sprintf(format, args...), Word: word})
}

// note takes a note.
func (c *checker) note(at Place, format string, args ...any) {
	c.notes = append(c.notes, Note{File: c.o.File, Place: at, Text: fmt.Sprintf(format, args...)})
}

// order is by place.
func order(a, b Place) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// done returns the errors in the order of the file, each once, nil if there are none.
func (c *checker) done() error {
	slices.SortStableFunc(c.notes, func(a, b Note) int { return order(a.Place, b.Place) })
	c.notes = slices.Compact(c.notes)
	if len(c.errors) == 0 {
		return nil
	}
	slices.SortStableFunc(c.errors, func(a, b *Error) int { return order(a.Place, b.Place) })
	return NewErrors(slices.CompactFunc(c.errors, func(a, b *Error) bool { return *a == *b })...)
}

// show is what an error says of a value. What comes from the environment may be a secret.
func show(n *Node) string {
	switch {
	case n.env != "":
		return "the value of " + n.env + " in the environment"
	case n.Kind == TextKind:
		return quote(n.Text)
	case n.Kind == BoolKind || n.Kind == IntKind || n.Kind == FloatKind:
		return cut(n.Text)
	}
	return n.Kind.String()
}

// want takes the error of a value that is not what its key wants.
func (c *checker) want(key string, n *Node, want string) { c.wantWord(key, n, "", want) }

// wantOne is want for a value that should be one of some words, or something else that want says.
func (c *checker) wantOne(key string, n *Node, want string, words ...string) {
	word := ""
	if n.Kind == TextKind && n.env == "" {
		word = near(n.Text, words...)
	}
	c.wantWord(key, n, word, want)
}

func (c *checker) wantWord(key string, n *Node, word, want string) {
	c.fail(n.Place, word, "%s: got %s, want %s", key, show(n), want)
}

// unknown takes the error of a key that is none of those known; where says of what.
func (c *checker) unknown(m Member, where string, known ...string) {
	if c.full() {
		return
	}
	if word := near(m.Key, known...); word != "" {
		c.fail(m.Place, word, "got the key %s, which %s does not have", quote(m.Key), where)
		return
	}
	slices.Sort(known)
	c.fail(m.Place, "", "got the key %s, which %s does not have; it has %s", quote(m.Key), where, strings.Join(slices.Compact(known), ", "))
}

// value returns what stands at a node: what cfg:// and env:// stand for, nil for null. It returns nil after an
// error too.
func (c *checker) value(n *Node) *Node {
	if n == nil || c.full() {
		return nil
	}
	if c.work++; c.work > MaxNodes {
		if c.work == MaxNodes+1 {
			c.fail(n.Place, "", "got more than %d values, those that cfg:// stands for counted each time", MaxNodes)
		}
		return nil
	}
	if n.Kind == TextKind && n.env == "" {
		n = c.look(n)
	}
	if n == nil || n.Kind == NullKind {
		return nil
	}
	return n
}

// members returns the members of a mapping, with an error if n is none.
func (c *checker) members(key string, n *Node) []Member {
	if n == nil {
		return nil
	}
	if n.Kind != MapKind {
		c.want(key, n, "a mapping")
		return nil
	}
	return n.Members
}
