package config

import (
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// class describes a class of handlers.
type class struct {
	name   Class
	python []string // what Python's logging calls it
	also   []string // further short names
	doc    string
	keys   []Key
	names  []string // of all keys
	// read reads the parameters out of the members that are not those of every handler.
	read func(c *checker, s *site)
}

// site is a handler that is being read.
type site struct {
	h       *Handler
	node    *Node
	members []Member
	// python is true where the class is called by its name in Python.
	python bool
}

// classOf returns a class whose parameters are read into a P by the table, and made into what a Handler has by
// finish.
func classOf[P any](name Class, python, doc string, t table[P], finish func(c *checker, s *site, g given, p *P) any) class {
	return class{
		name: name, python: strings.Fields(python), doc: doc, keys: t.keys(), names: t.names(),
		read: func(c *checker, s *site) {
			p, g := new(P), given{}
			for _, m := range s.members {
				if t.take(c, m, p) {
					t.mark(c, g, m)
				} else {
					c.unknownParam(s, m, t.names())
				}
			}
			t.missing(c, "a handler of the class "+string(name), s.node, g)
			s.h.Params = finish(c, s, g, p)
		},
	}
}

// unknownParam takes the error of a key that the class of a handler does not have.
func (c *checker) unknownParam(s *site, m Member, own []string) {
	if c.full() {
		return
	}
	if m.Key == "." {
		c.fail(m.Place, "", `got the key ".", want none: it sets attributes of an object of Python's; the keys of the handler say what can be set here`)
		return
	}
	var others []string
	for _, other := range c.classes {
		if slices.Contains(other.names, m.Key) {
			others = append(others, string(other.name))
		}
	}
	known := append(handlerTable().names(), own...)
	if len(others) > 0 && spell.Nearest(m.Key, known...) == "" {
		c.fail(m.Place, "", "got the key %s, which the class %s does not have; %s has it", quote(m.Key), s.h.Class, spell.Or(others...))
		return
	}
	c.unknown(m, "the class "+string(s.h.Class), known...)
}

// classes returns all classes.
func classes() []class {
	return slices.Concat([]class{consoleClass()}, fileClasses(), socketClasses(), []class{
		syslogClass(), httpClass(), smtpClass(), otlpClass(), memoryClass(), queueClass(), nullClass(),
	})
}

// classNamed returns the class of that name, and whether the name is Python's.
func (c *checker) classNamed(name string) (k *class, python bool) {
	for _, k := range c.classes {
		switch {
		case string(k.name) == name || slices.Contains(k.also, name):
			return &k, false
		case slices.Contains(k.python, name):
			return &k, true
		}
	}
	return nil, false
}

// classWord returns the name of a class that was meant.
func (c *checker) classWord(name string) string {
	var short, all []string
	for _, k := range c.classes {
		short = append(append(short, string(k.name)), k.also...)
		all = append(all, k.python...)
	}
	// RotatingFileHandler, or logging.RotatingFileHandler, is short of its module.
	last := lastName(name)
	for _, full := range all {
		if strings.EqualFold(lastName(full), last) && (last == name || strings.HasPrefix(name, "logging.")) {
			return full
		}
	}
	return spell.Nearest(name, append(short, all...)...)
}

// lastName is what stands behind the last dot.
func lastName(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }

// consoleParams are a console as the file has it.
type consoleParams struct{ Console }

func consoleClass() class {
	k := classOf(ConsoleClass, "logging.StreamHandler", "Records are written to the standard error, or the standard output.",
		table[consoleParams]{
			key("stream", stream(), "Where to: `ext://sys.stderr` or `ext://sys.stdout`, or `stderr` or `stdout`.",
				func(p *consoleParams) *bool { return &p.Stdout }).also("strm").or("stderr"),
		},
		func(_ *checker, _ *site, _ given, p *consoleParams) any { return &p.Console })
	k.also = []string{"stream"}
	return k
}

// stream is the standard output, true, or the standard error.
func stream() kind[bool] {
	words := []string{"ext://sys.stderr", "ext://sys.stdout", "stderr", "stdout"}
	return kind[bool]{"stream", words, object{"enum": words}, func(c *checker, key string, n *Node) (bool, bool) {
		if i := slices.Index(words, n.Text); i >= 0 && n.Kind == TextKind {
			return i%2 == 1, true
		}
		if full := extPrefix + n.Text; slices.Contains(words, full) {
			c.wantWord(key, n, full, "ext://sys.stderr or ext://sys.stdout")
			return false, false
		}
		c.wantOne(key, n, "ext://sys.stderr or ext://sys.stdout; write to a file by the class file", words...)
		return false, false
	}}
}

func nullClass() class {
	return classOf(NullClass, "logging.NullHandler", "Records are taken, and nothing is done with them.", table[Null]{},
		func(*checker, *site, given, *Null) any { return &Null{} })
}
