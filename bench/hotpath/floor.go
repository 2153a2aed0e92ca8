package main

import (
	"context"
	"log/slog"
)

// floorPeers returns the floor: what slog itself costs in front of any handler. It takes the time
// and the caller's PC, and makes the record.
func floorPeers() []peer {
	return []peer{{
		name: "floor", slog: true, way: nowhere,
		open: func(target) (*session, error) {
			return &session{calls: slogCalls(slog.New(nothing{}), newRequest()), close: func() error { return nil }}, nil
		},
	}}
}

// nothing is a handler that is enabled from INFO on and does nothing.
type nothing struct{}

func (nothing) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (nothing) Handle(context.Context, slog.Record) error        { return nil }
func (nothing) WithAttrs([]slog.Attr) slog.Handler               { return nothing{} }
func (nothing) WithGroup(string) slog.Handler                    { return nothing{} }

// slogCalls are the calls of every peer behind a slog.Logger.
func slogCalls(l *slog.Logger, r *request) calls {
	ctx := context.Background()
	return calls{
		message: func(n int) {
			for range n {
				l.LogAttrs(ctx, slog.LevelInfo, message)
			}
		},
		below: func(n int) {
			for range n {
				l.LogAttrs(ctx, slog.LevelDebug, message)
			}
		},
		five: func(n int) {
			for range n {
				l.LogAttrs(ctx, slog.LevelInfo, message,
					slog.String("method", r.method), slog.Int("status", r.status), slog.Duration("elapsed", r.elapsed),
					slog.Bool("cached", r.cached), slog.Any("err", r.err))
			}
		},
		ten: func(n int) {
			for range n {
				l.LogAttrs(ctx, slog.LevelInfo, message,
					slog.String("method", r.method), slog.Int("status", r.status), slog.Duration("elapsed", r.elapsed),
					slog.Bool("cached", r.cached), slog.Any("err", r.err),
					slog.String("client", r.client), slog.Int64("bytes", r.bytes), slog.Float64("load", r.load),
					slog.Time("started", r.started), slog.Uint64("id", r.id))
			}
		},
	}
}
