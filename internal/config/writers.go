package config

import "slices"

// checkWriters notes which files are rotated by several handlers: who rotates a file has to be its only writer.
func (c *checker) checkWriters() {
	writers := map[string]int{}
	for _, h := range c.config.Handlers {
		if f, ok := h.Params.(*File); ok && (c.isHung(h) || c.isTarget(h)) {
			writers[f.Path]++
		}
	}
	for _, h := range c.config.Handlers {
		if f, ok := h.Params.(*File); ok && writers[f.Path] > 1 && (f.MaxBytes > 0 || f.When != "") {
			c.note(h.Place, "the file %s is written by %d handlers, and rotated by this one: rotate what has one writer", quote(f.Path), writers[f.Path])
		}
	}
}

// isTarget reports whether a handler is the target of a memory.
func (c *checker) isTarget(h *Handler) bool {
	return slices.ContainsFunc(c.config.Handlers, func(m *Handler) bool { return m.Target == h })
}

// isHung reports whether a handler hangs on a logger, or is behind a queue.
func (c *checker) isHung(h *Handler) bool {
	has := func(l *Logger) bool { return l != nil && slices.Contains(l.Handlers, h) }
	return has(c.config.Root) || slices.ContainsFunc(c.config.Loggers, has) ||
		slices.ContainsFunc(c.config.Handlers, func(q *Handler) bool { return slices.Contains(q.Handlers, h) })
}
