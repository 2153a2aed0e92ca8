package sender

import (
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// tellEvery is the least time between two messages that a receiver is away.
const tellEvery = 10 * time.Second

// outage is what is known about a receiver that cannot be reached, or not for long. The zero outage
// is none.
type outage struct {
	fails int       // in a row
	retry time.Time // not before then
	since time.Time // when it began; zero while there is none
	// told says that OnError knows of this outage; last is when it was told of any.
	told bool
	last time.Time
	// untold is how many records became unconfirmed since then, and why the reason of the latest.
	untold uint64
	why    error
}

// fail notes a failure, and puts the next attempt off.
func (s *Socket) fail(why error, lost uint64) {
	s.putOff()
	a := &s.outage
	a.why = bare(why)
	a.untold += lost
	now := time.Now()
	if a.since.IsZero() {
		a.since = now
	}
	if a.told && lost == 0 || !a.last.IsZero() && now.Sub(a.last) < tellEvery {
		return
	}
	a.told = true
	s.tellAway()
}

// tellAway tells why the receiver is away, and what that has cost since the last message.
func (s *Socket) tellAway() {
	a := &s.outage
	a.last = time.Now()
	err := a.why
	if a.untold > 0 {
		err = unconfirmed(a.untold, err)
		a.untold = 0
	}
	s.tell(s.about(fmt.Errorf("%w; trying again", err)))
}

// tellRest tells of losses that were too soon after a message, when it is time, or returns when that is.
func (s *Socket) tellRest() (at time.Time) {
	if s.outage.untold == 0 {
		return at
	}
	if at := s.outage.last.Add(tellEvery); time.Now().Before(at) {
		return at
	}
	s.tellAway()
	return at
}

// putOff puts the next attempt to connect off, longer with each failure.
func (s *Socket) putOff() {
	a := &s.outage
	pause := s.o.BackoffMin
	for i := 0; i < a.fails && pause < s.o.BackoffMax; i++ {
		pause *= 2
	}
	pause = min(pause, s.o.BackoffMax)
	a.fails++
	a.retry = time.Now().Add(pause - rand.N(pause/2+1))
}

// back notes that a connection was made.
func (s *Socket) back() {
	a := &s.outage
	if a.told {
		s.tell(s.about(fmt.Errorf("connected again after %v", time.Since(a.since).Round(time.Millisecond))))
	}
	a.told, a.since = false, time.Time{}
}

func (s *Socket) tell(err error) {
	if s.o.OnError != nil {
		s.o.OnError(err)
	}
}

// unconfirmed is the error of n records that are lost, or may be.
func unconfirmed(n uint64, why error) error {
	noun := "records"
	if n == 1 {
		noun = "record"
	}
	return fmt.Errorf("%d %s %w: %w", n, noun, ErrUnconfirmed, why)
}

// bare takes from an error of package net the address, which our own errors name already.
func bare(err error) error {
	if op, ok := err.(*net.OpError); ok && op.Err != nil {
		return op.Err
	}
	return err
}
