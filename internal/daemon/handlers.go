package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// errNoAudience is the error of a console that nobody reads.
var errNoAudience = errors.New("nobody reads the console")

// audience is a handler that shows records to somebody, who may leave.
type audience interface {
	record.Handler
	Gone() <-chan struct{}
}

// screen is a handler that knows when its audience left. From then on it takes nothing, so that the
// counts show what was not seen.
type screen struct {
	audience
	leave func()
	once  sync.Once
}

// isEmpty reports whether the audience left.
func (s *screen) isEmpty() bool {
	select {
	case <-s.Gone():
		return true
	default:
		return false
	}
}

// Handle implements [record.Handler].
func (s *screen) Handle(ctx context.Context, batch []record.Record) error {
	if s.isEmpty() {
		return record.Permanent(errNoAudience)
	}
	err := s.audience.Handle(ctx, batch)
	if !s.isEmpty() {
		return err
	}
	s.once.Do(s.leave)
	if partial, ok := errors.AsType[*record.PartialError](err); ok {
		return &record.PartialError{Handled: partial.Handled, Err: record.Permanent(errNoAudience)}
	}
	return record.Permanent(errNoAudience)
}

// Close closes the handler, if it can be closed.
func (s *screen) Close() error { return closeHandler(s.audience) }

// renamed hands records on under another logger's name.
type renamed struct {
	name string
	next record.Handler
}

// Handle implements [record.Handler].
func (n renamed) Handle(ctx context.Context, batch []record.Record) error {
	return n.next.Handle(ctx, n.rename(batch))
}

// HandleOnce is next's, if it has one.
func (n renamed) HandleOnce(ctx context.Context, id string, batch []record.Record) error {
	if once, ok := n.next.(patient); ok {
		return once.HandleOnce(ctx, id, n.rename(batch))
	}
	return n.Handle(ctx, batch)
}

func (n renamed) rename(batch []record.Record) []record.Record {
	batch = slices.Clone(batch) // it is the caller's
	for i := range batch {
		r := &batch[i]
		if r.Logger != n.name && r.Logger != "" {
			r.Attrs = append(slices.Clip(r.Attrs), slog.String("logger", r.Logger))
		}
		r.Logger = n.name
	}
	return batch
}

// patient is the stream for those who wait for an answer: it says when there is no room.
type patient struct{ stream *stream.Stream }

// Handle implements [record.Handler].
func (p patient) Handle(ctx context.Context, batch []record.Record) error {
	return full(p.stream.Entrance(stream.Refuse).Handle(ctx, batch))
}

// HandleOnce takes a batch that may come again, once. It waits for room until ctx ends.
func (p patient) HandleOnce(ctx context.Context, id string, batch []record.Record) error {
	return full(p.stream.HandleOnce(ctx, id, batch))
}

// full says of an error of the stream that it is one of room, in the way that receivers know.
func full(err error) error {
	if errors.Is(err, stream.ErrFull) {
		return &record.FullError{Err: err}
	}
	return err
}
