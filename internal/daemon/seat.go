package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
)

// seat is a [record.Handler] that hands on to the handler that sits there now, which may be exchanged between two
// batches: what is in front of it, a cursor or a queue, stays.
type seat struct {
	name string

	mu  sync.Mutex // guards now
	now *sitter
}

// sitter is a handler in a seat.
type sitter struct {
	handler record.Handler
	leaving context.Context // ends when what is at the handler is to be given up
	leave   context.CancelFunc
	busy    sync.WaitGroup // batches at the handler; none comes once it sits there no more
	stood   bool           // it sits there no more; the seat's mu guards it
}

func newSeat(name string, h record.Handler) *seat { return &seat{name: name, now: newSitter(h)} }

func newSitter(h record.Handler) *sitter {
	s := &sitter{handler: h}
	s.leaving, s.leave = context.WithCancel(context.Background())
	return s
}

// Handle implements [record.Handler]. What a handler has not taken that was exchanged meanwhile goes to the next.
func (s *seat) Handle(ctx context.Context, batch []record.Record) error {
	for handled := 0; ; {
		now := s.sit()
		err := now.handle(ctx, batch[handled:])
		if err == nil {
			return nil
		}
		partial, ok := errors.AsType[*record.PartialError](err)
		if ok {
			handled += min(max(partial.Handled, 0), len(batch)-handled)
			err = partial.Err
		}
		if s.hasStood(now) && ctx.Err() == nil && !record.IsPermanent(err) && handled < len(batch) {
			continue
		}
		if handled == 0 {
			return err
		}
		return &record.PartialError{Handled: handled, Err: err}
	}
}

// sit returns the handler of now, which has a batch from now on.
func (s *seat) sit() *sitter {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.busy.Add(1)
	return s.now
}

func (s *seat) hasStood(one *sitter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return one.stood
}

// handler returns the handler of now.
func (s *seat) handler() record.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.handler
}

func (t *sitter) handle(ctx context.Context, batch []record.Record) error {
	defer t.busy.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.leaving, cancel)()
	return t.handler.Handle(ctx, batch)
}

// How long a handler that is exchanged or taken out has for the batch that is at it, and then to notice that it is
// given up.
const flightTime, noticeTime = 2 * time.Second, time.Second

// exchange lets h sit there from the next batch on. It returns when the one before has no batch any more and is
// closed; if that hangs, when its time is over: then it is closed when it has come back, and the error says so.
func (s *seat) exchange(ctx context.Context, h record.Handler) error {
	next := newSitter(h)
	s.mu.Lock()
	old := s.now
	old.stood, s.now = true, next
	s.mu.Unlock()
	return old.close(ctx, s.name)
}

// close waits for the batch that is at the handler, and closes the handler. It returns when ctx ends though that
// hangs; then the handler is closed when it has come back.
func (t *sitter) close(ctx context.Context, name string) error {
	free, closed := make(chan struct{}), make(chan error, 1)
	go func() {
		t.busy.Wait()
		close(free)
		var err error
		if c, ok := t.handler.(io.Closer); ok {
			err = delivery.Contain(c.Close)
		}
		t.leave()
		closed <- err
	}()
	select {
	case <-free:
	case <-time.After(flightTime):
	case <-ctx.Done():
	}
	select {
	case <-free:
	default:
		t.leave()
		select {
		case <-free:
		case <-time.After(noticeTime):
			return fmt.Errorf("handler %s: it hangs; it is closed when it has come back", name)
		}
	}
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("close handler %s: %w", name, context.Cause(ctx))
	}
}

// reopen opens the files of the handler anew, if it has any.
func (s *seat) reopen(ctx context.Context) error {
	if r, ok := s.handler().(interface{ Reopen(context.Context) error }); ok {
		return r.Reopen(ctx)
	}
	return nil
}

// close closes the handler of now.
func (s *seat) close(ctx context.Context) error {
	s.mu.Lock()
	now := s.now
	s.mu.Unlock()
	return now.close(ctx, s.name)
}

// Close implements [io.Closer] for the queue, which has nothing at the handler any more.
func (s *seat) Close() error { return s.close(context.Background()) }
