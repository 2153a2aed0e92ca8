package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// maxBatch and maxBatchBytes bound what a handler is given at once; a record larger than that comes alone.
const (
	maxBatch      = 256
	maxBatchBytes = 1 << 20
)

// A handler's temporary errors are retried after a pause that doubles between these bounds, with
// jitter, and starts anew after a success.
const (
	minPause = 50 * time.Millisecond
	maxPause = 10 * time.Second
)

func (o *Outlet) run(ctx context.Context) {
	defer close(o.done)
	batch := make([]record.Record, 0, maxBatch)
	for {
		var told, ok bool
		batch, told, ok = o.take(batch[:0])
		if !ok {
			break
		}
		o.deliver(ctx, batch, told)
		o.landed(ctx.Err() == nil)
		clear(batch)
	}
	if c, ok := o.handler.(io.Closer); ok {
		if err := contain(c.Close); err != nil {
			o.l.report(o.o.Name, fmt.Errorf("close: %w", err))
		}
	}
}

// take waits for records and moves some of them into batch. told says that the batch is the record
// that tells of a gap. ok is false when the outlet is closing and empty.
func (o *Outlet) take(batch []record.Record) (_ []record.Record, told, ok bool) {
	for {
		o.mu.Lock()
		if o.ended {
			o.mu.Unlock()
			return nil, false, false
		}
		if o.log.count > 0 || o.log.gap.total > 0 {
			_, first := o.log.first()
			if o.log.gap.before(first) {
				o.flyingFirst = o.log.gap.first
				batch = append(batch, o.log.gap.record())
				o.mu.Unlock()
				return batch, true, true
			}
			batch, o.flyingBytes, o.flyingFirst = o.log.take(batch, maxBatch)
			o.flying = len(batch)
			o.mu.Unlock()
			return batch, false, true
		}
		closing := o.closing
		o.mu.Unlock()
		if closing {
			return nil, false, false
		}
		<-o.wake
	}
}

// deliver hands the batch over, again and again as long as the handler's errors are temporary. It
// returns when no record of it is left, or ctx ended.
func (o *Outlet) deliver(ctx context.Context, batch []record.Record, told bool) {
	pause := minPause
	for len(batch) > 0 {
		n, err := o.attempt(ctx, batch)
		if n > 0 {
			o.settle(batch[:n], told, -1)
			batch, pause = batch[n:], minPause
		}
		if err == nil || len(batch) == 0 {
			continue
		}
		if reason, final := verdict(err); final {
			o.l.report(o.o.Name, err)
			o.settle(batch[:1], told, int(reason))
			batch = batch[1:]
			continue
		}
		if ctx.Err() != nil {
			o.settle(batch, told, int(Closed))
			return
		}
		o.fail(err)
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, maxPause)
	}
}

// attempt hands the batch to the handler once and returns how many records it has taken. An error that
// speaks against the batch as a whole is tried on fewer records, until it is about the first one alone.
func (o *Outlet) attempt(ctx context.Context, batch []record.Record) (handled int, err error) {
	for {
		err = contain(func() error { return o.handler.Handle(ctx, batch) })
		if err == nil {
			return len(batch), nil
		}
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			return min(max(partial.Handled, 0), len(batch)), err
		}
		if _, final := verdict(err); !final || len(batch) == 1 {
			return 0, err
		}
		batch = batch[:len(batch)/2]
	}
}

// verdict says whether trying again is of no use, and what the record is then dropped for.
func verdict(err error) (Reason, bool) {
	if _, ok := errors.AsType[*record.PanicError](err); ok {
		return Panicked, true
	}
	return Refused, record.IsPermanent(err)
}

// contain calls f and returns a panic of it as an error.
func contain(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &record.PanicError{Value: p}
		}
	}()
	return f()
}

// settle counts records that are done with: as handled, or, if reason is not negative, as dropped.
func (o *Outlet) settle(batch []record.Record, told bool, reason int) {
	if told {
		return // it stands in no count
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flying -= len(batch)
	if reason < 0 {
		o.counts.Handled += uint64(len(batch))
		return
	}
	for i := range batch {
		at := band(batch[i].Level)
		o.counts.Dropped[reason][at]++
		o.log.gap.note(o.flyingFirst, at, Reason(reason))
	}
}
