package daemon

import (
	"context"

	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// openLive makes what shows records as they arrive.
func (d *Daemon) openLive() {
	if d.durable == nil {
		return
	}
	o := live.Options{Feed: arrivals{d.durable.stream}, Peers: d.receiver.Peers}
	if s := d.durable.store; s != nil {
		o.Store, o.Position = s, s.Position
	}
	d.live = live.New(o)
}

// arrivals is the stream for those who look on.
type arrivals struct{ s *stream.Stream }

// Last implements [live.Feed].
func (a arrivals) Last(ctx context.Context) (record.ID, error) { return a.s.Last(ctx) }

// Follow implements [live.Feed].
func (a arrivals) Follow(ctx context.Context, s live.Start) (live.Follower, error) {
	f, err := a.s.Follow(ctx, stream.FollowOptions{After: s.After, Last: s.Last, MaxBehind: s.MaxBehind})
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
