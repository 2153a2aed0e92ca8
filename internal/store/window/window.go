// Package window keeps the last records in memory, and finds them there: for a server that keeps none on disk.
//
// Records are kept in the order in which they arrived, as they are, and the oldest are given up when there are too
// many or they are too large. A question looks at all of them, which takes some milliseconds.
package window

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// The defaults of Options.
const (
	DefaultRecords = 100_000
	DefaultBytes   = 32 << 20
)

// Options configure a Window.
type Options struct {
	// Records bounds the records that are kept. Defaults to DefaultRecords if zero.
	Records int
	// Bytes bounds about what they take. Defaults to DefaultBytes if zero.
	Bytes int64
	// Idle is how long a [Lazy] keeps records that nobody asks for. Defaults to DefaultIdle if zero.
	Idle time.Duration
}

// entry is a record that is kept. It is immutable.
type entry struct {
	record.Record
	place store.Place
	n     uint64 // how many arrived before it
	bytes int64  // what all that arrived up to it took, about
}

// size is what it takes.
func sizeOf(r *record.Record) int64 {
	const fixed = 600
	attrs, _ := snapshot.Measure(r.Attrs)
	n := fixed + attrs + len(r.Message) + len(r.Stack)
	if r.Exception != nil {
		n += len(r.Exception.Type) + len(r.Exception.Message) + len(r.Exception.Traceback)
	}
	return int64(n)
}

// Window keeps the last records. It is a [record.Handler], and a [store.Reader] of what it keeps. All methods
// may be called from any goroutine.
type Window struct {
	o     Options
	epoch uint64 // of the ids that it gives

	mu      sync.Mutex // guards what follows
	entries []*entry   // appended to, and cut at the front: what was handed out stays as it is
	arrived uint64
	given   uint64               // ids
	bytes   int64                // of all that arrived
	last    map[uint64]record.ID // of each epoch
	grown   chan struct{}        // closed when there is more
}

// New returns a Window.
func New(o Options) *Window {
	if o.Records == 0 {
		o.Records = DefaultRecords
	}
	if o.Bytes == 0 {
		o.Bytes = DefaultBytes
	}
	return &Window{
		// As an epoch of a stream: after those before, and another one than others'.
		o: o, epoch: uint64(time.Now().Unix())<<20 | rand.Uint64N(1<<20),
		last: make(map[uint64]record.ID), grown: make(chan struct{}),
	}
}

// maxEpochs bounds the epochs of which it is known which record was the last.
const maxEpochs = 100

// Handle keeps records. Those with an id come in the order of their ids, and one that is there already is passed over;
// others are given one.
func (w *Window) Handle(ctx context.Context, batch []record.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(batch) == 0 {
		return nil
	}
	kept := make([]*entry, len(batch))
	for i := range batch {
		kept[i] = keep(&batch[i])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range kept {
		w.add(e)
	}
	for n := len(w.entries); n > w.o.Records || n > 1 && w.bytes-w.entries[0].bytes > w.o.Bytes; n-- {
		w.entries = w.entries[1:]
	}
	close(w.grown)
	w.grown = make(chan struct{})
	return nil
}

// keep returns a copy of a record, with what values of a program's own types show.
func keep(r *record.Record) *entry {
	if !chunk.Settled(r) {
		records, err := otlp.NewDecoder(otlp.Limits{}).Decode(otlp.Append(nil, []record.Record{*r}), nil)
		if err == nil && len(records) == 1 {
			records[0].ID = r.ID
			return &entry{Record: records[0]}
		}
	}
	return &entry{Record: r.Clone()}
}

// add adds an entry. mu is held.
func (w *Window) add(e *entry) {
	if e.ID.IsZero() {
		w.given++
		e.ID = record.ID{Epoch: w.epoch, Sequence: w.given}
	} else {
		if e.ID.Compare(w.last[e.ID.Epoch]) <= 0 {
			return
		}
		if len(w.last) >= maxEpochs {
			clear(w.last)
		}
		w.last[e.ID.Epoch] = e.ID
	}
	w.bytes += sizeOf(&e.Record)
	e.place, e.n, e.bytes = store.PlaceOf(&e.Record), w.arrived, w.bytes
	w.arrived++
	w.entries = append(w.entries, e)
}

// now returns what is kept now.
func (w *Window) now() []*entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.entries
}

// Last returns the id of the last record that arrived, the zero id if there was none.
func (w *Window) Last() record.ID {
	if all := w.now(); len(all) > 0 {
		return all[len(all)-1].ID
	}
	return record.ID{}
}

// Stats says how much is kept.
func (w *Window) Stats() (records int, bytes int64) {
	all := w.now()
	if len(all) == 0 {
		return 0, 0
	}
	return len(all), all[len(all)-1].bytes - all[0].bytes + sizeOf(&all[0].Record)
}

// errBuckets is the error of a histogram with too many buckets.
var errBuckets = errors.New("the histogram has too many buckets; make them wider")
