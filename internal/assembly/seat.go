package assembly

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
)

// Seat is a [record.Handler] that hands on to the handler that sits there now. That one may be exchanged at any time
// while what is in front of the Seat, a queue or a cursor with all that waits there, stays as it is. Its methods
// may be called from any goroutine.
type Seat struct {
	mu     sync.Mutex // guards now and closed
	now    *sitter
	closed bool
}

// sitter is a handler in a Seat.
type sitter struct {
	handler record.Handler
	form    func(dst []byte, r *record.Record) []byte // nil if its records have no forms
	leaving context.Context                           // ends when the batch at the handler is to be given up
	leave   context.CancelFunc
	busy    sync.WaitGroup // batches at the handler; none comes once another one sits there
}

// NewSeat returns a Seat with a handler, which is the Seat's from then on.
func NewSeat(h record.Handler) *Seat { return &Seat{now: newSitter(h)} }

func newSitter(h record.Handler) *sitter {
	s := &sitter{handler: h}
	s.leaving, s.leave = context.WithCancel(context.Background())
	if f, ok := h.(record.Former); ok && reflect.TypeOf(h).Comparable() {
		if of, form := f.NewForm(); of == h {
			s.form = form
		}
	}
	return s
}

// sitting returns the handler of now.
func (s *Seat) sitting() *sitter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// sit returns the handler of now, which has a batch until busy is told otherwise.
func (s *Seat) sit() *sitter {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.busy.Add(1)
	return s.now
}

// Handle implements [record.Handler]. What a handler that is exchanged meanwhile has not taken goes to the next.
func (s *Seat) Handle(ctx context.Context, batch []record.Record) error {
	for handled := 0; ; {
		now := s.sit()
		err := now.handle(ctx, batch[handled:])
		if err == nil {
			return nil
		}
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			handled += min(max(partial.Handled, 0), len(batch)-handled)
			err = partial.Err
		}
		if s.sitting() != now && ctx.Err() == nil && !record.IsPermanent(err) && handled < len(batch) {
			continue
		}
		if handled == 0 {
			return err
		}
		return &record.PartialError{Handled: handled, Err: err}
	}
}

func (t *sitter) handle(ctx context.Context, batch []record.Record) error {
	defer t.busy.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.leaving, cancel)()
	return t.handler.Handle(ctx, batch)
}

// NewForm implements [record.Former]: forms are those of the handler of now. There are none if the first handler
// makes none.
func (s *Seat) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	if s.sitting().form == nil {
		return s, nil
	}
	return s, func(dst []byte, r *record.Record) []byte {
		if form := s.sitting().form; form != nil {
			return form(dst, r)
		}
		return dst
	}
}

// Flush implements [record.Flusher].
func (s *Seat) Flush(ctx context.Context) error { return flushed(ctx, s.sitting().handler) }

// Reopen opens the handler's files anew, if it has any.
func (s *Seat) Reopen(ctx context.Context) error { return reopened(ctx, s.sitting().handler) }

// A handler that is exchanged has so long to finish the batch it has, and then so long to notice that it is not to.
const finishTime, noticeTime = 2 * time.Second, time.Second

// Exchange lets h take the place of the handler, from the next batch on, and closes the one before, which has a
// moment to finish the batch that it has; what it has not taken of it then goes to h. Exchange returns when the one
// before is closed. One that hangs is closed when it has come back, and the error says so, as it does where ctx ends
// first. On a Seat that is closed it closes h.
func (s *Seat) Exchange(ctx context.Context, h record.Handler) error {
	next := newSitter(h)
	s.mu.Lock()
	old := s.now
	if s.closed {
		old = next
	} else {
		s.now = next
	}
	s.mu.Unlock()
	return old.stand(ctx)
}

// stand waits until the handler has no batch any more, and closes it.
func (t *sitter) stand(ctx context.Context) error {
	free, done := make(chan struct{}), make(chan error, 1)
	go func() {
		t.busy.Wait()
		close(free)
		err := delivery.Contain(func() error { return closed(t.handler) })
		t.leave()
		done <- err
	}()
	finish, cancel := context.WithTimeout(ctx, finishTime)
	defer cancel()
	select {
	case <-free:
	case <-finish.Done():
		t.leave()
		select {
		case <-free:
		case <-time.After(noticeTime):
			return errors.New("the handler before hangs; it is closed when it comes back")
		}
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("close the handler before: %w", context.Cause(ctx))
	}
}

// Close closes the handler. Whoever is in front of the Seat hands nothing to it any more. Closing twice is fine.
func (s *Seat) Close() error {
	s.mu.Lock()
	s.closed = true
	now := s.now
	s.mu.Unlock()
	now.leave()
	return closed(now.handler)
}
