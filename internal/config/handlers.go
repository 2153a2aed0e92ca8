package config

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// handlerTable are the keys that every handler has.
func handlerTable() table[Handler] {
	return table[Handler]{
		{Key: Key{Name: "class", Also: []string{"()"}, Kind: "class", Required: true, Doc: "What the handler is, by its short name or Python's.", schema: object{"type": "string"}}},
		key("level", level(), "The lowest level it is for; NOTSET is every level.", func(p *Handler) **slog.Level { return &p.Level }).or("every level"),
		key("formatter", formatterName(), "The name of a formatter, or of a form: `json`, `logfmt`, `text`, `pretty`.",
			func(p *Handler) **Formatter { return &p.Formatter }).or("json for files, pretty for a terminal"),
		key("filters", list(filterName(), "filters"), "The names of filters, all of which have to pass a record.", func(p *Handler) *[]*Filter { return &p.Filters }),
		key("required", flag(), "Those who send wait, instead of records being dropped for this handler, when the stream is full.",
			func(p *Handler) *bool { return &p.Required }).or("false").server(),
		key("backlog_bytes", size(), "How much may wait for it in the stream; beyond that the oldest is dropped, for it alone.",
			func(p *Handler) *int64 { return &p.BacklogBytes }).or("that of stream").server(),
		key("backlog_age", age(), "How long records may wait for it in the stream.", func(p *Handler) *time.Duration { return &p.BacklogAge }).or("that of stream").server(),
	}
}

// formatterName is the name of a formatter.
func formatterName() kind[*Formatter] {
	return kind[*Formatter]{"formatter", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (*Formatter, bool) {
		name, ok := text().read(c, key, n)
		if !ok || name == "" {
			return nil, false
		}
		if f := c.formatters[name]; f != nil {
			return f, true
		}
		if slices.Contains(builtinForms(), name) {
			return &Formatter{Name: name, Place: n.Place, Form: Form(name)}, true
		}
		noSuch(c, n, "formatter", name, c.formatters)
		return nil, false
	}}
}

// maxName bounds the name of a handler, in bytes.
const maxName = 200

// readHandlers reads the section handlers. Their names are known before the first one is read, so that one may name
// another.
func (c *checker) readHandlers(n *Node) {
	members := c.members("handlers", n)
	for _, m := range members {
		if m.Key == "" || len(m.Key) > maxName {
			c.fail(m.Place, "", "the handler %s has a name of %d bytes, want 1 to %d", quote(m.Key), len(m.Key), maxName)
		}
		c.handlers[m.Key] = &Handler{Name: m.Key, Place: m.Place}
	}
	for _, m := range members {
		h := c.handlers[m.Key]
		v := c.value(m.Value)
		switch {
		case v == nil:
			if m.Value.Kind == NullKind {
				c.fail(m.Place, "", "the handler %s says nothing, want a mapping with a class", quote(m.Key))
			}
		case v.Kind != MapKind:
			c.want("the handler "+quote(m.Key), v, "a mapping with a class")
		case c.config.Incremental:
			c.readIncremental(h, v)
		default:
			c.readHandler(h, v)
		}
	}
	for _, name := range sortedNames(c.handlers) {
		c.config.Handlers = append(c.config.Handlers, c.handlers[name])
	}
	for _, h := range c.config.Handlers {
		if h.leadsTo(h, map[*Handler]bool{}) {
			c.fail(h.Place, "", "the handler %s hands records to itself, through those behind it", quote(h.Name))
			h.Target, h.Handlers = nil, nil
		} else if h.Target != nil && h.Target.Class == QueueClass {
			c.fail(h.Place, "", "the target of the handler %s is a queue; want one of those behind it: a memory hands over to one handler", quote(h.Name))
		} else if h.ways(map[*Handler]int{}) > maxWays {
			c.fail(h.Place, "", "the handler %s hands records on in more than %d ways", quote(h.Name), maxWays)
		}
	}
}

// maxWays bounds the ways that lead on from a handler: a few queues behind each other could make it any number.
const maxWays = 1000

// ways counts them, up to a few more than there may be. There is no circle.
func (h *Handler) ways(known map[*Handler]int) int {
	n, ok := known[h]
	if !ok {
		n = 1
		for _, next := range h.behind() {
			n = min(n+next.ways(known), maxWays+1)
		}
		known[h] = n
	}
	return n
}

// leadsTo reports whether a handler hands records to another one, be it through those behind it.
func (h *Handler) leadsTo(other *Handler, seen map[*Handler]bool) bool {
	for _, next := range h.behind() {
		if next == other {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if next.leadsTo(other, seen) {
				return true
			}
		}
	}
	return false
}

// behind returns the handlers that a handler hands records to.
func (h *Handler) behind() []*Handler {
	if h.Target != nil {
		return []*Handler{h.Target}
	}
	return h.Handlers
}

// readIncremental takes the level alone.
func (c *checker) readIncremental(h *Handler, n *Node) {
	t := handlerTable()
	for _, m := range n.Members {
		if m.Key != "level" {
			c.note(m.Place, "%s: an incremental configuration changes levels and propagate alone", m.Key)
			continue
		}
		t.take(c, m, h)
		h.LevelNamed = m.Value.Kind != NullKind
	}
}

func (c *checker) readHandler(h *Handler, n *Node) {
	t, g := handlerTable(), given{}
	s := &site{h: h, node: n}
	var k *class
	for _, m := range n.Members {
		f := t.find(m.Key)
		switch {
		case f == nil:
			s.members = append(s.members, m)
			continue
		case f.Name == "class":
			k, s.python = c.class(m)
		default:
			t.take(c, m, h)
		}
		t.mark(c, g, m)
	}
	_, h.LevelNamed = g["level"]
	t.missing(c, "the handler "+quote(h.Name), n, g)
	if k == nil {
		return // what its other keys should be is not known
	}
	h.Class = k.name
	k.read(c, s)
}

// class returns the class that a member names, nil with an error if there is none.
func (c *checker) class(m Member) (k *class, python bool) {
	n := c.value(m.Value)
	if n == nil {
		return nil, false
	}
	name := n.Text
	if n.Kind != TextKind {
		c.want(m.Key, n, "the name of a class, such as console or logging.StreamHandler")
		return nil, false
	}
	if k, python = c.classNamed(strings.TrimPrefix(name, extPrefix)); k != nil {
		return k, python
	}
	var short []string
	for _, k := range c.classes {
		short = append(short, string(k.name))
	}
	c.foreign(m, "class of handlers", name, c.classWord(name), spell.Or(short...))
	return nil, false
}
