package handler

import (
	"context"
	"io"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// maxKept bounds the buffer that is kept from one batch to the next.
const maxKept = 1 << 20

// lines writes records to an io.Writer, each batch with one Write, and keeps account of what a Write
// that failed left behind.
type lines struct {
	w      io.Writer
	format format.Format
	again  Again // nil if records have no forms early
	// untear takes back the last n bytes that were written, the beginning of a record, and reports
	// whether it could. Nil if w takes nothing back.
	untear func(n int) bool

	// turn holds a token for whoever has the fields below and w. It is a channel, since a Write
	// may hang and those who wait have contexts that end.
	turn chan struct{}
	buf  []byte // a newline, then the records
	ends []int  // where each record of the batch ends in buf
	torn bool   // what was written last is the beginning of a record
}

func newLines(w io.Writer, form format.Format) lines {
	return lines{w: w, format: form, turn: make(chan struct{}, 1)}
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
	return l.run(ctx, func() error { return l.write(0, len(l.ends)) })
}

// fill lays the batch out in the buffer.
func (l *lines) fill(batch []record.Record) {
	if cap(l.buf) > maxKept {
		l.buf = nil
	}
	l.buf, l.ends = append(l.buf[:0], '\n'), l.ends[:0]
	for i := range batch {
		if form := batch[i].Form(); form != nil {
			l.buf = append(l.buf, form...)
		} else {
			l.buf = l.format(l.buf, &batch[i])
		}
		l.ends = append(l.ends, len(l.buf))
	}
}

// start is where record i begins in the buffer, after a newline.
func (l *lines) start(i int) int {
	if i == 0 {
		return 1
	}
	return l.ends[i-1]
}

// length is how many bytes the records from..to take.
func (l *lines) length(from, to int) int64 { return int64(l.ends[to-1] - l.start(from)) }

// write writes the records from..to of the buffer with one Write. After an error the records before
// the one that a [record.PartialError] names are handled, counted from the first of the buffer; of the
// next one nothing stays, or else the next Write begins on a line of its own.
func (l *lines) write(from, to int) error {
	at, end := l.start(from), l.ends[to-1]
	if l.torn {
		at-- // with the newline before it
	}
	n, err := l.w.Write(l.buf[at:end])
	if at+n >= end {
		l.torn = false
		return nil
	}
	if err == nil {
		err = io.ErrShortWrite
	}
	handled := from
	if n > 0 {
		whole, _ := slices.BinarySearch(l.ends[from:to], at+n+1)
		handled += whole
		rest := at + n - l.start(handled)
		l.torn = rest > 0 && (l.untear == nil || !l.untear(rest))
	}
	if handled == 0 {
		return err
	}
	return &record.PartialError{Handled: handled, Err: err}
}
