package main

import (
	"io"
	"log/slog"

	phuslu "github.com/phuslu/log"
)

// phusluPeers returns phuslu/log: as it is, with its AsyncWriter, blocking and dropping, and its handler
// for slog in front of both. Its own front writes the time in milliseconds. Its JSON handler for slog
// cannot stand before an AsyncWriter, whose Write keeps the bytes it was given, so there it is the
// logger's own that does.
func phusluPeers() []peer {
	open := func(drop bool) func(target) (*session, error) {
		return func(to target) (*session, error) {
			w := phusluAsync(to, drop)
			return &session{calls: phusluCalls(phusluLogger(w), newRequest()), close: w.Close}, nil
		}
	}
	return []peer{
		{name: "phuslu", module: "github.com/phuslu/log", way: direct, open: func(to target) (*session, error) {
			w := phusluWriter(to)
			return &session{calls: phusluCalls(phusluLogger(w), newRequest()), close: closer(w)}, nil
		}},
		{name: "phuslu-async", module: "github.com/phuslu/log", way: async, open: open(false)},
		{name: "phuslu-async-drop", module: "github.com/phuslu/log", way: async, open: open(true)},
		{name: "phuslu-slog", module: "github.com/phuslu/log", slog: true, way: direct, open: func(to target) (*session, error) {
			w := phusluWriter(to)
			s := slogSession(phuslu.SlogNewJSONHandler(w.(io.Writer), &slog.HandlerOptions{}))
			s.close = closer(w)
			return s, nil
		}},
		{name: "phuslu-slog-async", module: "github.com/phuslu/log", slog: true, way: async, open: func(to target) (*session, error) {
			w := phusluAsync(to, false)
			return &session{calls: slogCalls(phusluLogger(w).Slog(), newRequest()), close: w.Close}, nil
		}},
	}
}

// phusluWriter writes to a file by phuslu's own FileWriter, which its AsyncWriter needs for writing
// many records at once.
func phusluWriter(to target) phuslu.Writer {
	if to.file != "" {
		return &phuslu.FileWriter{Filename: to.file}
	}
	return phuslu.IOWriter{Writer: to.w}
}

func phusluAsync(to target, drop bool) *phuslu.AsyncWriter {
	return &phuslu.AsyncWriter{Writer: phusluWriter(to), ChannelSize: bound, DiscardOnFull: drop}
}

func phusluLogger(w phuslu.Writer) *phuslu.Logger {
	return &phuslu.Logger{Level: phuslu.InfoLevel, Writer: w}
}

// closer returns the Close of w, if it has one.
func closer(w any) func() error {
	if c, ok := w.(io.Closer); ok {
		return c.Close
	}
	return func() error { return nil }
}

func phusluCalls(l *phuslu.Logger, r *request) calls {
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
