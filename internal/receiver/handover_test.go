package receiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// A handler's errors are met by the contract of record.Handler: what it took is not offered again,
// what it refuses is dropped and counted, the rest is tried again for RetryTimeout.
func TestHandOver(t *testing.T) {
	temporary := errors.New("not now")
	never := record.Permanent(errors.New("never"))
	f := func(name string, answers []error, offers []string, accepted uint64, dropped map[Reason]uint64, took time.Duration) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &scripted{answers: answers, want: len(offers)}
				r := newReceiver(t, h, Options{})
				w := r.desks.unslotted(r.ledger("tcp"))
				start := time.Now()
				for _, m := range []string{"a", "b", "c"} {
					r.frame(t.Context(), w, []byte(m), "peer", start)
				}
				r.handOver(t.Context(), w, "peer")
				if !slices.Equal(h.offers, offers) {
					t.Errorf("offers: got %q, want %q", h.offers, offers)
				}
				stats := r.Stats()
				checkLaw(t, stats)
				if stats.Accepted != accepted || fmt.Sprint(stats.Dropped) != fmt.Sprint(dropped) || stats.Waiting != 0 {
					t.Errorf("stats: got %+v, want %d accepted, dropped %v", stats, accepted, dropped)
				}
				if d := time.Since(start); d != took {
					t.Errorf("took %v, want %v", d, took)
				}
			})
		})
	}
	partial := func(n int, err error) error { return &record.PartialError{Handled: n, Err: err} }
	ms := time.Millisecond
	f("taken", nil, []string{"abc"}, 3, nil, 0)
	f("later", []error{temporary, temporary, nil}, []string{"abc", "abc", "abc"}, 3, nil, 30*ms)
	f("refused", []error{never, nil}, []string{"abc"}, 0, map[Reason]uint64{Refused: 3}, 0)
	f("in part", []error{partial(1, temporary), nil}, []string{"abc", "bc"}, 3, nil, 0)
	f("in part, then later", []error{partial(1, temporary), temporary, nil}, []string{"abc", "bc", "bc"}, 3, nil, 10*ms)
	f("later, in part, then later", []error{temporary, temporary, partial(1, temporary), temporary, nil},
		[]string{"abc", "abc", "abc", "bc", "bc"}, 3, nil, 40*ms)
	f("one refused", []error{partial(1, never), nil}, []string{"abc", "c"}, 2, map[Reason]uint64{Refused: 1}, 0)
	f("last refused", []error{partial(2, never), nil}, []string{"abc"}, 2, map[Reason]uint64{Refused: 1}, 0)
	f("a wrong count", []error{partial(7, temporary), nil}, []string{"abc", "c"}, 3, nil, 0)
	f("panic", []error{panicAnswer("oh"), nil}, []string{"abc"}, 0, map[Reason]uint64{Refused: 3}, 0)
	// 10 + 20 + … + 640 ms and nine pauses of a second would be beyond ten seconds: it ends before the last.
	f("never in time", []error{temporary}, []string{"abc"}, 0, map[Reason]uint64{Unhandled: 3}, 1270*ms+8*time.Second)
}

// scripted is a handler that gives its answers one after another, the last one for ever unless it
// is nil, and keeps the first offers, a letter a record.
type scripted struct {
	answers []error
	offers  []string
	want    int // how many offers are kept
}

func (h *scripted) Handle(_ context.Context, batch []record.Record) error {
	var offer strings.Builder
	for _, r := range batch {
		offer.WriteString(r.Message)
	}
	if len(h.offers) < h.want {
		h.offers = append(h.offers, offer.String())
	}
	if len(h.answers) == 0 {
		return nil
	}
	err := h.answers[0]
	if len(h.answers) > 1 || err == nil {
		h.answers = h.answers[1:]
	}
	if p, ok := errors.AsType[panicAnswer](err); ok {
		panic(string(p))
	}
	return err
}

// panicAnswer is the answer of a handler that panics.
type panicAnswer string

func (p panicAnswer) Error() string { return string(p) }

// Records that are waiting for a second offer are given up when Close's context ends.
func TestHandOverEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := record.HandlerFunc(func(context.Context, []record.Record) error { return errors.New("not now") })
		r := newReceiver(t, h, Options{RetryTimeout: time.Hour})
		w := r.desks.unslotted(r.ledger("tcp"))
		r.frame(t.Context(), w, []byte("a"), "peer", time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		r.handOver(ctx, w, "peer")
		if got := r.Stats(); got.Dropped[Closed] != 1 || time.Since(start) != 10*time.Second {
			t.Errorf("after %v: got %+v, want one dropped after 10 s", time.Since(start), got)
		}
	})
}
