package assembly

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// Amend returns what holds when an incremental configuration is applied to the one that runs, which may be nil: the
// same handlers, with the levels that the incremental one gives them, and loggers with its levels and propagate. The
// error says which of its handlers does not run, and where in the file that is.
func Amend(running, change *config.Config) (*config.Config, error) {
	if running == nil {
		running = &config.Config{RootLevel: change.RootLevel}
	}
	c := *running
	twins := map[*config.Handler]*config.Handler{}
	c.Handlers = copies(running.Handlers, twins)
	for _, h := range change.Handlers {
		own := c.Handler(h.Name)
		if own == nil {
			return nil, notRunning(running, change.File, h)
		}
		if h.LevelNamed {
			own.Level, own.LevelNamed = h.Level, true
		}
	}
	loggers := map[string]*config.Logger{}
	for _, l := range running.Loggers {
		own := *l
		own.Handlers = copies(l.Handlers, twins)
		loggers[l.Name] = &own
	}
	for _, l := range change.Loggers {
		loggers[l.Name] = amended(loggers[l.Name], l)
	}
	c.Loggers = nil
	for _, l := range loggers {
		c.Loggers = append(c.Loggers, l)
	}
	slices.SortFunc(c.Loggers, func(a, b *config.Logger) int { return cmp.Compare(a.Name, b.Name) })
	if running.Root != nil {
		root := *running.Root
		root.Handlers = copies(root.Handlers, twins)
		c.Root = &root
	}
	if change.Root != nil {
		c.Root = amended(c.Root, change.Root)
		if change.Root.LevelNamed {
			c.RootLevel = change.RootLevel
		}
	}
	return &c, nil
}

// amended returns the logger that runs, which may be nil, with the level and propagate of another one.
func amended(running, change *config.Logger) *config.Logger {
	l := config.Logger{Name: change.Name, Place: change.Place}
	if running != nil {
		l = *running
	}
	if change.LevelNamed {
		l.Level, l.LevelNamed = change.Level, true
	}
	if change.Propagate != nil {
		l.Propagate = change.Propagate
	}
	return &l
}

// copies returns the handlers as copies, each of which is made once.
func copies(all []*config.Handler, twins map[*config.Handler]*config.Handler) (out []*config.Handler) {
	for _, h := range all {
		twin := twins[h]
		if twin == nil {
			twin = new(*h)
			twins[h] = twin
			if h.Target != nil {
				twin.Target = copies([]*config.Handler{h.Target}, twins)[0]
			}
			twin.Handlers = copies(h.Handlers, twins)
		}
		out = append(out, twin)
	}
	return out
}

func notRunning(running *config.Config, file string, h *config.Handler) error {
	var names []string
	for _, h := range running.Handlers {
		names = append(names, h.Name)
	}
	return &config.Error{
		File: file, Place: h.Place, Word: spell.Nearest(h.Name, names...),
		Text: fmt.Sprintf("handler %q does not run: an incremental configuration changes the levels of those that do", h.Name),
	}
}
