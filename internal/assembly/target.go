package assembly

import (
	"context"
	"io"
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// reopener is a handler with files that can be opened anew.
type reopener interface {
	Reopen(ctx context.Context) error
}

// memory is a memory, whose target may have files.
type memory struct {
	*handler.Memory
	target record.Handler
}

func openMemory(h *config.Handler, p *config.Memory, env *Env, onError func(error)) (record.Handler, error) {
	target, err := env.target(h)
	if err != nil {
		return nil, err
	}
	o := handler.MemoryOptions{Capacity: p.Capacity, MaxBytes: p.MaxBytes, Latest: p.Latest, NoFlushOnClose: p.NoFlushOnClose, OnError: onError}
	if p.FlushLevel != nil {
		o.FlushLevel = *p.FlushLevel
	}
	m, err := handler.NewMemory(target, o)
	if err != nil {
		_ = closed(target)
		return nil, err
	}
	return memory{m, target}, nil
}

// Reopen opens the files of the target anew, if it has any.
func (m memory) Reopen(ctx context.Context) error { return reopened(ctx, m.target) }

// target opens what a memory hands its records to. Without a target they go nowhere, as in Python.
func (e *Env) target(h *config.Handler) (record.Handler, error) {
	if h.Target == nil {
		return handler.Null{}, nil
	}
	target, err := open(h.Target, e)
	if err != nil || len(h.Target.Filters) == 0 {
		return target, err
	}
	return newFiltered(target, passes(h.Target.Filters)), nil
}

// filtered is a handler behind filters of its own.
type filtered struct {
	*hierarchy.Gate[int]
	next record.Handler
}

func newFiltered(next record.Handler, filters []hierarchy.Filter) filtered {
	tree := hierarchy.New[int](slog.Level(math.MinInt))
	tree.AddHandler("", hierarchy.Attached[int]{Filters: filters})
	return filtered{hierarchy.NewGate(tree, 0, next, true), next}
}

// Flush implements [record.Flusher].
func (f filtered) Flush(ctx context.Context) error { return flushed(ctx, f.next) }

// Close closes the handler.
func (f filtered) Close() error { return closed(f.next) }

// Reopen opens the handler's files anew, if it has any.
func (f filtered) Reopen(ctx context.Context) error { return reopened(ctx, f.next) }

// What a handler does not have is done.

func flushed(ctx context.Context, h record.Handler) error {
	if f, ok := h.(record.Flusher); ok {
		return f.Flush(ctx)
	}
	return nil
}

func closed(h record.Handler) error {
	if c, ok := h.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func reopened(ctx context.Context, h record.Handler) error {
	if r, ok := h.(reopener); ok {
		return r.Reopen(ctx)
	}
	return nil
}
