package main

import (
	"time"

	"github.com/sirupsen/logrus"
)

// logrusPeers returns logrus, the oldest of those still in wide use.
func logrusPeers() []peer {
	return []peer{{name: "logrus", module: "github.com/sirupsen/logrus", way: direct, extra: true, open: func(to target) (*session, error) {
		l := logrus.New()
		l.SetOutput(to.w)
		l.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
		return &session{calls: logrusCalls(l, newRequest()), close: func() error { return nil }}, nil
	}}}
}

func logrusCalls(l *logrus.Logger, r *request) calls {
	return calls{
		message: func(n int) {
			for range n {
				l.Info(message)
			}
		},
		five: func(n int) {
			for range n {
				l.WithFields(logrus.Fields{
					"method": r.method, "status": r.status, "elapsed": r.elapsed, "cached": r.cached, "err": r.err,
				}).Info(message)
			}
		},
		ten: func(n int) {
			for range n {
				l.WithFields(logrus.Fields{
					"method": r.method, "status": r.status, "elapsed": r.elapsed, "cached": r.cached, "err": r.err,
					"client": r.client, "bytes": r.bytes, "load": r.load, "started": r.started, "id": r.id,
				}).Info(message)
			}
		},
	}
}
