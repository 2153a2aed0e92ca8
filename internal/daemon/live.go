package daemon

import (
	"context"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// onlookers are those who are shown records: as they arrive, and where there is no store the last ones.
type onlookers struct {
	hub    *live.Hub
	window *window.Window // nil where there is a store

	filling sync.WaitGroup
	end     context.CancelFunc // of what fills the window; nil if nothing does
}

// windowName is the name of the window among the handlers.
const windowName = "window"

// openLive makes what shows records, if there is an address to ask.
func (d *Daemon) openLive() error {
	if !slices.ContainsFunc(d.o.Listen, func(a Address) bool { return a.Network == "web" }) {
		return nil
	}
	l := new(onlookers)
	o := live.Options{Peers: d.receiver.Peers}
	switch {
	case d.stream == nil:
		l.window = window.New(window.Options{})
		if err := d.crew.engage(newPost(windowName, l.window), stream.CursorOptions{}); err != nil {
			return err
		}
		o.Feed, o.Store, o.Position = windowed{l.window}, l.window, l.position
	case d.store == nil:
		l.window = window.New(window.Options{})
		l.fill(d.stream)
		o.Feed, o.Store, o.Position = arrivals{d.stream}, l.window, l.position
	default:
		o.Feed, o.Store, o.Position = arrivals{d.stream}, d.store, d.store.Position
	}
	l.hub = live.New(o)
	d.live = l
	return nil
}

// fill fills the window with what the stream has, and with what arrives there.
func (l *onlookers) fill(s *stream.Stream) {
	var ctx context.Context
	ctx, l.end = context.WithCancel(context.Background())
	l.filling.Go(func() {
		f, err := s.Follow(ctx, stream.FollowOptions{Last: window.DefaultRecords, MaxBehind: window.DefaultBytes})
		if err != nil {
			return // it is closed
		}
		defer f.Close()
		for {
			batch, _, err := f.Next(ctx)
			if err != nil || l.window.Handle(ctx, batch) != nil {
				return // it was ended
			}
		}
	})
}

func (l *onlookers) position() (record.ID, bool) {
	id := l.window.Last()
	return id, !id.IsZero()
}

// close ends all views: who looks on comes again.
func (l *onlookers) close() {
	if l == nil {
		return
	}
	l.hub.Close()
	if l.end != nil {
		l.end()
		l.filling.Wait()
	}
}

// reader returns what is asked for records, and whether that is a window; nil if nobody asks.
func (d *Daemon) reader() (r store.Reader, isWindow bool) {
	if d.live != nil && d.live.window != nil {
		return d.live.window, true
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

type follower struct{ *stream.Follower }

// Next implements [live.Follower].
func (f follower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	batch, missed, err := f.Follower.Next(ctx)
	return batch, live.Missed(missed), err
}

// windowed is the window for those who look on.
type windowed struct{ w *window.Window }

// Last implements [live.Feed].
func (w windowed) Last(context.Context) (record.ID, error) { return w.w.Last(), nil }

// Follow implements [live.Feed].
func (w windowed) Follow(_ context.Context, s live.Start) (live.Follower, error) {
	return windowFollower{w.w.Follow(window.Start(s))}, nil
}

type windowFollower struct{ *window.Follower }

// Next implements [live.Follower].
func (f windowFollower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	batch, missed, err := f.Follower.Next(ctx)
	return batch, live.Missed(missed), err
}
