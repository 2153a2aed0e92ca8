package main

import (
	"log/slog"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// zapPeers returns zap: as it is, with its BufferedWriteSyncer, behind slog and behind logr.
func zapPeers() []peer {
	return []peer{
		{name: "zap", module: "go.uber.org/zap", way: direct, open: func(to target) (*session, error) {
			l := zap.New(zapCore(zapcore.Lock(zapcore.AddSync(to.w))))
			return &session{calls: zapCalls(l, newRequest()), close: func() error { return nil }}, nil
		}},
		{name: "zap-buffered", module: "go.uber.org/zap", way: buffered, open: func(to target) (*session, error) {
			b := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(to.w)}
			return &session{calls: zapCalls(zap.New(zapCore(b)), newRequest()), flush: b.Sync, close: b.Stop}, nil
		}},
		{name: "zap-slog", module: "go.uber.org/zap/exp", slog: true, way: direct, open: func(to target) (*session, error) {
			return slogSession(slog.Handler(zapslog.NewHandler(zapCore(zapcore.Lock(zapcore.AddSync(to.w)))))), nil
		}},
		{name: "zapr", module: "github.com/go-logr/zapr", way: direct, extra: true, open: func(to target) (*session, error) {
			l := zapr.NewLoggerWithOptions(zap.New(zapCore(zapcore.Lock(zapcore.AddSync(to.w)))))
			return &session{calls: logrCalls(l, newRequest()), close: func() error { return nil }}, nil
		}},
	}
}

func zapCore(w zapcore.WriteSyncer) zapcore.Core {
	return zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", MessageKey: "msg",
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeTime:     zapcore.TimeEncoderOfLayout(time.RFC3339Nano),
		EncodeDuration: zapcore.NanosDurationEncoder,
	}), w, zapcore.InfoLevel)
}

func zapCalls(l *zap.Logger, r *request) calls {
	return calls{
		message: func(n int) {
			for range n {
				l.Info(message)
			}
		},
		five: func(n int) {
			for range n {
				l.Info(message,
					zap.String("method", r.method), zap.Int("status", r.status), zap.Duration("elapsed", r.elapsed),
					zap.Bool("cached", r.cached), zap.NamedError("err", r.err))
			}
		},
		ten: func(n int) {
			for range n {
				l.Info(message,
					zap.String("method", r.method), zap.Int("status", r.status), zap.Duration("elapsed", r.elapsed),
					zap.Bool("cached", r.cached), zap.NamedError("err", r.err),
					zap.String("client", r.client), zap.Int64("bytes", r.bytes), zap.Float64("load", r.load),
					zap.Time("started", r.started), zap.Uint64("id", r.id))
			}
		},
	}
}

func logrCalls(l logr.Logger, r *request) calls {
	return calls{
		message: func(n int) {
			for range n {
				l.Info(message)
			}
		},
		five: func(n int) {
			for range n {
				l.Info(message, "method", r.method, "status", r.status, "elapsed", r.elapsed, "cached", r.cached, "err", r.err)
			}
		},
		ten: func(n int) {
			for range n {
				l.Info(message, "method", r.method, "status", r.status, "elapsed", r.elapsed, "cached", r.cached, "err", r.err,
					"client", r.client, "bytes", r.bytes, "load", r.load, "started", r.started, "id", r.id)
			}
		},
	}
}
