package sender

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// errDeaf is said of a receiver that was asked once.
	errDeaf = errors.New("the receiver does not close its side after ours, so nothing can be confirmed there")
	// errUnanswered is why a connection has no verdict.
	errUnanswered = errors.New("the receiver did not close its side in time")
	// errTurnedAway is said of a server that accepts a connection and closes it.
	errTurnedAway = errors.New("it closed the connection before a record was written")
)

// ready returns a connection that can be written on. It waits for the verdict on the one before,
// because order is kept only when what was written there has been read, and connects, however long
// that takes. Its errors are ctx's.
func (s *Socket) ready(ctx context.Context) (*conn, error) {
	for {
		if err := ended(ctx); err != nil {
			return nil, err
		}
		switch c := s.conn; {
		case c == nil:
			if err := s.connect(ctx); err != nil {
				return nil, err
			}
		case c.asked || c.over():
			if err := s.answer(ctx); err != nil && !errors.Is(err, ErrUnconfirmed) {
				return nil, err
			}
		default:
			return c, nil
		}
	}
}

// connect makes a connection, with pauses between its attempts, until ctx ends.
func (s *Socket) connect(ctx context.Context) error {
	for {
		if err := sleep(ctx, time.Until(s.outage.retry)); err != nil {
			return err
		}
		c, err := s.dialer(ctx, s.o.Network, s.o.Address)
		if err == nil {
			s.conn = newConn(c, !s.o.datagrams())
			break
		}
		if err := ended(ctx); err != nil {
			return err
		}
		s.answers, s.deaf = false, false // what comes back may be another program
		s.fail(err, 0)
	}
	s.ledger.book(func(t *Stats) { t.Connections, t.Connected = t.Connections+1, true })
	s.back()
	if s.o.datagrams() {
		return nil
	}
	if !s.tending {
		s.tending = true
		s.wait.Go(s.tend)
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
	return nil
}

// push writes what is to be written, on as many connections as that takes. Its errors are ctx's.
func (s *Socket) push(ctx context.Context) error {
	for !s.out.empty() {
		c, err := s.ready(ctx)
		if err != nil {
			return err
		}
		n, err := c.write(ctx, s.out.next(s.suspect), s.o.WriteTimeout)
		whole, fresh := s.out.wrote(n)
		c.whole += uint64(whole)
		s.ledger.book(func(t *Stats) {
			t.Handled += uint64(fresh)
			t.Waiting += uint64(fresh)
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return ended(ctx)
		case err != nil:
			_ = s.conclude(err) // booked, and told there
		case s.deaf:
		case s.suspect, s.o.ConfirmBytes > 0 && c.bytes >= s.o.ConfirmBytes:
			_ = s.ask()
		}
	}
	return nil
}

// finish writes what an earlier call left.
func (s *Socket) finish(ctx context.Context) error {
	if s.out.empty() {
		return nil
	}
	err := s.push(ctx)
	s.leave()
	return err
}

// leave is frames.leave, and books the record that is kept.
func (s *Socket) leave() (taken int) {
	before := s.out.kept
	taken = s.out.leave()
	if s.out.kept && !before {
		s.ledger.book(func(t *Stats) {
			t.Handled++
			t.Waiting++
		})
	}
	return taken
}

// ask closes our side of the connection, so that the receiver confirms it by closing its own. The
// error is conclude's.
func (s *Socket) ask() error {
	c := s.conn
	if c.asked || c.over() {
		return nil
	}
	wait := s.o.ConfirmTimeout
	if s.answers {
		wait = max(wait, s.o.WriteTimeout)
	}
	if err := c.ask(wait); err != nil {
		return s.conclude(err)
	}
	return nil
}

// answer waits until the receiver has closed its side, and concludes. Without a connection there is
// nothing to wait for. Its errors are ctx's, and conclude's.
func (s *Socket) answer(ctx context.Context) error {
	c := s.conn
	if c == nil {
		return nil
	}
	if !c.over() {
		timeout := time.NewTimer(time.Until(c.deadline))
		defer timeout.Stop()
		select {
		case <-c.ended:
		case <-timeout.C:
		case <-ctx.Done():
			return ended(ctx)
		}
	}
	if !c.over() {
		return s.conclude(errUnanswered)
	}
	why, done := c.verdict(ctx)
	if !done {
		return ended(ctx)
	}
	return s.conclude(why)
}

// conclude closes the connection and books its records: as confirmed if why is nil, else as
// unconfirmed, which is also the error then.
func (s *Socket) conclude(why error) error {
	c := s.conn
	s.conn = nil
	if why != nil && c.over() && !errors.Is(c.err, io.EOF) {
		why = c.err // a reset says more than the failed write after it
	}
	c.close()
	s.out.rewind()
	n := c.whole
	if why == nil {
		s.ledger.book(func(t *Stats) {
			t.Waiting, t.Confirmed, t.Connected = t.Waiting-n, t.Confirmed+n, false
		})
		s.confirmed(c)
		return nil
	}
	s.ledger.book(func(t *Stats) {
		t.Waiting, t.Unconfirmed, t.Connected = t.Waiting-n, t.Unconfirmed+n, false
	})
	why = bare(why)
	if errors.Is(why, errUnanswered) && !s.answers {
		s.deaf, s.suspect = true, false
		s.tell(s.about(unconfirmed(n, errDeaf)))
		return unconfirmed(n, errDeaf)
	}
	s.answers, s.deaf = false, false
	if time.Since(c.opened) > s.o.BackoffMax {
		s.outage.fails = 0 // it was good for a while
	}
	if n > 0 {
		s.suspect = true
	}
	s.fail(why, n)
	if n == 0 {
		return nil
	}
	return unconfirmed(n, why)
}

// confirmed draws the conclusions from a connection that ended well.
func (s *Socket) confirmed(c *conn) {
	if c.whole > 0 {
		s.suspect = false
		s.outage.fails = 0
	}
	switch {
	case !c.first:
		s.answers = true
	case c.whole > 0: // it is going away in good order
		s.putOff()
	default:
		s.fail(errTurnedAway, 0)
	}
}
