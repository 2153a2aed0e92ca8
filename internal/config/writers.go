package config

import "slices"

// checkWriters notes which files are rotated by several: who rotates a file has to be its only writer. A handler that is
// the target of a memory is made once for each memory, and once for the loggers that it hangs on.
func (c *checker) checkWriters() {
	writers := map[string]int{}
	count := func(h *Handler) {
		if f, ok := h.Params.(*File); ok {
			writers[f.Path]++
		}
	}
	for _, h := range c.config.Handlers {
		if h.Target != nil {
			count(h.Target)
		}
		if c.isHung(h) {
			count(h)
		}
	}
	for _, h := range c.config.Handlers {
		if f, ok := h.Params.(*File); ok && writers[f.Path] > 1 && (f.MaxBytes > 0 || f.When != "") {
			c.note(h.Place, "the file %s is written in %d ways, and rotated by this handler: rotate what has one writer", quote(f.Path), writers[f.Path])
		}
	}
}

// isHung reports whether a handler hangs on a logger, or is behind a queue.
func (c *checker) isHung(h *Handler) bool {
	has := func(l *Logger) bool { return l != nil && slices.Contains(l.Handlers, h) }
	return has(c.config.Root) || slices.ContainsFunc(c.config.Loggers, has) ||
		slices.ContainsFunc(c.config.Handlers, func(q *Handler) bool { return slices.Contains(q.Handlers, h) })
}
