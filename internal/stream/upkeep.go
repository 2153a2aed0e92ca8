package stream

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// saveEvery is how often the positions of the handlers are written while they move. What a handler
	// handled since then it sees again after a crash.
	saveEvery = 100 * time.Millisecond
	// boundEvery is how often the bounds of what waits for handlers are looked after.
	boundEvery = time.Second
)

// upkeep writes positions, holds cursors to their bounds, and replaces an engine that broke.
func (s *Stream) upkeep(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	var bounded time.Time
	for {
		e, _, err := s.engines.get(ctx)
		if err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-e.life.Done():
			s.reopen(ctx, e)
			continue
		case <-tick.C:
		}
		request, cancel := e.during(ctx, apiTimeout)
		for _, save := range []func(context.Context, bool) error{s.saveState, s.saveOnce} {
			if err := save(request, false); err != nil && ctx.Err() == nil { // Close writes them again
				s.notices.Give("save", "stream: %v", err)
			}
		}
		s.watchDisk(request)
		cancel()
		if time.Since(bounded) > boundEvery {
			bounded = time.Now()
			request, cancel := e.during(ctx, startTimeout)
			s.bound(request)
			cancel()
		}
	}
}

// stateNow is what is to be written. Positions come before the end of the stream, so that none is beyond
// it.
func (s *Stream) stateNow(clean bool) *state {
	doc := &state{Process: s.process, Clean: clean, Cursors: map[string]position{}}
	for _, c := range s.list() {
		doc.Cursors[c.name] = c.position()
	}
	end := s.ring.end()
	doc.Sequence, doc.Totals = end.seq, end.at
	s.mu.Lock()
	defer s.mu.Unlock()
	doc.Epoch = s.epoch
	return doc
}

func (s *Stream) setEpoch(epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch = epoch
}

// resumed tells that the stream takes records again, after some time in which it did not.
func (s *Stream) resumed(after time.Duration) {
	s.notices.Give("resumed", "stream: it takes records again, after %v", after.Round(time.Millisecond))
	if after < toldEvery {
		return
	}
	s.intake.say(own(record.Record{
		Time: time.Now(), Level: record.LevelWarning, Logger: "jackdaw",
		Message: fmt.Sprintf("the stream took no records for %v", after.Round(time.Millisecond)),
		Attrs:   []slog.Attr{slog.Duration("after", after)},
	}))
}

// contextNow is a context that has ended, for who asks and does not wait.
func contextNow() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
