package main

import (
	"context"
	"log/slog"
)

// channelPeers returns what most programs write when they want not to wait: a channel of records
// and a goroutine, blocking or dropping when the channel is full.
func channelPeers() []peer {
	open := func(drop bool) func(target) (*session, error) {
		return func(to target) (*session, error) {
			c := &channel{
				next:    slog.NewJSONHandler(to.w, nil),
				records: make(chan slog.Record, bound),
				ended:   make(chan struct{}),
				drop:    drop,
			}
			go c.run()
			s := slogSession(c)
			s.close = c.close
			return s, nil
		}
	}
	return []peer{
		{name: "channel", slog: true, way: async, open: open(false)},
		{name: "channel-drop", slog: true, way: async, open: open(true)},
	}
}

// channel is a handler that sends records through a channel to the next handler.
type channel struct {
	nothing // for WithAttrs and WithGroup, which nobody calls here
	next    slog.Handler
	records chan slog.Record
	ended   chan struct{}
	drop    bool
}

func (c *channel) Handle(_ context.Context, r slog.Record) error {
	r = r.Clone()
	if !c.drop {
		c.records <- r
		return nil
	}
	select {
	case c.records <- r:
	default:
	}
	return nil
}

func (c *channel) run() {
	defer close(c.ended)
	for r := range c.records {
		_ = c.next.Handle(context.Background(), r)
	}
}

func (c *channel) close() error {
	close(c.records)
	<-c.ended
	return nil
}
