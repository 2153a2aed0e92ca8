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
	var b batch
	if o.over.spill != nil {
		go o.runSpill()
	}
	for o.take(&b) {
		b.fill(&o.l.places)
		o.deliver(ctx, &b)
		o.landed(&b, ctx.Err() == nil)
	}
	o.closeSpill()
	if c, ok := o.handler.(io.Closer); ok {
		if err := delivery.Contain(c.Close); err != nil {
			o.l.report(o.o.Name, fmt.Errorf("close: %w", err))
		}
	}
}

// take waits for records and lends some of them to the batch. It returns false when the outlet is closing
// and empty.
func (o *Outlet) take(b *batch) bool {
	for {
		o.mu.Lock()
		if o.ended {
			o.mu.Unlock()
			return false
		}
		if o.log.count > 0 || o.log.gap.due() {
			_, first, _ := o.log.first()
			if o.log.gap.before(first) {
				o.flyingFirst, o.telling = o.log.gap.first, o.log.gap
				b.tell(o.log.gap.record())
			} else {
				b.parts, o.flying, o.flyingBytes, o.flyingFirst = o.log.lend(b.parts[:0], maxBatch)
				o.flyingEnd = o.log.end()
			}
			o.mu.Unlock()
			return true
		}
		ok, more := o.takeFurther(b)
		closing := o.closing && !o.over.on
		o.mu.Unlock()
		switch {
		case ok, more && o.readBack(b):
			return true
		case more:
		case closing:
			return false
		default:
			<-o.wake
		}
	}
}

// deliver hands the batch over. It returns when no record of it is left, or ctx ended.
func (o *Outlet) deliver(ctx context.Context, b *batch) {
	o.ledger = ledger{o, b.told}
	left := delivery.Deliver(ctx, unasked{o}, b.records, &o.ledger)
	switch {
	case !b.read:
		o.drop(b.records[len(b.records)-left:], b.told, Closed)
	case left == 0:
		o.over.spill.Done()
	default:
		o.mu.Lock() // they stay where they are
		if !b.told {
			o.flying -= left
			o.over.unread += left
		}
		o.mu.Unlock()
	}
}

// closeSpill leaves what is in the Spill to the next who opens it.
func (o *Outlet) closeSpill() {
	v := &o.over
	if v.spill == nil {
		return
	}
	close(v.stop)
	<-v.done
	if err := v.spill.Close(); err != nil {
		o.l.report(o.o.Name, fmt.Errorf("close: %w", err))
	}
}

// ledger counts what becomes of the batch at the handler. told says that the batch is the record that
// tells of a gap, which stands in no count.
type ledger struct {
	o    *Outlet
	told bool
}

// Handled implements [delivery.Ledger].
func (f ledger) Handled(n int) {
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
func (f ledger) Refused(_ context.Context, r *record.Record, err error) error {
	f.o.l.report(f.o.o.Name, err)
	reason := Refused
	if delivery.Panicked(err) {
		reason = Panicked
	}
	f.o.drop([]record.Record{*r}, f.told, reason)
	return nil
}

// Failing implements [delivery.Ledger].
func (f ledger) Failing(err error) { f.o.fail(err) }

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
