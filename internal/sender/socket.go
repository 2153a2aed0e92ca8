package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

var (
	// ErrClosed is the error of a Socket that was closed. It is permanent: see [record.Permanent].
	ErrClosed = errors.New("sender is closed")
	// ErrUnconfirmed says that records were written, and that the receiver may not have read them.
	ErrUnconfirmed = errors.New("not confirmed by the receiver")
)

// Socket sends records to one address. It is a [record.Handler], a [record.Flusher] and an
// [io.Closer], and safe for use by several goroutines, which take turns.
type Socket struct {
	o      Options
	dialer func(ctx context.Context, network, address string) (net.Conn, error)
	ledger ledger

	// turn holds a token while somebody uses what follows. It is a channel so that waiting for it can
	// end with a context.
	turn   chan struct{}
	out    frames
	conn   *conn // nil while there is none
	outage outage
	// suspect says that the last connection broke with unconfirmed records: the next one gets a single
	// record, which must be confirmed before others follow, because there are servers, and balancers
	// before them, that accept everything and read nothing.
	suspect bool
	// answers says that the receiver has closed its side after ours since it was last away; deaf, that
	// it never does, so that nothing is confirmed any more.
	answers, deaf bool

	tending bool          // the goroutine runs
	poke    chan struct{} // tells it that there is a new connection
	wait    sync.WaitGroup

	mu      sync.Mutex              // guards cancel and the closing of closing
	cancel  context.CancelCauseFunc // breaks off who has the turn
	closing chan struct{}           // closed by the first Close
	closed  chan struct{}           // closed when that is done
}

// NewSocket returns a Socket for the address that o names. It checks o and does nothing else: the
// first connection is made for the first record.
func NewSocket(o Options) (*Socket, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	d := &net.Dialer{Timeout: o.DialTimeout}
	return socketOf(o, d.DialContext, frames{encode: pickle.AppendFrame, max: o.MaxFrame}), nil
}

// socketOf returns a Socket with options that are complete.
func socketOf(o Options, dialer func(ctx context.Context, network, address string) (net.Conn, error), out frames) *Socket {
	return &Socket{
		o:       o,
		dialer:  dialer,
		out:     out,
		turn:    make(chan struct{}, 1),
		poke:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		closed:  make(chan struct{}),
	}
}

// Handle writes the records of batch in their order, as one write where they fit, and returns nil when
// the last one was written: see the package documentation for what that means. It connects first if
// need be, and while the receiver is away it waits for it until ctx ends. Its error is then a
// [record.PartialError] that says exactly how many records were taken; a record that is too large is
// a permanent one.
func (s *Socket) Handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if s.o.datagrams() {
		return s.handlePackets(ctx, batch)
	}
	if err := s.finish(ctx); err != nil {
		return &record.PartialError{Err: err}
	}
	for taken := 0; taken < len(batch); {
		n, tooLarge := s.out.fill(batch[taken:])
		pushErr := s.push(ctx)
		taken += s.leave()
		switch {
		case taken == len(batch): // the last may be kept, half written
		case pushErr != nil:
			return &record.PartialError{Handled: taken, Err: pushErr}
		case tooLarge != nil:
			s.ledger.book(func(t *Stats) { t.TooLarge++ })
			return &record.PartialError{Handled: taken, Err: record.Permanent(s.about(tooLarge))}
		case n == 0:
			panic("sender: a batch does not move on")
		}
	}
	return nil
}

// Flush waits until what was handled before the call is confirmed. It is nil too where that cannot be
// had: for datagrams, and for a receiver that is known never to confirm. Records that turn out to be
// unconfirmed are an error that wraps [ErrUnconfirmed]; an earlier loss is not told again.
func (s *Socket) Flush(ctx context.Context) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.flush(ctx); err != nil {
		return s.about(err)
	}
	return nil
}

// flush is Flush for who has the turn.
func (s *Socket) flush(ctx context.Context) error {
	if s.o.datagrams() {
		return nil
	}
	if err := s.finish(ctx); err != nil {
		return err
	}
	if s.conn == nil || s.deaf {
		return nil
	}
	if err := s.ask(); err != nil {
		return err
	}
	return s.answer(ctx)
}

// Close is CloseContext with a bound of ConfirmTimeout.
func (s *Socket) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.o.ConfirmTimeout)
	defer cancel()
	return s.CloseContext(ctx)
}

// CloseContext confirms what was handled until ctx ends, then closes the connection and waits for the
// Socket's goroutines. A Handle under way goes on until then. Records that stay unconfirmed are an error
// that wraps [ErrUnconfirmed]. Closing again waits for the first and returns nil.
func (s *Socket) CloseContext(ctx context.Context) error {
	s.mu.Lock()
	select {
	case <-s.closing:
		s.mu.Unlock()
		<-s.closed
		return nil
	default:
	}
	close(s.closing)
	s.mu.Unlock()
	defer close(s.closed)

	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		s.mu.Lock()
		if s.cancel != nil {
			s.cancel(s.closedError())
		}
		s.mu.Unlock()
		s.turn <- struct{}{}
	}
	before := s.Stats().Unconfirmed
	err := s.flush(ctx)
	s.abandon()
	if s.outage.untold > 0 {
		s.tellAway()
	}
	<-s.turn
	s.wait.Wait()
	if n := s.Stats().Unconfirmed - before; n > 0 && !errors.Is(err, ErrUnconfirmed) && !s.o.datagrams() {
		if err == nil {
			err = errDeaf
		}
		err = unconfirmed(n, err)
	}
	if err != nil {
		return s.about(err)
	}
	return nil
}

// abandon closes the connection for good. What was not confirmed by now never will be.
func (s *Socket) abandon() {
	if s.conn != nil {
		s.conn.close()
		s.conn = nil
	}
	s.ledger.book(func(t *Stats) {
		t.Unconfirmed += t.Waiting
		t.Waiting, t.Connected = 0, false
	})
}

// begin takes the turn and returns a context that ends with ctx, and early when the Socket is closed and
// that does not wait any longer. done gives the turn back.
func (s *Socket) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	select {
	case s.turn <- struct{}{}:
	case <-s.closing:
		return nil, nil, s.closedError()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closing: // the select above chooses at random
		<-s.turn
		cancel(nil)
		return nil, nil, s.closedError()
	default:
	}
	s.cancel = cancel
	return ctx, func() {
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
		cancel(nil)
		<-s.turn
	}, nil
}

// closedError is what a call gets that comes after Close, or is broken off by it.
func (s *Socket) closedError() error { return record.Permanent(s.about(ErrClosed)) }

// about says in an error where it happened.
func (s *Socket) about(err error) error {
	return fmt.Errorf("send to %s %s: %w", s.o.Network, s.o.Address, err)
}

var _ interface {
	record.Handler
	record.Flusher
	Close() error
} = (*Socket)(nil)
