package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The pauses between attempts to come back: each is about double the one before.
const (
	minPause = 250 * time.Millisecond
	maxPause = 10 * time.Second
)

// Lost says that the connection was lost. It is tried again until the server is back.
type Lost struct{ Err error }

// Back says that the server is back.
type Back struct {
	// After is how long it was away.
	After time.Duration
	// Resumed is true if it goes on where it was: nothing that arrived is left out but what a Gap tells. Else
	// nothing is known of what arrived meanwhile.
	Resumed bool
}

// Follow tells f what arrives until ctx ends or f returns an error, whose error it returns. When the connection is
// lost it comes back, and goes on behind the last record that f was given, so that f is given each record once. The
// first attempt, unless q is patient, and a server that refuses to answer, are not tried again. f is called from one goroutine, and while
// it takes its time the server waits, or leaves out records and tells a Gap.
func (c *Client) Follow(ctx context.Context, q TailQuery, f func(Event) error) error {
	w := follower{q: q, f: f}
	for {
		w.resumed = w.q.After
		err := c.tail(ctx, w.q, w.event)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case w.failed != nil:
			return w.failed
		case !w.greeted && !q.Patient || !passing(err):
			return err
		}
		if w.lost.IsZero() {
			w.lost, w.pause = time.Now(), minPause
			if err := f(Event{Lost: &Lost{err}}); err != nil {
				return err
			}
		}
		select {
		case <-time.After(w.pause/2 + rand.N(w.pause)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		w.pause = min(2*w.pause, maxPause)
	}
}

// passing reports whether an error may pass.
func passing(err error) bool {
	if e, ok := errors.AsType[*AnswerError](err); ok {
		return e.Status >= 500 || e.Status == http.StatusTooManyRequests
	}
	_, ok := errors.AsType[*UnreachedError](err)
	return ok
}

// follower is what is known from one connection to the next.
type follower struct {
	q       TailQuery // the next one
	resumed record.ID // behind which this one began
	f       func(Event) error
	failed  error     // of f
	greeted bool      // there was a connection
	lost    time.Time // since when there is none; zero if there is one
	pause   time.Duration
}

// event hands an event on, and notes where to go on behind it.
func (w *follower) event(e Event) error {
	switch {
	case e.Hello != nil:
		w.hello(e.Hello)
	case e.Gap != nil:
		w.at(e.Gap.To)
	default:
		e.Records = w.fresh(e.Records)
		for i := range e.Records {
			w.at(e.Records[i].ID)
		}
	}
	w.at(e.at)
	if w.failed == nil && (e.Hello != nil || e.Gap != nil || len(e.Records) > 0) {
		w.failed = w.f(e)
	}
	return w.failed
}

// hello notes that there is a connection, and whether it goes on where the one before ended.
func (w *follower) hello(h *Hello) {
	other := h.Last.Compare(w.q.After) < 0 // another server, or one that lost what it had
	if !w.lost.IsZero() {
		w.failed = w.f(Event{Back: &Back{After: time.Since(w.lost), Resumed: !w.resumed.IsZero() && !other}})
	}
	w.greeted, w.lost = true, time.Time{}
	switch {
	case other:
		w.q.After, w.resumed = h.Last, record.ID{}
	case w.q.After.IsZero():
		w.q.After = h.Last
	}
}

// at notes that all up to a record was told.
func (w *follower) at(id record.ID) {
	if id.Compare(w.q.After) > 0 {
		w.q.After = id
	}
}

// fresh returns the records that the connections before did not tell.
func (w *follower) fresh(records []record.Record) []record.Record {
	return slices.DeleteFunc(records, func(r record.Record) bool {
		return !r.ID.IsZero() && r.ID.Compare(w.resumed) <= 0
	})
}
