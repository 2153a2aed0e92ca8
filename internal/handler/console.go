package handler

import (
	"context"
	"errors"
	"io"
	"sync"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// Console is a [record.Handler] that shows records to whoever reads a writer, mostly the standard
// output: each batch is one Write of the form that a [format.Format] gives it.
//
// A reader that stands still makes Handle wait until its context ends; the Write then goes on by itself,
// and the next Handle waits for it. A pipe that nobody reads any more (EPIPE) cannot mend: Handle's
// error is permanent from then on, and Gone is closed. On the standard output of a program that
// has not told os/signal to ignore SIGPIPE, that signal ends the program first.
type Console struct {
	lines lines
	once  sync.Once
	gone  chan struct{}
}

// NewConsole returns a Console that writes to w, from one goroutine at a time. The writer stays the
// caller's.
func NewConsole(w io.Writer, form format.Format) *Console {
	return &Console{lines: newLines(w, form), gone: make(chan struct{})}
}

// Handle implements [record.Handler]. Where a Write took a part of the batch only, its error is a
// [record.PartialError].
func (c *Console) Handle(ctx context.Context, batch []record.Record) error {
	err := c.lines.handle(ctx, batch)
	if err == nil || !errors.Is(err, syscall.EPIPE) {
		return err
	}
	c.once.Do(func() { close(c.gone) })
	if partial, ok := errors.AsType[*record.PartialError](err); ok {
		return &record.PartialError{Handled: partial.Handled, Err: record.Permanent(partial.Err)}
	}
	return record.Permanent(err)
}

// Gone returns a channel that is closed when nobody reads the writer any more.
func (c *Console) Gone() <-chan struct{} { return c.gone }
