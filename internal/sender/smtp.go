package sender

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// SMTP is a handler that mails records. The first one is mailed at once; what comes within the Interval after a mail
// is in the next one, together, so that a flood of errors is a mail a minute and not a flood of mails.
//
// Handle returns when the server has the mail. Where a mail is not due yet, it takes the records and returns: they
// wait in memory, bounded, until the interval is over, or until Flush or Close. With Wait it waits instead. While
// the server is away nothing is taken: Handle returns the error, and who calls it tries again.
//
// Its methods may be called from any goroutine.
type SMTP struct {
	p      smtpPlan
	dial   dialer
	ledger smtpLedger

	turn chan struct{} // a token for who uses what follows
	// pending is what waits for a mail.
	pending digest
	next    time.Time // when one may be sent
	failing bool      // the last one could not be
	armed   bool      // the goroutine that sends the next one runs

	closing chan struct{} // closed by the first Close
	once    sync.Once
	wait    sync.WaitGroup

	mu     sync.Mutex         // guards below
	cancel context.CancelFunc // breaks off the mail under way
}

// NewSMTP returns an SMTP. It checks the options and does not connect yet.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	p, err := o.plan()
	if err != nil {
		return nil, err
	}
	return &SMTP{p: p, dial: (&net.Dialer{}).DialContext, turn: make(chan struct{}, 1), closing: make(chan struct{})}, nil
}

func (s *SMTP) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *SMTP) release() { <-s.turn }

// Handle implements [record.Handler]. Its error is permanent where the server has read the mail and refused it.
func (s *SMTP) Handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.release()
	select {
	case <-s.closing:
		return record.Permanent(s.about(ErrClosed))
	default:
	}
	n := uint64(len(batch))
	all := s.pending.with(batch, &s.p)
	switch early := time.Until(s.next); {
	case early <= 0 || s.failing:
	case s.p.Wait:
		if err := s.sleep(ctx, early); err != nil {
			return err
		}
	default:
		s.pending = all
		s.ledger.book(func(t *SMTPStats) { t.Handled, t.Waiting = t.Handled+n, t.Waiting+n })
		s.arm()
		return nil
	}
	waited := s.pending.total
	if err := s.mail(ctx, &all); err != nil {
		if waited > 0 && record.IsPermanent(err) {
			s.pending = s.pending.withoutText(err)
			err = errors.New(err.Error()) // it may be about what waited
		}
		return err
	}
	s.ledger.book(func(t *SMTPStats) { t.Handled, t.Mailed = t.Handled+n, t.Mailed+n })
	return nil
}

// mail sends a mail with all that waits and more, in one attempt, which Close breaks off when its time is over.
func (s *SMTP) mail(ctx context.Context, all *digest) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.cancel = cancel
	s.mu.Unlock()
	missed, err := s.p.send(ctx, s.dial, s.p.compose(all))
	for _, why := range missed {
		s.tell(why)
	}
	if err != nil {
		s.failing = true
		s.ledger.book(func(t *SMTPStats) { t.Failed++ })
		return s.about(err)
	}
	s.failing = false
	s.next = time.Now().Add(s.p.Interval)
	waited := uint64(s.pending.total)
	s.pending = digest{}
	s.ledger.book(func(t *SMTPStats) {
		t.Mails++
		t.Waiting, t.Mailed = t.Waiting-waited, t.Mailed+waited
	})
	return nil
}

// arm has a goroutine send what waits when it is time.
func (s *SMTP) arm() {
	if s.armed {
		return
	}
	s.armed = true
	s.wait.Go(func() { s.tend(context.Background()) })
}

// The bounds of the pause after a mail that could not be sent behind the back of Handle.
const minMailPause, maxMailPause = time.Second, time.Minute

// tend sends what waits, and ends when nothing does, or when Close takes care of it.
func (s *SMTP) tend(ctx context.Context) {
	s.turn <- struct{}{}
	defer s.release()
	defer func() { s.armed = false }()
	for pause := minMailPause; s.pending.total > 0; {
		at := time.Until(s.next)
		if s.failing {
			at = pause/2 + rand.N(pause)
			pause = min(2*pause, maxMailPause)
		}
		s.release()
		over := s.sleep(ctx, at) != nil
		s.turn <- struct{}{}
		switch {
		case over:
			return
		case s.pending.total == 0 || time.Now().Before(s.next): // Handle or Flush was faster
			continue
		}
		told := s.failing
		if err := s.sendPending(ctx); err != nil && !told {
			s.tell(err)
		}
	}
}

// sleep waits, or returns an error when ctx ends or the SMTP is closed first.
func (s *SMTP) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.closing:
		return s.about(ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendPending mails what waits.
func (s *SMTP) sendPending(ctx context.Context) error {
	all := s.pending
	err := s.mail(ctx, &all)
	if record.IsPermanent(err) {
		s.pending = s.pending.withoutText(err)
	}
	return err
}

// Flush mails what waits, whether it is time or not.
func (s *SMTP) Flush(ctx context.Context) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.release()
	if s.pending.total == 0 {
		return nil
	}
	err := s.sendPending(ctx)
	if record.IsPermanent(err) {
		return s.sendPending(ctx) // without the text
	}
	return err
}

// Close is CloseContext with a bound of twice Timeout.
func (s *SMTP) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*s.p.Timeout)
	defer cancel()
	return s.CloseContext(ctx)
}

// CloseContext mails what waits, until ctx ends; then a mail under way is broken off. What cannot be mailed is dropped, counted and in the error. Closing
// twice is fine.
func (s *SMTP) CloseContext(ctx context.Context) error {
	s.once.Do(func() { close(s.closing) })
	err := s.Flush(ctx)
	s.mu.Lock()
	if s.cancel != nil {
		s.cancel()
	}
	s.mu.Unlock()
	s.turn <- struct{}{}
	n := s.pending.total
	s.pending = digest{}
	s.release()
	s.wait.Wait()
	if n == 0 {
		return nil
	}
	s.ledger.book(func(t *SMTPStats) { t.Waiting, t.Dropped = t.Waiting-uint64(n), t.Dropped+uint64(n) })
	if err == nil {
		err = ErrClosed // a Handle was faster
	}
	return fmt.Errorf("%d records were not mailed: %w", n, err)
}

// about says in an error where it happened.
func (s *SMTP) about(err error) error {
	return fmt.Errorf("send mail by %s: %w", s.p.Address, err)
}

func (s *SMTP) tell(err error) {
	if s.p.OnError != nil {
		s.p.OnError(err)
	}
}

// SMTPStats are the counts of an [SMTP]: at any moment Handled = Mailed + Waiting + Dropped.
type SMTPStats struct {
	// Handled is how many records were taken.
	Handled uint64
	// Mailed is how many of them are in a mail that the server took, by their text or as a number.
	Mailed uint64
	// Waiting is how many wait for the next mail.
	Waiting uint64
	// Dropped is how many Close could not mail.
	Dropped uint64
	// Mails is how many mails the server took, Failed how many attempts there were that it did not.
	Mails, Failed uint64
}

// smtpLedger keeps the SMTPStats.
type smtpLedger struct {
	mu sync.Mutex // guards s
	s  SMTPStats
}

func (l *smtpLedger) book(change func(*SMTPStats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.s)
}

// Stats returns the counts. It never waits.
func (s *SMTP) Stats() SMTPStats {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.s
}
