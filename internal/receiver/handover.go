package receiver

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The first and the longest pause between two offers of a batch.
const firstPause, longestPause = 10 * time.Millisecond, time.Second

// handOver hands w's batch to the handler and empties it. It returns when every record is accepted
// or dropped.
func (r *Receiver) handOver(ctx context.Context, w *desk, peer string) {
	w.count()
	if w.n == 0 {
		return
	}
	batch := w.batch[:w.n]
	w.n = 0
	err := r.handle(ctx, batch)
	if err == nil {
		w.l.accepted.Add(uint64(len(batch)))
	} else {
		w.lost += r.offer(ctx, w.l, batch, peer, err)
	}
	clear(batch) // so that nothing stays alive that was handed over
	// Connections that never run dry would leave the goroutines of handlers a small share of the processors, and
	// records would pile up in memory, which costs more than handling them: let who has work in.
	runtime.Gosched()
}

// offer goes on with a batch that the handler answered with err: past what it has handled and past
// what it will never take, and again, after a pause, with the rest. It returns how many records it
// dropped.
func (r *Receiver) offer(ctx context.Context, l *ledger, batch []record.Record, peer string, err error) (dropped int) {
	drop := func(reason Reason, n int, err error) {
		l.drop(reason, n)
		dropped += n
		l.notice(reason, peer, fmt.Sprintf("%d records were dropped: %v", n, err))
	}
	until, pause := time.Now().Add(r.o.RetryTimeout), firstPause
	for {
		handled, failed := 0, len(batch)
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			handled = min(max(partial.Handled, 0), len(batch)-1)
			failed = 1
		}
		l.accepted.Add(uint64(handled))
		batch = batch[handled:]
		switch {
		case record.IsPermanent(err):
			drop(Refused, failed, err)
			batch = batch[failed:]
		case ctx.Err() != nil:
			drop(Closed, len(batch), err)
			return dropped
		case handled > 0:
			until, pause = time.Now().Add(r.o.RetryTimeout), firstPause
		case !time.Now().Add(pause).Before(until):
			drop(Unhandled, len(batch), err)
			return dropped
		default:
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, longestPause)
		}
		if len(batch) == 0 {
			return dropped
		}
		if err = r.handle(ctx, batch); err == nil {
			l.accepted.Add(uint64(len(batch)))
			return dropped
		}
	}
}

// handle calls the handler. That it panicked is an error no second call would mend.
func (r *Receiver) handle(ctx context.Context, batch []record.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = record.Permanent(&record.PanicError{Value: p})
		}
	}()
	return r.next.Handle(ctx, batch)
}
