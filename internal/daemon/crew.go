package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// everyLevel is below any level that a record can have.
const everyLevel = slog.Level(math.MinInt)

// crew is all handlers of a running system: who is there, and which records each gets.
type crew struct {
	queue  *queue.Listener
	stream *stream.Stream // nil if nothing outlives the process
	tree   *hierarchy.Tree[*post]
	notify func(string)
	alone  chan struct{} // closed when nobody looks on any more, and there is nobody else
	once   sync.Once     // for alone

	shown *stream.Cursor // of the queue, nil if nothing in it is for somebody who looks on; one change at a time uses it

	mu      sync.Mutex // guards all below
	posts   []*post
	leaving []*post // those that are gone, and handle yet what came before
	own     []*post // the server's own, which get what its logger lets pass: the store, the window
	loggers []hierarchy.Logger[string]
}

func newCrew(s *stream.Stream, o *Options) *crew {
	c := &crew{stream: s, tree: hierarchy.New[*post](everyLevel), notify: o.Notify, alone: make(chan struct{})}
	c.queue = queue.New(queue.Options{Budget: o.QueueBytes, OnError: c.failed})
	return c
}

// failed is told the errors of handlers behind the queue. That the audience left is told once, by deserted.
func (c *crew) failed(err error) {
	if !errors.Is(err, errNoAudience) {
		c.notify(err.Error())
	}
}

// list returns the posts there are, without the server's own.
func (c *crew) list() []*post {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.posts)
}

// find returns the post of a handler, nil if there is none.
func find(posts []*post, name string, shown bool) *post {
	for _, p := range posts {
		if p.name == name && p.shown == shown {
			return p
		}
	}
	return nil
}

// engage adds one of the server's own, which has its place, to those who get every record that its logger lets pass. From
// then on it gets them.
func (c *crew) engage(p *post) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own = append(c.own, p)
	c.publish()
	close(p.ready)
}

// publish makes the tree of what hangs where. mu is held.
func (c *crew) publish() {
	loggers := make([]hierarchy.Logger[*post], 0, len(c.loggers)+1)
	root := hierarchy.Logger[*post]{Handlers: c.everywhere()}
	for _, l := range c.loggers {
		own := hierarchy.Logger[*post]{Name: l.Name, Level: l.Level, Isolated: l.Isolated, Filters: l.Filters}
		for _, a := range l.Handlers {
			i := slices.IndexFunc(c.posts, func(p *post) bool { return p.name == a.Handler })
			own.Handlers = append(own.Handlers, hierarchy.Attached[*post]{Handler: c.posts[i], Level: a.Level, Filters: a.Filters})
		}
		if nameOf(l.Name) == record.RootLogger {
			own.Handlers = append(own.Handlers, root.Handlers...)
			root = own
			continue
		}
		if l.Isolated {
			own.Handlers = append(own.Handlers, c.everywhere()...)
		}
		loggers = append(loggers, own)
	}
	if root.Level == nil {
		lowest := everyLevel
		root.Level = &lowest
	}
	c.tree.Replace(append(loggers, root))
}

// everywhere is the server's own, as they hang on a logger.
func (c *crew) everywhere() (all []hierarchy.Attached[*post]) {
	for _, p := range c.own {
		all = append(all, hierarchy.Attached[*post]{Handler: p})
	}
	return all
}

// deserted is told that nobody looks at what a handler shows.
func (c *crew) deserted(name string) {
	others := c.others()
	if others == "" {
		c.once.Do(func() { close(c.alone) })
		return
	}
	c.notify("handler " + name + ": nobody reads it any more; " + others + " on")
}

// others says who is there beside those whom nobody looks at, and that they go.
func (c *crew) others() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	hasStore := slices.ContainsFunc(c.own, func(p *post) bool { return p.name == storeName })
	hasOthers := slices.ContainsFunc(c.posts, func(p *post) bool {
		return p.screen == nil || !p.screen.isEmpty()
	})
	switch {
	case hasOthers && hasStore:
		return "the other handlers and the store go"
	case hasOthers:
		return "the other handlers go"
	case hasStore:
		return "the store goes"
	}
	return ""
}

// reopen opens the files of all handlers anew.
func (c *crew) reopen(ctx context.Context) error {
	var errs []error
	for _, p := range c.list() {
		errs = append(errs, p.seat.Reopen(ctx))
	}
	return errors.Join(errs...)
}

// close hands the handlers what is there, and closes them, until ctx ends.
func (c *crew) close(ctx context.Context) error {
	errs := []error{}
	if c.stream != nil {
		errs = append(errs, c.stream.Close(ctx))
	}
	errs = append(errs, c.queue.Close(ctx)) // which closes the handlers behind it
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, p := range c.list() {
		if p.cursor == nil {
			continue
		}
		all.Go(func() {
			err := within(ctx, p.seat.Close)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// IsTaken reports whether a handler may not have the name, since something of the server's own has it. shown says that the
// handler is one that is [Handler.Shown].
func IsTaken(name string, shown bool) bool {
	return name == storeName || name == windowName || name == console && !shown
}

// checkCrew returns an error if handlers and loggers do not agree.
func checkCrew(handlers []Handler, loggers []hierarchy.Logger[string]) error {
	names := make(map[string]bool)
	for i := range handlers {
		name := handlers[i].Name
		if names[name] {
			return fmt.Errorf("there are two handlers named %s", name)
		}
		if IsTaken(name, handlers[i].Shown) {
			return fmt.Errorf("handler %s: the name is the server's own; give it another one", name)
		}
		names[name] = true
	}
	for _, l := range loggers {
		for _, a := range l.Handlers {
			if !names[a.Handler] {
				return fmt.Errorf("logger %s: there is no handler %s", nameOf(l.Name), a.Handler)
			}
		}
	}
	return nil
}

func nameOf(logger string) string { return cmp.Or(logger, record.RootLogger) }
