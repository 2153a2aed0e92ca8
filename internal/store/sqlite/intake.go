package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// ownEpoch is the epoch of the ids that records get here that came without one: those of no stream.
const ownEpoch = 0

// intake is where calls of Handle wait for their turn. Who has it takes all that wait, and keeps their records in
// one transaction.
type intake struct {
	mu     sync.Mutex // guards what follows
	calls  []*call
	closed bool
}

// call is one Handle.
type call struct {
	batch []record.Record
	done  chan error // holds the outcome
}

func (in *intake) enter(c *call) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return store.ErrClosed
	}
	in.calls = append(in.calls, c)
	return nil
}

// take returns the calls that wait.
func (in *intake) take() []*call {
	in.mu.Lock()
	defer in.mu.Unlock()
	calls := in.calls
	in.calls = nil
	return calls
}

// leave takes a call out of the line. It returns false if somebody has taken it.
func (in *intake) leave(c *call) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for i, waiting := range in.calls {
		if waiting == c {
			in.calls = append(in.calls[:i:i], in.calls[i+1:]...)
			return true
		}
	}
	return false
}

// close sends away who waits, and who comes.
func (in *intake) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	for _, c := range in.take() {
		c.done <- store.ErrClosed
	}
}

// Handle keeps records. When it returns nil they are in the file, as safe as the options say, and queries find them.
// An error means that none of them is.
//
// Records with an id are those of a stream, and come in the order of their ids: one at or before the position of its
// epoch is kept already, and is passed over. Others get an id of epoch 0. Calls at the same time share a
// transaction, and one call pays the price of a transaction by itself: who has many records hands them over
// together.
func (s *Store) Handle(ctx context.Context, batch []record.Record) error {
	if s.o.ReadOnly {
		return errors.New("the store is open for reading")
	}
	if len(batch) == 0 {
		return nil
	}
	if err := s.awaitHeads(ctx); err != nil {
		return err
	}
	c := &call{batch: batch, done: make(chan error, 1)}
	if err := s.intake.enter(c); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		s.takeTurn()
		<-s.turn
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if s.intake.leave(c) {
			return fmt.Errorf("store records: %w", context.Cause(ctx))
		}
	}
	return <-c.done
}

// takeTurn keeps the records of all calls that wait.
func (s *Store) takeTurn() {
	calls := s.intake.take()
	n := 0
	for _, c := range calls {
		n += len(c.batch)
	}
	if n == 0 {
		return
	}
	s.ledger.arrived(n)
	repeated := 0
	err := delivery.Contain(func() (err error) { // who waits is answered, whatever is wrong with a record
		if err = s.room.check(); err == nil {
			repeated, err = s.keep(calls, n)
		}
		return err
	})
	s.ledger.settled(n, repeated, err)
	if err != nil {
		err = asFull(err)
		s.notices.Give("keep", "store: %v", err)
	}
	for _, c := range calls {
		c.done <- err
	}
}

// awaitHeads returns when there is a place in memory: only so many records wait there to be made chunks of.
func (s *Store) awaitHeads(ctx context.Context) error {
	for {
		s.mu.Lock()
		waiting, progress, err := s.waiting(), s.progress, s.sealErr
		s.mu.Unlock()
		switch {
		case waiting < maxHeads:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return fmt.Errorf("store records: %w", context.Cause(ctx))
		}
	}
}

// waiting returns how many heads are in memory of which chunks can be made. The mutex is held.
func (s *Store) waiting() (n int) {
	for _, h := range s.heads {
		if !h.stuck {
			n++
		}
	}
	return n
}

// keep puts the records of calls, of which there are n, into the file. It returns how many were there already.
func (s *Store) keep(calls []*call, n int) (repeated int, err error) {
	fresh, positions := s.fresh(calls, n)
	if len(fresh) == 0 {
		return n, nil
	}
	if err := s.turnOver(time.Now()); err != nil {
		return 0, err
	}
	err = s.write(fresh, positions)
	if isDamage(err) { // what was in the file stays there, and what comes goes into another one
		s.damage.add(s.head.file.name, "it cannot be written any more, and a new file is begun: "+err.Error(), s.o.Notify)
		if err = s.newFile(context.Background(), s.day); err == nil {
			err = s.write(fresh, positions)
		}
	}
	if err != nil {
		return 0, err
	}
	return n - len(fresh), nil
}

// write puts records into the newest file, with the positions behind them, and then into memory.
func (s *Store) write(records []record.Record, positions map[uint64]record.ID) error {
	pieces, err := s.cut(records)
	if err != nil {
		return err
	}
	w := s.head.file.w
	err = w.transact(func() error {
		row := w.lastPending
		for _, p := range pieces {
			if len(p.records) == 0 {
				continue
			}
			row++
			if _, err := w.insertPending.Exec(row, p.data); err != nil {
				return err
			}
		}
		for _, id := range positions {
			if err := w.position(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store records in %s: %w", s.head.file.name, err)
	}
	s.accept(pieces, positions)
	return nil
}

// fresh returns the records that are not kept yet, each with an id, and the positions after them. Their attrs are
// still the callers'.
func (s *Store) fresh(calls []*call, n int) ([]record.Record, map[uint64]record.ID) {
	positions := make(map[uint64]record.ID, 2)
	fresh := make([]record.Record, 0, n)
	own := record.ID{Sequence: s.positions[ownEpoch].Sequence + 1}
	epoch, at := uint64(ownEpoch), record.ID{} // of the record before
	for _, c := range calls {
		for i := range c.batch {
			id := c.batch[i].ID
			switch {
			case id.Epoch == ownEpoch:
				id = own
				own.Index++
				positions[ownEpoch] = id
			case id.Epoch != epoch:
				epoch = id.Epoch
				var known bool
				if at, known = positions[epoch]; !known {
					at = s.positions[epoch]
				}
				fallthrough
			default:
				if id.Compare(at) <= 0 {
					continue
				}
				at = id
				positions[epoch] = at
			}
			fresh = append(fresh, c.batch[i])
			fresh[len(fresh)-1].ID = id
		}
	}
	return fresh, positions
}

// piece is records that go into one pending row, and into one head.
type piece struct {
	records []record.Record // our own, with all that they refer to
	data    []byte
	full    bool // the head is full then
}

// cut makes pieces of records: one that fills the head, and others for heads that are to come.
func (s *Store) cut(records []record.Record) (pieces []piece, err error) {
	h := head{bytes: s.head.bytes, records: s.head.records}
	for len(records) > 0 {
		n := h.room(records, s.o.ChunkRecords)
		p := piece{full: n < len(records) || len(h.records)+n >= s.o.ChunkRecords}
		if n > 0 {
			p.data = s.batches.Append(nil, records[:n])
			if p.records, err = settle(records[:n], p.data); err != nil {
				return nil, record.Permanent(fmt.Errorf("store records: %w", err)) // it will be so again
			}
		}
		pieces = append(pieces, p)
		records = records[n:]
		h = head{}
	}
	return pieces, nil
}

// accept puts pieces that are in the file into memory, where queries see all of them at once.
func (s *Store) accept(pieces []piece, positions map[uint64]record.ID) {
	w := s.head.file.w
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved(positions)
	for i := range pieces {
		p := &pieces[i]
		if len(p.records) > 0 {
			w.lastPending++
			s.head.add(w.lastPending, p.records)
			s.room.wrote(len(p.data))
		}
		if p.full {
			s.begin(s.head.file)
		}
	}
}

// begin begins a new head, and lets a chunk be made of the one before, if it has records. The mutex is held.
func (s *Store) begin(f *file) {
	if s.head != nil && len(s.head.records) == 0 {
		s.heads = s.heads[:len(s.heads)-1]
	}
	s.head = &head{file: f, records: make([]record.Record, 0, min(s.o.ChunkRecords, 4096))}
	s.heads = append(s.heads, s.head)
	select {
	case s.full <- struct{}{}:
	default:
	}
}
