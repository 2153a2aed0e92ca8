package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"sync"

	slogmulti "github.com/samber/slog-multi"
)

// slogPeers returns the standard library's JSON handler: alone, with a buffer behind it, and with a
// router in front.
func slogPeers() []peer {
	return []peer{
		{name: "slog", slog: true, way: direct, open: func(to target) (*session, error) {
			return slogSession(slog.NewJSONHandler(to.w, nil)), nil
		}},
		{name: "slog+bufio", slog: true, way: buffered, open: func(to target) (*session, error) {
			b := &lockedBuffer{w: bufio.NewWriterSize(to.w, 256<<10)}
			s := slogSession(slog.NewJSONHandler(b, nil))
			s.flush, s.close = b.flush, b.flush
			return s, nil
		}},
		slogFilePeer(),
		{name: "slog-multi", module: "github.com/samber/slog-multi", slog: true, way: direct, extra: true, open: func(to target) (*session, error) {
			return slogSession(slogmulti.Fanout(slog.NewJSONHandler(to.w, nil))), nil
		}},
	}
}

// slogSession returns a session of a handler that needs no flush and no close.
func slogSession(h slog.Handler) *session {
	return &session{calls: slogCalls(slog.New(h), newRequest()), close: func() error { return nil }}
}

// lockedBuffer is a buffer that may be flushed while others write.
type lockedBuffer struct {
	mu sync.Mutex
	w  *bufio.Writer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.w.Write(p)
}

func (b *lockedBuffer) flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.w.Flush()
}

// closeAll closes all of them, in their order.
func closeAll(closers ...io.Closer) error {
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
