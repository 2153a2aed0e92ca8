package queue

import (
	"context"
	"fmt"
	"io"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
)

// maxBatch and maxBatchBytes bound what a handler is given at once; a record larger than that comes alone.
const (
	maxBatch      = 256
	maxBatchBytes = 1 << 20
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
		if err := delivery.Contain(c.Close); err != nil {
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
		if o.log.count > 0 || o.log.gap.due() {
			_, first := o.log.first()
			if o.log.gap.before(first) {
				o.flyingFirst, o.telling = o.log.gap.first, o.log.gap
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

// deliver hands the batch over. It returns when no record of it is left, or ctx ended.
func (o *Outlet) deliver(ctx context.Context, batch []record.Record, told bool) {
	left := delivery.Deliver(ctx, unasked{o}, batch, flight{o, told})
	o.drop(batch[len(batch)-left:], told, Closed)
}

// flight counts what becomes of the batch at the handler. told says that the batch is the record that
// tells of a gap, which stands in no count.
type flight struct {
	o    *Outlet
	told bool
}

// Handled implements [delivery.Ledger].
func (f flight) Handled(n int) {
	if f.told {
		return
	}
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	f.o.flying -= n
	f.o.counts.Handled += uint64(n)
	f.o.log.gap.mute = false
}

// Refused implements [delivery.Ledger].
func (f flight) Refused(_ context.Context, r *record.Record, err error) error {
	f.o.l.report(f.o.o.Name, err)
	reason := Refused
	if delivery.Panicked(err) {
		reason = Panicked
	}
	f.o.drop([]record.Record{*r}, f.told, reason)
	return nil
}

// Failing implements [delivery.Ledger].
func (f flight) Failing(err error) { f.o.fail(err) }

// drop counts records of the batch at the handler that are given up.
func (o *Outlet) drop(batch []record.Record, told bool, reason Reason) {
	if len(batch) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if told {
		o.log.gap.restore(&o.telling)
		return
	}
	o.flying -= len(batch)
	for i := range batch {
		at := Band(batch[i].Level)
		o.counts.Dropped[reason][at]++
		o.log.gap.note(o.flyingFirst, at, reason)
	}
}
