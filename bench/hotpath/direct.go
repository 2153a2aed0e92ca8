package main

import (
	"context"
	"log/slog"

	"github.com/jackdaw-log/jackdaw"
)

// directDoor is the front for hot loops: the same attrs, no slog.Record, no place of the call.
func directDoor() door {
	return door{name: "jackdaw-direct", calls: func(h *jackdaw.Hierarchy, r *request) calls {
		return directCalls(h.Direct("bench"), r)
	}}
}

// sourceDoor is the same with the place of the call.
func sourceDoor() door {
	return door{name: "jackdaw-direct+source", calls: func(h *jackdaw.Hierarchy, r *request) calls {
		return directCalls(h.Direct("bench").WithSource(), r)
	}}
}

func directCalls(l *jackdaw.DirectLogger, r *request) calls {
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
