package daemon

import (
	"context"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// onlookers are those who are shown records: as they arrive, and where there is no store the last ones.
type onlookers struct {
	hub *live.Hub
	// window is where the last ones are found, nil where there is a store; lazy is that where they come from the stream.
	window store.Reader
	lazy   *window.Lazy
}

// windowName is the name of the window among the handlers.
const windowName = "window"

// openLive makes what shows records, if there is none yet: somebody may ask.
func (d *Daemon) openLive() error {
	if d.live.Load() != nil {
		return nil
	}
	l := new(onlookers)
	o := live.Options{Peers: d.receiver.Peers}
	switch {
	case d.stream == nil:
		w := windowed{window.New(window.Options{})}
		p := newPost(windowName, w.Window)
		if err := d.crew.place(p, stream.CursorOptions{}); err != nil {
			return err
		}
		d.crew.engage(p)
		l.window = w.Window
		o.Feed, o.Store, o.Position = w, w.Window, w.position
	case d.store == nil:
		feed := arrivals{d.stream}
		l.lazy = window.NewLazy(feed, window.Options{})
		l.window = l.lazy
		o.Feed, o.Store, o.Position = feed, l.lazy, l.lazy.Position
	default:
		o.Feed, o.Store, o.Position = arrivals{d.stream}, d.store, d.store.Position
	}
	l.hub = live.New(o)
	d.live.Store(l)
	return nil
}

// close ends all views: who looks on comes again.
func (l *onlookers) close() {
	if l == nil {
		return
	}
	l.hub.Close()
	if l.lazy != nil {
		l.lazy.Close()
	}
}

// reader returns what is asked for records, and whether that is a window; nil if nobody asks.
func (d *Daemon) reader() (r store.Reader, isWindow bool) {
	if l := d.live.Load(); l != nil && l.window != nil {
		return l.window, true
	}
	return d.Store(), false
}

// arrivals is the stream for those who look on.
type arrivals struct{ s *stream.Stream }

// Last implements [live.Feed].
func (a arrivals) Last(ctx context.Context) (record.ID, error) { return a.s.Last(ctx) }

// Follow implements [live.Feed].
func (a arrivals) Follow(ctx context.Context, s live.Start) (live.Follower, error) {
	f, err := a.s.Follow(ctx, stream.FollowOptions(s))
	if err != nil {
		return nil, err
	}
	return follower{f}, nil
}

// Fill implements [window.Feed].
func (a arrivals) Fill(ctx context.Context, w *window.Window) {
	f, err := a.s.Follow(ctx, stream.FollowOptions{Last: window.DefaultRecords, MaxBehind: window.DefaultBytes})
	if err != nil {
		return // it is closed
	}
	defer f.Close()
	for {
		batch, _, err := f.Next(ctx)
		if err != nil || w.Handle(ctx, batch) != nil {
			return // it was ended
		}
	}
}

type follower struct{ *stream.Follower }

// Next implements [live.Follower].
func (f follower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	batch, missed, err := f.Follower.Next(ctx)
	return batch, live.Missed(missed), err
}

// windowed is the window for those who look on.
type windowed struct{ *window.Window }

func (w windowed) position() (record.ID, bool) {
	id := w.Window.Last()
	return id, !id.IsZero()
}

// Last implements [live.Feed].
func (w windowed) Last(context.Context) (record.ID, error) { return w.Window.Last(), nil }

// Follow implements [live.Feed].
func (w windowed) Follow(_ context.Context, s live.Start) (live.Follower, error) {
	return windowFollower{w.Window.Follow(window.Start(s))}, nil
}

type windowFollower struct{ *window.Follower }

// Next implements [live.Follower].
func (f windowFollower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	batch, missed, err := f.Follower.Next(ctx)
	return batch, live.Missed(missed), err
}
