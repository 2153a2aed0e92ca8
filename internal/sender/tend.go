package sender

import (
	"context"
	"time"
)

// tend does what is due when no record comes: it confirms an idle connection, finds out what became of
// one that the receiver closed, and tells what was not told yet. It runs from the first connection until Close.
func (s *Socket) tend() {
	for {
		ctx, done, err := s.begin(context.Background())
		if err != nil {
			return
		}
		over, at := s.due(ctx)
		if rest := s.tellRest(); at.IsZero() || !rest.IsZero() && rest.Before(at) {
			at = rest
		}
		done()
		if !s.nap(over, at) {
			return
		}
	}
}

// nap waits until something may be due: until the connection is over, the time has come, or there is
// another connection. It returns false when the Socket is closed.
func (s *Socket) nap(over <-chan struct{}, at time.Time) bool {
	var alarm <-chan time.Time // never, if at is zero
	if !at.IsZero() {
		t := time.NewTimer(time.Until(at))
		defer t.Stop()
		alarm = t.C
	}
	select {
	case <-over:
	case <-alarm:
	case <-s.poke:
	case <-s.closing:
		return false
	}
	return true
}

// due does what is due and returns what to wait for.
func (s *Socket) due(ctx context.Context) (over <-chan struct{}, at time.Time) {
	for ctx.Err() == nil {
		switch c := s.conn; {
		case c == nil && s.out.empty():
			return nil, at
		case c == nil:
			_ = s.finish(ctx) // the record is held; nobody else may come to send it
		case c.over(), c.asked && !time.Now().Before(c.deadline):
			_ = s.answer(ctx) // booked and told
		case c.asked:
			return c.ended, c.deadline
		case s.out.empty() && (s.deaf || s.o.ConfirmIdle < 0):
			return c.ended, at
		case time.Now().Before(c.wrote.Add(s.o.ConfirmIdle)):
			return c.ended, c.wrote.Add(s.o.ConfirmIdle)
		case s.out.empty():
			_ = s.ask()
		default:
			_ = s.finish(ctx)
		}
	}
	return nil, at
}
