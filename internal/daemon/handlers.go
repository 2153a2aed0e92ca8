package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
)

// errNoAudience is the error of a console that nobody reads.
var errNoAudience = errors.New("nobody reads the console")

// screen is a console that knows when its audience left. From then on it takes nothing, so that the
// counts show what was not seen.
type screen struct {
	console *handler.Console
	leave   func()
	once    sync.Once
}

// Handle implements [record.Handler].
func (s *screen) Handle(ctx context.Context, batch []record.Record) error {
	select {
	case <-s.console.Gone():
		return record.Permanent(errNoAudience)
	default:
	}
	err := s.console.Handle(ctx, batch)
	select {
	case <-s.console.Gone():
		s.once.Do(s.leave)
	default:
		return err
	}
	if partial, ok := errors.AsType[*record.PartialError](err); ok {
		return &record.PartialError{Handled: partial.Handled, Err: record.Permanent(errNoAudience)}
	}
	return record.Permanent(errNoAudience)
}

// renamed hands records on under another logger's name.
type renamed struct {
	name string
	next record.Handler
}

// Handle implements [record.Handler].
func (n renamed) Handle(ctx context.Context, batch []record.Record) error {
	batch = slices.Clone(batch) // it is the caller's
	for i := range batch {
		r := &batch[i]
		if r.Logger != n.name && r.Logger != "" {
			r.Attrs = append(slices.Clip(r.Attrs), slog.String("logger", r.Logger))
		}
		r.Logger = n.name
	}
	return n.next.Handle(ctx, batch)
}
