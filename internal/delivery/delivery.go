// Package delivery hands batches to a handler until each record is handled or refused for good.
//
// It is the one place where a Handle is tried again. A temporary error is waited out, for ever; an
// error that trying again cannot mend, or a panic, is narrowed to the one record that it is about,
// and that record is refused while all others go on.
package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// A handler's temporary errors are retried after a pause that doubles between these bounds, with
// jitter, and starts anew after a success.
const (
	minPause = 50 * time.Millisecond
	maxPause = 10 * time.Second
)

// Ledger is told what becomes of a batch, record by record from its beginning. Deliver calls it from
// its own goroutine.
type Ledger interface {
	// Handled is told that the handler has taken the next n records.
	Handled(n int)
	// Refused is told that the next record is r, and that the handler will never take it: err is
	// permanent, or a panic. After an error of Refused itself the record counts as left, and Deliver
	// returns. ctx is that of Deliver.
	Refused(ctx context.Context, r *record.Record, err error) error
	// Failing is told that the handler returned err, and will be asked again after a pause.
	Failing(err error)
}

// Deliver hands batch to h, again and again as long as its errors are temporary. It returns how many
// records at the end of the batch are left, which are none unless ctx ended or the ledger refused
// to go on.
func Deliver(ctx context.Context, h record.Handler, batch []record.Record, l Ledger) (left int) {
	pause := minPause
	for len(batch) > 0 {
		n, err := attempt(ctx, h, batch)
		if n > 0 {
			l.Handled(n)
			batch, pause = batch[n:], minPause
		}
		if err == nil || len(batch) == 0 {
			continue
		}
		if final(err) {
			if l.Refused(ctx, &batch[0], err) != nil {
				break
			}
			batch = batch[1:]
			continue
		}
		if ctx.Err() != nil {
			break
		}
		l.Failing(err)
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, maxPause)
	}
	return len(batch)
}

// attempt hands the batch to the handler once and returns how many records it has taken. An error that
// speaks against the batch as a whole is tried on fewer records, until it is about the first one alone.
func attempt(ctx context.Context, h record.Handler, batch []record.Record) (handled int, err error) {
	for {
		err = Contain(func() error { return h.Handle(ctx, batch) })
		if err == nil {
			return len(batch), nil
		}
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			return min(max(partial.Handled, 0), len(batch)), err
		}
		if !final(err) || len(batch) == 1 {
			return 0, err
		}
		batch = batch[:len(batch)/2]
	}
}

// final says whether trying again is of no use.
func final(err error) bool { return Panicked(err) || record.IsPermanent(err) }

// Panicked reports whether err is a panic that [Contain] caught.
func Panicked(err error) bool {
	_, ok := errors.AsType[*record.PanicError](err)
	return ok
}

// Contain calls f and returns a panic of it as a [*record.PanicError].
func Contain(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &record.PanicError{Value: p}
		}
	}()
	return f()
}
