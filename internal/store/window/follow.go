package window

import (
	"context"
	"sort"

	"github.com/jackdaw-log/jackdaw/record"
)

// Start says where to begin to follow a window.
type Start struct {
	// After is the last record that is known already.
	After record.ID
	// Last is how many records before the end to begin, if there is no After.
	Last uint64
	// MaxBehind bounds how many bytes the follower may be behind the end; what it is further behind it misses. There is
	// no bound if it is zero.
	MaxBehind int64
}

// Missed is how many records a follower did not get.
type Missed struct {
	Records uint64
	// AtLeast is set when there may be more.
	AtLeast bool
}

// Follower reads what arrives. It is not for concurrent use.
type Follower struct {
	w      *Window
	s      Start
	at     uint64 // how many had arrived before the next one
	missed Missed
	batch  []record.Record
}

// Follow returns a follower.
func (w *Window) Follow(s Start) *Follower {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &Follower{w: w, s: s, at: w.arrived}
	switch {
	case !s.After.IsZero():
		f.at, f.missed = w.behind(s.After)
	case s.Last > 0:
		f.at -= min(s.Last, uint64(len(w.entries)))
	}
	return f
}

// behind returns where to go on behind a record, and how many there were in between that are gone. mu is held.
func (w *Window) behind(id record.ID) (at uint64, gone Missed) {
	// What is new to who has the record is of a later epoch, or behind it.
	i := sort.Search(len(w.entries), func(i int) bool { return w.entries[i].ID.Compare(id) > 0 })
	at = w.arrived - uint64(len(w.entries)-i)
	switch {
	case i > 0 && w.entries[i-1].ID == id:
		return at, Missed{}
	case i == 0 && id.Epoch == w.epoch && len(w.entries) > 0 && w.entries[0].ID.Epoch == w.epoch:
		return at, Missed{Records: w.entries[0].ID.Sequence - id.Sequence - 1} // these are given one after another
	}
	return at, Missed{AtLeast: true}
}

// maxBatch bounds the records of a batch.
const maxBatch = 256

// Next waits for the next records, until ctx ends. missed says how many there were before them that are gone. The batch
// is never empty, must not be changed, and is good until the next call. The error is ctx's.
func (f *Follower) Next(ctx context.Context) (batch []record.Record, missed Missed, err error) {
	for {
		grown := f.take()
		if len(f.batch) > 0 {
			missed, f.missed = f.missed, Missed{}
			return f.batch, missed, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, Missed{}, context.Cause(ctx)
		}
	}
}

// take takes the next batch, and returns a channel that is closed when there is more.
func (f *Follower) take() <-chan struct{} {
	w := f.w
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(f.batch)
	f.batch = f.batch[:0]
	begin := w.arrived - uint64(len(w.entries)) // of the first one that is there
	if f.s.MaxBehind > 0 && len(w.entries) > 0 {
		i := sort.Search(len(w.entries), func(i int) bool { return w.bytes-w.entries[i].bytes <= f.s.MaxBehind })
		begin += uint64(i)
	}
	if f.at < begin {
		f.missed.Records += begin - f.at
		f.at = begin
	}
	for i := len(w.entries) - int(w.arrived-f.at); i < len(w.entries) && len(f.batch) < maxBatch; i++ {
		f.batch = append(f.batch, w.entries[i].Record)
	}
	f.at += uint64(len(f.batch))
	return w.grown
}

// Close ends the follower.
func (f *Follower) Close() {}
