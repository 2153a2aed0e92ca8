package sender

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// lookAgain is how long a datagram socket is used. Nothing ever tells it that the name of its
// receiver stands for another machine by now.
const lookAgain = time.Minute

// handlePackets writes each record as a datagram.
func (s *Socket) handlePackets(ctx context.Context, batch []record.Record) error {
	for i := range batch {
		s.out.leave()
		_, err := s.out.fill(batch[i : i+1])
		if err == nil {
			err = s.packet(ctx, s.out.buf)
		}
		if _, ok := errors.AsType[*tooLargeError](err); ok {
			s.ledger.book(func(t *Stats) { t.TooLarge++ })
			err = record.Permanent(s.about(err))
		}
		if err != nil {
			return &record.PartialError{Handled: i, Err: err}
		}
		s.ledger.book(func(t *Stats) {
			t.Handled++
			t.Unconfirmed++
		})
	}
	return nil
}

// packet writes one datagram. A receiver that is away is waited for where that can be known: over a
// unix socket. For UDP nobody is there to know it until later, when the next datagram is refused for
// the sake of this one.
func (s *Socket) packet(ctx context.Context, p []byte) error {
	for {
		if c := s.conn; c != nil && time.Since(c.opened) > lookAgain {
			s.hangUp()
		}
		if s.conn == nil {
			if err := s.connect(ctx); err != nil {
				return err
			}
		}
		_, err := s.conn.write(ctx, p, s.o.WriteTimeout)
		switch {
		case err == nil:
			s.outage.fails = 0
			return nil
		case errors.Is(err, syscall.EMSGSIZE):
			return &tooLargeError{size: len(p)}
		case ctx.Err() != nil:
			return ended(ctx)
		case errors.Is(err, syscall.ECONNREFUSED) && strings.HasPrefix(s.o.Network, "udp"):
			s.ledger.book(func(t *Stats) { t.Refused++ })
			s.refused(err)
		default:
			s.hangUp()
			s.fail(err, 0)
		}
	}
}

// refused tells that datagrams are lost, now and then: when they no longer are is never known.
func (s *Socket) refused(why error) {
	now := time.Now()
	if a := &s.outage; a.last.IsZero() || now.Sub(a.last) >= tellEvery {
		a.last = now
		s.tell(s.about(fmt.Errorf("nobody listens there, so datagrams are lost: %w", bare(why))))
	}
}

func (s *Socket) hangUp() {
	s.conn.close()
	s.conn = nil
	s.ledger.book(func(t *Stats) { t.Connected = false })
}
