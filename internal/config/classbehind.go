package config

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// memoryParams are a memory handler as the file has it.
type memoryParams struct {
	Memory
	target string
	close  *bool
}

func memoryClass() class {
	t := table[memoryParams]{
		key("capacity", count(1), "How many records are kept at most.", func(p *memoryParams) *int { return &p.Capacity }).or("1000; Python has none"),
		key("target", named("handler", "the name of a handler"), "The handler that the records go to.", func(p *memoryParams) *string { return &p.target }).need(),
		key("flushLevel", level(), "The level from which on a record brings all that are kept to the target.",
			func(p *memoryParams) **slog.Level { return &p.FlushLevel }).also("flush_level").or("ERROR"),
		key("flushOnClose", pointer(flag()), "Hand over what is kept at the end.", func(p *memoryParams) **bool { return &p.close }).also("flush_on_close").or("true"),
		key("latest", flag(), "Keep the latest records: without room the oldest one is dropped. Otherwise all go to the target then, as in Python.",
			func(p *memoryParams) *bool { return &p.Latest }).or("false"),
		key("max_bytes", bytes(), "About how much memory they take at most.", func(p *memoryParams) *int { return &p.MaxBytes }).or("16MiB"),
	}
	return classOf(MemoryClass, "logging.handlers.MemoryHandler",
		"Records are kept until there are many, or one of consequence comes, and then go to another handler: what led to an error, and nothing else.", t,
		func(c *checker, s *site, g given, p *memoryParams) any {
			p.NoFlushOnClose = p.close != nil && !*p.close
			if m, ok := g["target"]; ok && p.target != "" {
				s.h.Target = c.handlerBehind(m.Value, p.target)
			}
			if g["flushLevel"].Value != nil && p.FlushLevel == nil {
				all := slog.Level(-8)
				p.FlushLevel = &all
			}
			return &p.Memory
		})
}

// handlerBehind returns a handler that stands behind another one.
func (c *checker) handlerBehind(n *Node, name string) *Handler {
	h := c.handlers[name]
	if h == nil {
		noSuch(c, n, "handler", name, c.handlers)
		return nil
	}
	h.Behind = true
	return h
}

// queueParams are a queue handler as the file has it.
type queueParams struct {
	Queue
	respect  *bool
	handlers []string
}

func queueClass() class {
	t := table[queueParams]{
		key("handlers", list(named("handler", "the name of a handler"), "handlers"), "The handlers that the records go to.",
			func(p *queueParams) *[]string { return &p.handlers }),
		key("respect_handler_level", pointer(flag()), "Those handlers get what their own levels let through. In Python it is false without the key.",
			func(p *queueParams) **bool { return &p.respect }).or("true"),
		ignored[queueParams]("queue", pythonQueue(), "Accepted where it is a queue of Python's: every handler has a queue here, in front of it."),
		ignored[queueParams]("listener", pythonListener(), "Accepted where it is Python's: the listener runs from the start."),
	}
	return classOf(QueueClass, "logging.handlers.QueueHandler", "Records go to several other handlers. They never wait for a handler here, with such a block or without.", t,
		func(c *checker, s *site, g given, p *queueParams) any {
			m := g["handlers"]
			for i, name := range p.handlers {
				n := m.Value
				if n.Kind == ListKind {
					n = n.Items[min(i, len(n.Items)-1)]
				}
				if h := c.handlerBehind(n, name); h != nil && !slices.Contains(s.h.Handlers, h) {
					s.h.Handlers = append(s.h.Handlers, h)
				}
			}
			p.RespectHandlerLevel = p.respect == nil || *p.respect
			return &p.Queue
		})
}

// pythonQueue is the key queue of a QueueHandler.
func pythonQueue() kind[string] {
	known := []string{"queue.Queue", "queue.SimpleQueue", "multiprocessing.Queue", "multiprocessing.JoinableQueue", "multiprocessing.SimpleQueue"}
	return pythonFactory(known, "one of Python's own, "+spell.Or(known...)+", or none: every handler has a queue of its own here")
}

// pythonListener is the key listener of a QueueHandler.
func pythonListener() kind[string] {
	known := []string{"logging.handlers.QueueListener"}
	return pythonFactory(known, known[0]+" or none: who hands the records on is part of Jackdaw")
}

// pythonFactory is a name of Python's, or a mapping with one as (), of which only some are known.
func pythonFactory(known []string, want string) kind[string] {
	schema := anyOf(object{"type": "string"}, object{"type": "object", "required": []string{"()"}})
	return kind[string]{"name of Python's", known, schema, func(c *checker, key string, n *Node) (string, bool) {
		name := n
		if n.Kind == MapKind {
			if name = c.value(n.Get("()")); name == nil {
				name = n
			}
		}
		if name.Kind == TextKind && slices.Contains(known, strings.TrimPrefix(name.Text, extPrefix)) {
			if n.Kind == MapKind && len(n.Members) > 1 {
				c.note(n.Place, "%s: its parameters have no effect here; the memory of what waits is bounded in bytes", key)
			}
			return name.Text, true
		}
		c.wantOne(key, name, want, known...)
		return "", false
	}}
}
