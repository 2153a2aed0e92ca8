package sqlite

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// lookEvery and lookBytes are how long, and for how much, the free space of the disk is taken to
	// be what it was.
	lookEvery = 250 * time.Millisecond
	lookBytes = 8 << 20
)

// room knows what the disk has left. It belongs to who has the turn; only free may be read by others.
type room struct {
	dir    string
	floor  int64 // negative for none
	free   atomic.Int64
	looked time.Time
	since  int64 // what was written since
}

// wrote notes that so many bytes were written, about.
func (r *room) wrote(bytes int) { r.since += int64(bytes) }

// check returns an error if there is less free space than there must be.
func (r *room) check() error {
	if r.floor < 0 {
		return nil
	}
	if r.looked.IsZero() || r.since > lookBytes || time.Since(r.looked) > lookEvery {
		d, err := datadir.DiskOf(r.dir)
		if err != nil {
			return fmt.Errorf("look for free space: %w", err)
		}
		r.free.Store(d.Free)
		r.looked, r.since = time.Now(), 0
	}
	if free := r.free.Load() - r.since; free < r.floor {
		return &record.FullError{Err: fmt.Errorf("%w: the disk of %s has %d MiB left, and %d MiB are kept free", ErrFull, r.dir, free>>20, r.floor>>20)}
	}
	return nil
}
