package daemon

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// post is the place of a handler in the running system: between the stream or the queue, and the handler.
//
//	stream ─ cursor ─▶ post ─ gate ─▶ seat ─▶ handler
//	         queue ─ outlet ────────▶ seat ─▶ handler
//
// A cursor brings all records, and the gate hands on those that the tree routes to the post; the queue has asked the
// tree before.
type post struct {
	name  string
	shown bool    // to somebody who looks on
	asked Handler // as it was asked for; who changes the crew uses it alone
	seat  *assembly.Seat
	// screen is the handler, if it shows records to somebody who may leave; the crew's mu guards it.
	screen *screen

	outlet *queue.Outlet // nil where there is a cursor
	cursor *stream.Cursor
	known  bool // the stream had a place for it before
	gate   *hierarchy.Gate[*post]
	ready  chan struct{} // closed when the tree has the post
}

func newPost(name string, h record.Handler) *post {
	return &post{name: name, seat: assembly.NewSeat(h), ready: make(chan struct{})}
}

// Handle implements [record.Handler] for the cursor. What comes before the tree has the post waits.
func (p *post) Handle(ctx context.Context, batch []record.Record) error {
	select {
	case <-p.ready:
		return p.gate.Handle(ctx, batch)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cursorOptions says how its cursor reads that was not here before.
func (h *Handler) cursorOptions() stream.CursorOptions {
	return stream.CursorOptions{FromEnd: true, Required: h.Required, MaxBytes: h.BacklogBytes, MaxAge: h.BacklogAge}
}

// isMadeLike reports whether what runs for one handler can go on as the other.
func (h *Handler) isMadeLike(o *Handler) bool { return h.Config.Same(o.Config) }

// open makes a post with its handler behind the stream or the queue. It gets nothing yet.
func (c *crew) open(h Handler) (*post, error) {
	made, err := c.make(&h)
	if err != nil {
		return nil, err
	}
	p := newPost(h.Name, made)
	p.shown, p.asked = h.Shown, h
	p.screen, _ = made.(*screen)
	if err := c.place(p, h.cursorOptions()); err != nil {
		return nil, errors.Join(err, closeHandler(made))
	}
	return p, nil
}

// make opens a handler.
func (c *crew) make(h *Handler) (record.Handler, error) {
	made, err := h.Open()
	if err != nil {
		return nil, err
	}
	if a, ok := made.(audience); ok {
		made = &screen{audience: a, leave: func() { c.deserted(h.Name) }}
	}
	return made, nil
}

func closeHandler(h record.Handler) error {
	if c, ok := h.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// place puts a post behind the stream, or behind the queue if it is for somebody who looks on or there is no stream.
func (c *crew) place(p *post, o stream.CursorOptions) (err error) {
	if c.stream == nil || p.shown {
		if err = c.follow(); err == nil {
			p.outlet, err = c.queue.Add(p.seat, queue.OutletOptions{Name: p.name})
		}
		return err
	}
	p.gate = hierarchy.NewGate(c.tree, p, p.seat, true)
	p.known = isKnown(c.stream, p.name)
	p.cursor, err = c.stream.Cursor(p.name, p, o)
	return err
}

// follow has the queue get what comes in by the stream. What is shown is what comes while somebody is there: its place
// in the stream is not kept.
func (c *crew) follow() (err error) {
	if c.stream == nil || c.shown != nil {
		return nil
	}
	if err := c.stream.Forget(console); err != nil {
		return err
	}
	c.shown, err = c.stream.Cursor(console, record.HandlerFunc(c.enqueue), stream.CursorOptions{FromEnd: true})
	return err
}

// drop takes back a post that got nothing yet.
func (c *crew) drop(ctx context.Context, p *post) error {
	if p.outlet != nil {
		return c.queue.Remove(ctx, p.outlet) // which closes the handler
	}
	err := errors.Join(p.cursor.Close(ctx), within(ctx, p.seat.Close))
	if err == nil && !p.known {
		err = c.stream.Forget(p.name)
	}
	return err
}

// How long what waits for a handler that is taken out is handed to it, and how long it has to close.
const lastTime, closeTime = 5 * time.Second, 10 * time.Second

// dismiss hands a post what came before, for a bounded time, and closes its handler. What it does not get in time stays
// in the stream, until it is there again; behind the queue it is dropped, and told.
func (c *crew) dismiss(ctx context.Context, p *post) error {
	last, cancel := context.WithTimeout(ctx, lastTime)
	defer cancel()
	if p.outlet != nil {
		return c.queue.Remove(last, p.outlet)
	}
	_ = p.cursor.CatchUp(last) // what is left is told as that of a handler that is not here
	ctx, cancel = context.WithTimeout(ctx, closeTime)
	defer cancel()
	return errors.Join(p.cursor.Close(ctx), within(ctx, p.seat.Close))
}

// unfollow ends the queue's place in the stream where nobody looks on any more.
func (c *crew) unfollow() error {
	if c.shown == nil || slices.ContainsFunc(c.list(), func(p *post) bool { return p.shown }) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := c.shown.Close(ctx); err != nil {
		return err
	}
	c.shown = nil
	return c.stream.Forget(console)
}
