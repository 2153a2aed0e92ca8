package handler

import (
	"context"
	"io"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// maxKept bounds the buffer that is kept from one batch to the next.
const maxKept = 1 << 20

// lines writes records to an io.Writer, each batch with one Write, and keeps account of what a Write
// that failed left behind.
type lines struct {
	w      io.Writer
	format Format
	// untear takes back the last n bytes that were written, the beginning of a record, and reports
	// whether it could. Nil if w takes nothing back.
	untear func(n int) bool

	// turn holds a token for whoever has the fields below and w. It is a channel, since a Write
	// may hang and those who wait have contexts that end.
	turn chan struct{}
	buf  []byte
	ends []int // where each record of the batch ends in buf
	lead int   // the length of what stands in buf before the first record
	torn bool  // what was written last is the beginning of a record
}

func newLines(w io.Writer, format Format) lines {
	return lines{w: w, format: format, turn: make(chan struct{}, 1)}
}

// take takes the turn, unless ctx ends first.
func (l *lines) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lines) release() { <-l.turn }

// run calls act, which may hang, and releases the turn after it. It returns act's error, or ctx's
// when that ends first; the turn is then released whenever act returns.
func (l *lines) run(ctx context.Context, act func() error) error {
	if ctx.Done() == nil {
		defer l.release()
		return act()
	}
	done := make(chan error, 1)
	go func() {
		defer l.release()
		done <- act()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *lines) handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := l.take(ctx); err != nil {
		return err
	}
	l.fill(batch)
	return l.run(ctx, l.write)
}

// fill lays the batch out in the buffer.
func (l *lines) fill(batch []record.Record) {
	l.buf, l.ends, l.lead = l.buf[:0], l.ends[:0], 0
	if cap(l.buf) > maxKept {
		l.buf = nil
	}
	if l.torn {
		l.buf, l.lead = append(l.buf, '\n'), 1
	}
	for i := range batch {
		l.buf = l.format(l.buf, &batch[i])
		l.ends = append(l.ends, len(l.buf))
	}
}

// write writes the buffer. After an error the records that went out whole are handled, and of the
// one after them nothing stays, or else the next Write begins on a line of its own.
func (l *lines) write() error {
	n, err := l.w.Write(l.buf)
	if n >= len(l.buf) {
		l.torn = false
		return nil
	}
	if err == nil {
		err = io.ErrShortWrite
	}
	if n <= 0 {
		return err
	}
	whole, _ := slices.BinarySearch(l.ends, n+1)
	rest := n - l.lead
	if whole > 0 {
		rest = n - l.ends[whole-1]
	}
	l.torn = rest > 0 && (l.untear == nil || !l.untear(rest))
	if whole == 0 {
		return err
	}
	return &record.PartialError{Handled: whole, Err: err}
}
