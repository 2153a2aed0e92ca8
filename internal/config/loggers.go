package config

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// loggerFile is a logger as the file has it.
type loggerFile struct {
	Logger
	qualname string
}

// loggerTable are the keys of a logger.
func loggerTable() table[loggerFile] {
	return table[loggerFile]{
		key("level", level(), "The lowest level that is handled; NOTSET is that of the logger above.", func(p *loggerFile) **slog.Level { return &p.Level }).or("that of the logger above"),
		key("propagate", pointer(flag()), "Its records also go to the handlers of the loggers above.", func(p *loggerFile) **bool { return &p.Propagate }).or("true"),
		key("handlers", list(handlerName(), "handlers"), "The names of its handlers.", func(p *loggerFile) *[]*Handler { return &p.Handlers }),
		key("filters", list(filterName(), "filters"), "The names of filters, for records of this very logger.", func(p *loggerFile) *[]*Filter { return &p.Filters }),
		key("qualname", text(), "Accepted where it is the logger's name; of Python's fileConfig.", func(p *loggerFile) *string { return &p.qualname }),
	}
}

// readLoggers reads the sections loggers and root.
func (c *checker) readLoggers(loggers, root *Node) {
	for _, m := range c.members("loggers", loggers) {
		name := m.Key
		if name == "" {
			name = record.RootLogger
		}
		l := c.readLogger(name, m)
		if name != record.RootLogger {
			c.config.Loggers = append(c.config.Loggers, l)
			continue
		}
		if c.config.Root != nil || root != nil {
			c.fail(m.Place, "", "the root logger is in loggers as %s, and a second time; want it once, as root", quote(m.Key))
		}
		c.config.Root = l
	}
	if root != nil {
		c.config.Root = c.readLogger(record.RootLogger, Member{"root", root.Place, root})
	}
	slices.SortFunc(c.config.Loggers, func(a, b *Logger) int { return strings.Compare(a.Name, b.Name) })
	c.config.RootLevel = c.o.RootLevel
	if r := c.config.Root; r != nil && r.Level != nil {
		c.config.RootLevel = *r.Level
	} else if r != nil && r.LevelNamed {
		c.config.RootLevel = record.LevelAll
	}
}

func (c *checker) readLogger(name string, m Member) *Logger {
	p := &loggerFile{Logger: Logger{Name: name, Place: m.Place}}
	n := c.value(m.Value)
	if n == nil {
		return &p.Logger
	}
	what := "the logger " + quote(name)
	if name == record.RootLogger {
		what = "the root logger"
	}
	g := loggerTable().fill(c, what, n, p)
	_, p.LevelNamed = g["level"]
	if q, ok := g["qualname"]; ok && p.qualname != "" && p.qualname != name {
		c.fail(q.Value.Place, "", "qualname: got %s, want none: the logger is called by its key", quote(p.qualname))
	}
	if o, ok := g["propagate"]; ok && name == record.RootLogger {
		c.note(o.Place, "propagate: there is no logger above the root")
	}
	if c.config.Incremental {
		for _, key := range []string{"handlers", "filters"} {
			if o, ok := g[key]; ok {
				c.note(o.Place, "%s: an incremental configuration changes levels and propagate alone", key)
			}
		}
		p.Handlers, p.Filters = nil, nil
	}
	var once []*Handler
	for _, h := range p.Handlers {
		if h != nil && !slices.Contains(once, h) {
			once = append(once, h)
		}
	}
	p.Handlers = once
	return &p.Logger
}
