package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// change is how a crew becomes another one: everything that can fail is done before commit, and nothing of it is felt
// before. One change at a time.
type change struct {
	c         *crew
	posts     []*post // of the handlers, in their order
	handlers  []Handler
	loggers   []hierarchy.Logger[string]
	added     []*post
	exchanged []exchange
	gone      []*post
}

// exchange is a handler that is made anew, for a post that stays.
type exchange struct {
	post *post
	made record.Handler
}

// prepare makes what is new.
func (c *crew) prepare(handlers []Handler, loggers []hierarchy.Logger[string]) (*change, error) {
	if err := checkCrew(handlers, loggers); err != nil {
		return nil, err
	}
	ch := &change{c: c, handlers: handlers, loggers: loggers}
	there := c.list()
	for _, h := range handlers {
		p := find(there, h.Name, h.Shown)
		var err error
		switch {
		case p == nil:
			if p, err = c.open(h); err == nil {
				ch.added = append(ch.added, p)
			}
		case !p.asked.isMadeLike(&h):
			var made record.Handler
			if made, err = c.make(&h); err == nil {
				ch.exchanged = append(ch.exchanged, exchange{p, made})
			}
		}
		if err != nil {
			return nil, errors.Join(err, ch.abandon())
		}
		ch.posts = append(ch.posts, p)
	}
	for _, p := range there {
		if !slices.Contains(ch.posts, p) {
			ch.gone = append(ch.gone, p)
		}
	}
	return ch, nil
}

// abandon takes back what was prepared.
func (ch *change) abandon() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	var errs []error
	for _, p := range ch.added {
		errs = append(errs, ch.c.drop(ctx, p))
	}
	for _, x := range ch.exchanged {
		errs = append(errs, closeHandler(x.made))
	}
	return errors.Join(append(errs, ch.c.unfollow())...)
}

// commit makes the change. It returns what changed, a line for each handler, and what went wrong with those that are
// left behind. ctx ends what is waited for.
func (ch *change) commit(ctx context.Context) (told []string, err error) {
	c := ch.c
	before := c.tree.View()
	for _, p := range ch.gone {
		if p.gate != nil {
			p.gate.Hold(before) // what came before is for it yet
		}
	}
	c.mu.Lock()
	for i, p := range ch.posts {
		p.asked = ch.handlers[i]
	}
	for _, x := range ch.exchanged {
		x.post.screen, _ = x.made.(*screen)
	}
	c.posts, c.leaving, c.loggers = ch.posts, ch.gone, ch.loggers
	c.publish()
	c.mu.Unlock()
	for _, p := range ch.posts {
		if p.cursor != nil {
			p.cursor.Bound(p.asked.cursorOptions())
		}
	}
	for _, p := range ch.added {
		close(p.ready)
		told = append(told, "handler "+p.name+": new")
	}
	errs := make([]error, len(ch.exchanged)+len(ch.gone))
	var all sync.WaitGroup
	for i, x := range ch.exchanged {
		told = append(told, "handler "+x.post.name+": changed")
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, closeTime)
			defer cancel()
			if err := x.post.seat.Exchange(ctx, x.made); err != nil {
				errs[i] = fmt.Errorf("handler %s: %w", x.post.name, err)
			}
		})
	}
	for i, p := range ch.gone {
		all.Go(func() { errs[len(ch.exchanged)+i] = c.dismiss(ctx, p) })
	}
	all.Wait()
	c.mu.Lock()
	c.leaving = nil
	c.mu.Unlock()
	for i, p := range ch.gone {
		err := &errs[len(ch.exchanged)+i]
		told = append(told, "handler "+p.name+": gone"+c.behind(p, *err))
		if _, isTold := errors.AsType[*queue.LeftError](*err); isTold {
			*err = nil
		}
	}
	return told, errors.Join(append(errs, c.unfollow())...)
}

// behind says what waits in the stream for a post that is gone, or was dropped behind the queue: that is what err says.
func (c *crew) behind(p *post, err error) string {
	if p.cursor == nil {
		if left, ok := errors.AsType[*queue.LeftError](err); ok {
			return fmt.Sprintf("; %d records that it did not handle in time are dropped", left.Records)
		}
		return ""
	}
	if n := waiting(c.stream, p.name); n > 0 {
		return fmt.Sprintf("; its place in the stream is kept, and %d records wait for it there", n)
	}
	return "; its place in the stream is kept"
}
