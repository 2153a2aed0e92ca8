package main

import (
	"io"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
)

// zerologPeers returns zerolog: as it is, behind slog, and with its diode, waiting and polling. A
// diode drops whole rings of records when its reader falls behind.
func zerologPeers() []peer {
	open := func(poll time.Duration) func(target) (*session, error) {
		return func(to target) (*session, error) {
			d := diode.NewWriter(to.w, bound, poll, nil)
			return &session{calls: zerologCalls(zerologLogger(d), newRequest()), close: func() error { return closeAll(d) }}, nil
		}
	}
	return []peer{
		{name: "zerolog", module: "github.com/rs/zerolog", way: direct, open: func(to target) (*session, error) {
			return &session{calls: zerologCalls(zerologLogger(to.w), newRequest()), close: func() error { return nil }}, nil
		}},
		{name: "zerolog-slog", module: "github.com/rs/zerolog", slog: true, way: direct, open: func(to target) (*session, error) {
			return slogSession(zerolog.NewSlogHandler(*zerologLogger(to.w))), nil
		}},
		{name: "zerolog+diode", module: "github.com/rs/zerolog", way: async, open: open(0)},
		{name: "zerolog+diode-poll", module: "github.com/rs/zerolog", way: async, extra: true, open: open(10 * time.Millisecond)},
	}
}

// zerologLogger returns a logger with the time to the nanosecond, as the others have it. The package
// keeps such settings for the whole process, which measures one peer.
func zerologLogger(w io.Writer) *zerolog.Logger {
	zerolog.TimeFieldFormat = time.RFC3339Nano
	zerolog.DurationFieldUnit = time.Nanosecond
	zerolog.DurationFieldInteger = true
	l := zerolog.New(w).With().Timestamp().Logger()
	return &l
}

func zerologCalls(l *zerolog.Logger, r *request) calls {
	return calls{
		message: func(n int) {
			for range n {
				l.Info().Msg(message)
			}
		},
		five: func(n int) {
			for range n {
				l.Info().
					Str("method", r.method).Int("status", r.status).Dur("elapsed", r.elapsed).
					Bool("cached", r.cached).AnErr("err", r.err).
					Msg(message)
			}
		},
		ten: func(n int) {
			for range n {
				l.Info().
					Str("method", r.method).Int("status", r.status).Dur("elapsed", r.elapsed).
					Bool("cached", r.cached).AnErr("err", r.err).
					Str("client", r.client).Int64("bytes", r.bytes).Float64("load", r.load).
					Time("started", r.started).Uint64("id", r.id).
					Msg(message)
			}
		},
	}
}
