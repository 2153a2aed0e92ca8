package receiver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// chunkLen is how much one read takes at most.
	chunkLen = 64 << 10
	// batchLen is how many records one call of Handle takes at most.
	batchLen = 256
	// maxDesks is how many connections may be at work at once. It bounds what 10,000 connections
	// cost whose handler stands still: about 150 KB each for these, nothing for the others, which
	// wait without having read.
	maxDesks = 1024

	// wideChunk and wideBatch take the place of the two where a read did not get all that was there:
	// for a connection that is alone at work, or, with Options.LargeBatches, for maxWide connections
	// at once, a megabyte each.
	wideChunk = 512 << 10
	wideBatch = 1024
	maxWide   = 8
)

// decodeFunc decodes a payload into a zero record, which shares no memory with it then. After an
// error the record may hold anything. It is used by one goroutine at a time.
type decodeFunc func(payload []byte, r *record.Record) error

// desk is what a goroutine needs while it has bytes in its hands. A connection that waits for bytes
// has none.
type desk struct {
	l *ledger
	*memory
	narrow *memory // its own, where memory is a wide one
	decode decodeFunc
	n      int
	seen   uint64 // frames read and not yet counted
	// lost is how many records were dropped since the desk was taken.
	lost int
}

// memory is where a desk reads to, and where its records are made: batch[n:] are zero.
type memory struct {
	chunk []byte
	batch []record.Record
}

// desks hands desks out and takes them back, in the order they were asked for.
type desks struct {
	slots  chan struct{}
	pool   sync.Pool
	decode func() decodeFunc

	wideSlots chan struct{}
	wide      sync.Pool // of *memory
	large     bool      // Options.LargeBatches
}

func (d *desks) init(decode func() decodeFunc, large bool) {
	d.slots = make(chan struct{}, maxDesks)
	d.decode, d.large = decode, large
	d.wideSlots = make(chan struct{}, maxWide)
	d.wide.New = func() any {
		return &memory{chunk: make([]byte, wideChunk), batch: make([]record.Record, wideBatch)}
	}
	d.pool.New = func() any {
		w := d.unslotted(nil)
		w.chunk = make([]byte, chunkLen)
		return w
	}
}

// unslotted returns a desk outside the count, without a chunk.
func (d *desks) unslotted(l *ledger) *desk {
	return &desk{l: l, memory: &memory{batch: make([]record.Record, batchLen)}, decode: d.decode()}
}

// take waits until a desk is free, which counts with l then, or returns nil when ctx ended.
func (d *desks) take(ctx context.Context, l *ledger) *desk {
	select {
	case d.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	w := d.pool.Get().(*desk)
	w.l, w.lost = l, 0
	return w
}

// widen gives w, whose batch is empty, more memory if there is some. It keeps the first n bytes of the
// chunk.
func (d *desks) widen(w *desk, n int) {
	if w.narrow != nil || !d.large && len(d.slots) > 1 {
		return
	}
	select {
	case d.wideSlots <- struct{}{}:
	default:
		return
	}
	m := d.wide.Get().(*memory)
	copy(m.chunk, w.chunk[:n])
	w.memory, w.narrow = m, w.memory
}

// put takes w back, whose batch is empty.
func (d *desks) put(w *desk) {
	if w.narrow != nil {
		d.wide.Put(w.memory)
		w.memory, w.narrow = w.narrow, nil
		<-d.wideSlots
	}
	d.pool.Put(w)
	<-d.slots
}

// count counts the frames read so far. It comes before anything that counts what became of them.
func (w *desk) count() {
	if w.seen > 0 {
		w.l.frames.Add(w.seen)
		w.seen = 0
	}
}

// frame decodes a payload into the batch, and hands the batch over when it is full.
func (r *Receiver) frame(ctx context.Context, w *desk, payload []byte, peer string, now time.Time) {
	w.seen++
	rec := &w.batch[w.n]
	if err := w.decodeFrame(payload, rec); err != nil {
		*rec = record.Record{}
		reason := Undecodable
		if _, ok := errors.AsType[*record.PanicError](err); ok {
			reason = Panicked
			w.decode = r.desks.decode() // the old one may be in any state
		}
		w.count()
		w.l.reject(Reject{Reason: reason, Peer: peer, Detail: err.Error(), Length: len(payload), First: payload})
		return
	}
	rec.Peer, rec.Received = peer, now
	w.n++
	if w.n == len(w.batch) {
		r.handOver(ctx, w, peer)
	}
}

func (w *desk) decodeFrame(payload []byte, rec *record.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &record.PanicError{Value: p}
		}
	}()
	return w.decode(payload, rec)
}
