package config

import (
	"log/slog"
	"strings"
	"time"
)

// Options say for whom a configuration is checked.
type Options struct {
	// File is what the file is called in errors.
	File string
	// Library refuses what only a server has: the sections receivers, stream, store and web, and what a handler
	// says of its backlog in the stream.
	Library bool
	// RootLevel is the level of the root logger where the file names none. Zero is INFO.
	RootLevel slog.Level
	// Env is asked for the values of env://NAME. Defaults to os.LookupEnv if nil.
	Env func(name string) (value string, ok bool)
	// Now is the moment that times in filters are relative to. Defaults to time.Now() if zero.
	Now time.Time
}

// Check makes the model of a configuration, or returns an [*Errors] with all that is wrong with it. The tree is not
// modified. It waits for nothing and opens nothing.
func Check(root *Node, o Options) (*Config, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	c := &checker{
		o: o, root: root, classes: classes(), config: &Config{File: o.File},
		formatters: map[string]*Formatter{}, filters: map[string]*Filter{}, handlers: map[string]*Handler{},
		referred: map[string]bool{},
	}
	if root.Kind == NullKind {
		c.fail(root.Place, "", "the configuration is empty, want version: 1 at least")
	} else {
		c.readTop(root)
	}
	if err := c.done(); err != nil {
		return nil, err
	}
	c.config.Notes = c.notes
	return c.config, nil
}

// top is the whole configuration as the file has it.
type top struct {
	version                       int
	incremental, disable          *bool
	formatters, filters, handlers *Node
	loggers, root                 *Node
	receivers, stream, store, web *Node
}

// anything is a section, which is read later. Its schema is made for who asks for it: no check does.
func anything(schema func() object) kind[*Node] {
	return kind[*Node]{"section", nil, schema, func(_ *checker, _ string, n *Node) (*Node, bool) { return n, true }}
}

// topTable are the keys of a configuration.
func topTable() table[top] {
	return table[top]{
		key("version", number(1, 1), "The version of the schema, which is 1.", func(p *top) *int { return &p.version }).need(),
		key("incremental", pointer(flag()), "Change levels and propagate of what runs, and nothing else.", func(p *top) **bool { return &p.incremental }).or("false"),
		key("disable_existing_loggers", pointer(flag()), "Accepted. No logger is disabled by a configuration: those that it does not name have what it says of the loggers above them.",
			func(p *top) **bool { return &p.disable }),
		key("formatters", anything(func() object { return byName(formatterTable().keys()) }), "Forms of records, by their names.", func(p *top) **Node { return &p.formatters }),
		key("filters", anything(func() object { return byName(filterTable().keys()) }), "Filters, by their names.", func(p *top) **Node { return &p.filters }),
		key("handlers", anything(handlersSchema), "Handlers, by their names.", func(p *top) **Node { return &p.handlers }),
		key("loggers", anything(func() object { return byName(loggerTable().keys()) }), "Loggers, by their dotted names.", func(p *top) **Node { return &p.loggers }),
		key("root", anything(func() object { return schemaOf(loggerTable().keys()) }), "The root logger.", func(p *top) **Node { return &p.root }),
		key("receivers", anything(func() object { return schemaOf(receiversTable().keys()) }), "Where a server receives, and from whom.", func(p *top) **Node { return &p.receivers }).server(),
		key("stream", anything(func() object { return orOff(schemaOf(streamTable().keys())) }), "How records wait for their handlers; off is in memory.", func(p *top) **Node { return &p.stream }).server(),
		key("store", anything(func() object { return orOff(schemaOf(storeTable().keys())) }), "What is kept to be found again, or off.", func(p *top) **Node { return &p.store }).server(),
		key("web", anything(func() object { return anyOf(object{"type": "string"}, orOff(schemaOf(webTable().keys()))) }), "Where the page and the API are: an address, a mapping, or off.",
			func(p *top) **Node { return &p.web }).server(),
	}
}

// readTop reads the sections in the order in which one names another.
func (c *checker) readTop(root *Node) {
	var p top
	t, g := topTable(), given{}
	var unknown []Member
	for _, m := range c.members("the configuration", root) {
		if !t.take(c, m, &p) && !strings.HasPrefix(m.Key, ownPrefix) {
			unknown = append(unknown, m)
		}
		t.mark(c, g, m)
	}
	defer func() {
		for _, m := range unknown {
			if !c.referred[m.Key] { // which is known at the end
				c.unknown(m, "a configuration", t.names()...)
			}
		}
	}()
	t.missing(c, "the configuration", root, g)
	c.config.Incremental = p.incremental != nil && *p.incremental
	if m, ok := g["disable_existing_loggers"]; ok && p.disable != nil && *p.disable {
		c.note(m.Place, "disable_existing_loggers: no logger is disabled; those that the file does not name have what it says of the loggers above them")
	}
	if !c.config.Incremental {
		c.readFormatters(p.formatters)
		c.readFilters(p.filters)
	}
	c.readHandlers(p.handlers)
	c.readLoggers(p.loggers, p.root)
	for _, section := range []struct {
		name string
		read func(Member)
	}{
		{"receivers", c.readReceivers}, {"stream", c.readStream}, {"store", c.readStore}, {"web", c.readWeb},
	} {
		m, ok := g[section.name]
		switch {
		case !ok || c.o.Library:
		case c.config.Incremental:
			c.note(m.Place, "%s: an incremental configuration changes levels and propagate alone", section.name)
		default:
			section.read(m)
		}
	}
	if p.incremental == nil || !*p.incremental {
		c.unused()
		c.checkWriters()
	}
}

// ownPrefix begins keys that are nobody's: for what YAML's anchors refer to.
const ownPrefix = "x-"

func (c *checker) readFormatters(n *Node) {
	members := c.members("formatters", n)
	for _, m := range members {
		c.formatters[m.Key] = c.readFormatter(m.Key, m)
	}
	for _, name := range sortedNames(c.formatters) {
		c.config.Formatters = append(c.config.Formatters, c.formatters[name])
	}
}

func (c *checker) readFilters(n *Node) {
	for _, m := range c.members("filters", n) {
		c.filters[m.Key] = c.readFilter(m.Key, m)
	}
	for _, name := range sortedNames(c.filters) {
		c.config.Filters = append(c.config.Filters, c.filters[name])
	}
}

// unused notes the handlers that no record can reach.
func (c *checker) unused() {
	used := map[*Handler]bool{}
	loggers := c.config.Loggers
	if c.config.Root != nil {
		loggers = append(loggers[:len(loggers):len(loggers)], c.config.Root)
	}
	for _, l := range loggers {
		for _, h := range l.Handlers {
			used[h] = true
		}
	}
	for _, h := range c.config.Handlers {
		if !used[h] && !h.Behind {
			c.note(h.Place, "the handler %s hangs on no logger: no record reaches it", quote(h.Name))
		}
	}
}
