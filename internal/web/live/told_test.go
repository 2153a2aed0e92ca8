package live_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// sum is what updates told.
type sum struct {
	numbers []int
	gaps    []live.Gap
	missing int // in the gaps
	counts  map[string]queue.Levels
	total   queue.Levels
	at      record.ID
	counted record.ID
}

func (s *sum) add(u *live.Update) {
	for i := range u.Records {
		n, _ := strconv.Atoi(u.Records[i].Message)
		s.numbers = append(s.numbers, n)
	}
	for _, g := range u.Gaps {
		s.gaps = append(s.gaps, g)
		s.missing += int(g.Records)
	}
	if u.Counts != nil {
		if s.counts == nil {
			s.counts = map[string]queue.Levels{}
		}
		for name, l := range u.Counts.Loggers {
			n := s.counts[name]
			n.Add(*l)
			s.counts[name] = n
		}
		s.total.Add(u.Counts.Total)
	}
	if !u.Sources {
		s.at, s.counted = u.At, u.Counted
	}
}

// drain takes all that is there, for as long as a viewer would wait for more.
func (s *sum) drain(t *testing.T, v *live.View) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		u, err := v.Next(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		s.add(u)
	}
}

func numbers(from, to int) (list []int) {
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}
