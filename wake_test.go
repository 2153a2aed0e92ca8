package jackdaw_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// arrival is a handler that notes when it was called last.
type arrival struct{ at atomic.Pointer[time.Time] }

func (a *arrival) Handle(context.Context, []record.Record) error {
	now := time.Now()
	a.at.Store(&now)
	return nil
}

// A single record is with its handler within a millisecond, whatever was before it.
func TestArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, door := range doors() {
			h := newHierarchy(t, jackdaw.Options{})
			a := new(arrival)
			add(t, h, "", a, jackdaw.HandlerOptions{})
			log := door(h, "x")
			for _, quiet := range []time.Duration{
				0, 100 * time.Microsecond, 300 * time.Microsecond, 700 * time.Microsecond, time.Millisecond,
				5 * time.Millisecond, 9900 * time.Microsecond, 10 * time.Millisecond, 10100 * time.Microsecond, time.Hour,
			} {
				time.Sleep(quiet)
				begin := time.Now()
				log.Info("m")
				if took := time.Since(begin); took != 0 {
					t.Errorf("%s after %v: the call waited %v", name, quiet, took)
				}
				time.Sleep(time.Millisecond)
				if took := a.at.Load().Sub(begin); took < 0 || took > time.Millisecond {
					t.Errorf("%s after %v: the record arrived after %v, want within 1 ms", name, quiet, took)
				}
			}
			_ = h.Close(t.Context())
		}
	})
}

// While nothing is logged nothing runs: a week passes in no time. A listener that looked every half
// millisecond would look a billion times.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHierarchy(t, jackdaw.Options{})
		a := new(arrival)
		add(t, h, "", a, jackdaw.HandlerOptions{})
		for range 3 {
			h.Logger("x").Info("m")
			time.Sleep(7 * 24 * time.Hour)
		}
		_ = h.Close(t.Context())
	})
}

// staller is a handler that stands still for a second, twice, and counts.
type staller struct {
	from []time.Time
	n    int
}

func (s *staller) Handle(_ context.Context, batch []record.Record) error {
	if len(s.from) > 0 && !time.Now().Before(s.from[0]) {
		s.from = s.from[1:]
		time.Sleep(time.Second)
	}
	s.n += len(batch)
	return nil
}

// No call waits for a handler that stands still, under any policy but Block; and at 20,000 records a
// second nothing is lost meanwhile.
func TestStandingHandler(t *testing.T) {
	for _, policy := range []jackdaw.Policy{jackdaw.DropLowest, jackdaw.DropOldest, jackdaw.DropNewest} {
		for name, door := range doors() {
			synctest.Test(t, func(t *testing.T) {
				h := newHierarchy(t, jackdaw.Options{})
				now := time.Now()
				s := &staller{from: []time.Time{now.Add(250 * time.Millisecond), now.Add(1500 * time.Millisecond)}}
				add(t, h, "", s, jackdaw.HandlerOptions{Policy: policy})
				log := door(h, "x")
				const goroutines, ticks, perTick = 4, 2750, 5
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() {
						for range ticks {
							begin := time.Now()
							for i := range perTick {
								log.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("i", i), slog.String("s", "x"))
							}
							if took := time.Since(begin); took != 0 {
								t.Errorf("%s: %d calls waited %v", name, perTick, took)
							}
							time.Sleep(time.Millisecond)
						}
					})
				}
				wg.Wait()
				if err := h.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if want := goroutines * ticks * perTick; s.n != want || len(s.from) != 0 {
					t.Errorf("%s: got %d records, want all %d; %d times of standing left", name, s.n, want, len(s.from))
				}
			})
		}
	}
}
