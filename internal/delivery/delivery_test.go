package delivery

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

// notes is a ledger that writes down what it is told.
type notes struct {
	lines []string
	stop  error // what Refused returns
}

func (n *notes) Handled(count int) { n.lines = append(n.lines, fmt.Sprint("handled ", count)) }
func (n *notes) Failing(err error) { n.lines = append(n.lines, "failing: "+err.Error()) }
func (n *notes) Refused(_ context.Context, r *record.Record, err error) error {
	n.lines = append(n.lines, "refused "+r.Message+": "+err.Error())
	return n.stop
}

// numbered returns records with the messages 0 to n-1.
func numbered(n int) []record.Record {
	batch := make([]record.Record, n)
	for i := range batch {
		batch[i].Message = fmt.Sprint(i)
	}
	return batch
}

func TestDeliver(t *testing.T) {
	errDown, errBad := errors.New("down"), errors.New("bad")
	tests := []struct {
		name   string
		handle func(call int, batch []record.Record) error
		want   []string
	}{
		{"well", func(int, []record.Record) error { return nil }, []string{"handled 8"}},
		{"down for two calls", func(call int, _ []record.Record) error {
			if call < 2 {
				return errDown
			}
			return nil
		}, []string{"failing: down", "failing: down", "handled 8"}},
		{"a poisonous record among others", func(_ int, batch []record.Record) error {
			if slices.ContainsFunc(batch, func(r record.Record) bool { return r.Message == "5" }) {
				return record.Permanent(errBad)
			}
			return nil
		}, []string{"handled 4", "handled 1", "refused 5: bad", "handled 2"}},
		{"a panic at one record", func(_ int, batch []record.Record) error {
			if slices.ContainsFunc(batch, func(r record.Record) bool { return r.Message == "0" }) {
				panic("oh")
			}
			return nil
		}, []string{"refused 0: panic: oh", "handled 7"}},
		{"got through a part", func(call int, _ []record.Record) error {
			if call == 0 {
				return &record.PartialError{Handled: 3, Err: errDown}
			}
			return nil
		}, []string{"handled 3", "failing: down", "handled 5"}},
		{"got to one it never takes", func(call int, _ []record.Record) error {
			if call == 0 {
				return &record.PartialError{Handled: 3, Err: record.Permanent(errBad)}
			}
			return nil
		}, []string{"handled 3", "refused 3: bad", "handled 4"}},
		{"claims more than there is", func(int, []record.Record) error {
			return &record.PartialError{Handled: 99, Err: errDown}
		}, []string{"handled 8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, got := 0, &notes{}
				h := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
					calls++
					return tt.handle(calls-1, batch)
				})
				if left := Deliver(t.Context(), h, numbered(8), got); left != 0 {
					t.Errorf("left: got %d records, want 0", left)
				}
				if !slices.Equal(got.lines, tt.want) {
					t.Errorf("ledger: got %q, want %q", got.lines, tt.want)
				}
			})
		})
	}
}

func TestDeliverPausesGrowToABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var at []time.Time
		h := record.HandlerFunc(func(context.Context, []record.Record) error {
			at = append(at, time.Now())
			return errors.New("down")
		})
		if left := Deliver(ctx, h, numbered(2), &notes{}); left != 2 {
			t.Errorf("left when the context ended: got %d, want 2", left)
		}
		for i := 1; i < len(at)-1; i++ { // the last pause ended with the context
			pause := at[i].Sub(at[i-1])
			if low := min(minPause<<min(i-1, 20), maxPause) / 2; pause < low || pause > 3*low {
				t.Errorf("pause %d: got %v, want %v to %v", i, pause, low, 3*low)
			}
		}
		if len(at) < 3600/15 || len(at) > 3600/5+20 {
			t.Errorf("calls in an hour: got %d, want one every ten seconds or so", len(at))
		}
	})
}

func TestDeliverStopsWithItsLedger(t *testing.T) {
	h := record.HandlerFunc(func(context.Context, []record.Record) error { return record.Permanent(errors.New("bad")) })
	l := &notes{stop: errors.New("nowhere to put it")}
	if left := Deliver(t.Context(), h, numbered(3), l); left != 3 {
		t.Errorf("left after a ledger that cannot go on: got %d, want 3", left)
	}
	if want := "refused 0: bad"; strings.Join(l.lines, "; ") != want {
		t.Errorf("ledger: got %q, want %q", l.lines, want)
	}
}
