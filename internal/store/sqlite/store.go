package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/internal/notice"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// Store keeps records in the files of a directory. It is a [record.Handler], and a [store.Reader] of what it has
// handled. All methods may be called from any goroutine.
type Store struct {
	o       Options
	dir     string
	codec   *chunk.Codec
	lock    *datadir.Held
	notices notice.Board
	intake  intake
	ledger  ledger
	expired atomic.Uint64 // records
	damage  damage

	// turn has a token while somebody writes. Who has it may change what follows.
	turn      chan struct{}
	positions map[uint64]record.ID // the last record kept of each epoch
	head      *head                // the newest one; it is in heads
	day       string               // of the newest file
	room      room
	batches   chunk.BatchPacker

	full chan struct{} // has a token when there is a head to make a chunk of
	stop context.CancelFunc
	done chan struct{} // closed when no more chunks are made

	// workers has a token for each chunk that is being searched.
	workers chan struct{}

	mu      sync.Mutex // guards all below, and users and gone of files
	shelves []*shelf
	heads   []*head
	last    record.ID     // of positions, but for the own epoch
	users   int           // queries under way
	unused  chan struct{} // closed when there are none any more, while Close waits
	closed  bool
	sealErr error // why no chunk can be made at the moment
	// progress is closed when it was tried to make a chunk.
	progress chan struct{}
}

var (
	_ record.Handler = (*Store)(nil)
	_ store.Reader   = (*Store)(nil)
)

// Position returns the id of the last record that is kept of the stream in front: that stream goes on behind it.
// It is false if there is none.
func (s *Store) Position() (record.ID, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, !s.last.IsZero()
}

// moved sets the last records kept of some epochs. The mutex is held, if others have the store already.
func (s *Store) moved(positions map[uint64]record.ID) {
	for epoch, id := range positions {
		if id.Compare(s.positions[epoch]) <= 0 {
			continue
		}
		s.positions[epoch] = id
		if epoch != ownEpoch && id.Compare(s.last) > 0 {
			s.last = id
		}
	}
}

// Close ends the making of chunks, waits for queries under way until ctx ends, and closes the files. What is
// pending stays so. Closing twice is fine.
func (s *Store) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	var unused chan struct{}
	if s.users > 0 {
		unused = make(chan struct{})
		s.unused = unused
	}
	s.mu.Unlock()
	s.intake.close()
	if s.stop != nil {
		s.stop()
		<-s.done
	}
	s.turn <- struct{}{} // for ever
	var err error
	if unused != nil {
		select {
		case <-unused:
		case <-ctx.Done():
			err = fmt.Errorf("close store: a query is under way: %w", context.Cause(ctx))
		}
	}
	return errors.Join(err, s.closeFiles())
}

func (s *Store) closeFiles() error {
	var errs []error
	for _, sh := range s.shelves {
		if sh.w != nil {
			errs = append(errs, sh.w.checkpoint())
		}
		errs = append(errs, sh.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
