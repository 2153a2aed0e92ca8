package stream

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
)

const (
	// roomEvery is how often the publisher looks for room while there is none.
	roomEvery = 200 * time.Millisecond
	// lookEvery and lookBytes are how long, and for how much, the free space of the disk is taken to
	// be what it was.
	lookEvery = 250 * time.Millisecond
	lookBytes = 8 << 20
	// messageCost is about what JetStream's file takes for a message beside its payload.
	messageCost = 256
)

// room knows how much the stream takes, and what the disk has left.
type room struct {
	dir   string // empty for a cluster
	max   int64
	floor int64
	used  atomic.Int64

	mu     sync.Mutex // guards all below
	free   int64      // as it was last seen
	looked time.Time  // when
	since  int64      // what was stored since then
}

// found notes what the stream takes.
func (r *room) found(bytes int64) { r.used.Store(bytes) }

// stored notes that a message was stored.
func (r *room) stored(payload int) {
	r.used.Add(int64(payload) + messageCost)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since += int64(payload) + messageCost
}

// lowDisk returns an error if there is less free space than there must be. Unless now is set, it may be
// a moment old.
func (r *room) lowDisk(now bool) error {
	if r.dir == "" || r.floor < 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now || r.since > lookBytes || time.Since(r.looked) > lookEvery {
		d, err := datadir.DiskOf(r.dir)
		if err != nil {
			return fmt.Errorf("look for free space: %w", err)
		}
		r.free, r.looked, r.since = d.Free, time.Now(), 0
	}
	if free := r.free - r.since; free < r.floor {
		return fmt.Errorf("%w: the disk of %s has %d MiB left, and %d MiB are kept free", ErrFull, filepath.Clean(r.dir), free>>20, r.floor>>20)
	}
	return nil
}

// isTight reports whether the disk has less free space than there must be, or hardly any where nothing is said of that.
func (r *room) isTight() bool {
	d, err := datadir.DiskOf(r.dir)
	return err != nil || d.Free < max(r.floor, lookBytes)
}

// left is the free space of the disk as it was last seen.
func (r *room) left() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.free
}

// makeRoom returns when there is room for the next group. It returns false when ctx ended before.
func (p *publisher) makeRoom(ctx context.Context) bool {
	var since time.Time
	for {
		_, _, err := p.engine(ctx)
		if err == nil {
			err = p.s.tryRoom(ctx, p.s.intake.nextBytes())
		}
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return false
		}
		if since.IsZero() {
			since = time.Now()
		}
		p.trouble(err)
		p.s.intake.refuse(unavailable(err), p.flying)
		select {
		case <-p.s.progress:
		case <-time.After(roomEvery):
		case <-ctx.Done():
			return false
		}
	}
	if !since.IsZero() {
		p.well()
		p.s.resumed(time.Since(since))
	}
	return true
}

// tryRoom returns nil if there is room for so many bytes, which it makes if need be: what every handler
// has handled goes first, then what waits for handlers that are not required. Of a disk that is full it says so,
// also where JetStream cannot make room there.
func (s *Stream) tryRoom(ctx context.Context, need int64) error {
	err := s.roomFor(ctx, need+messageCost)
	if err == nil || errors.Is(err, ErrFull) {
		return err
	}
	if low := s.room.lowDisk(true); low != nil {
		return fmt.Errorf("%w: %w", low, err)
	}
	return err
}

// roomFor is tryRoom for so many bytes of file.
func (s *Stream) roomFor(ctx context.Context, need int64) error {
	low := s.room.lowDisk(false)
	over := s.room.used.Load() + need - s.room.max
	if low == nil && over <= 0 {
		return nil
	}
	if low != nil { // as much as is missing, with what a moment of work takes
		over = max(over, s.room.floor-s.room.left()+lookBytes)
	}
	if err := s.saveState(ctx, false); err != nil { // it says what is handled
		return err
	}
	goal := over + s.room.max/16
	freed, err := s.release(ctx, goal, s.handledBefore())
	if err == nil && low == nil && freed < over { // for room on the disk nobody's records are given up
		var more int64
		more, err = s.giveUp(ctx, goal-freed)
		freed += more
	}
	if err != nil {
		return err
	}
	if low != nil {
		return s.room.lowDisk(true)
	}
	if s.room.used.Load()+need > s.room.max {
		return fmt.Errorf("%w: it holds %d MiB, its bound, and %s has not handled them", ErrFull, s.room.used.Load()>>20, s.requiredBehind())
	}
	return nil
}
