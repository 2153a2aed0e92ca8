package live_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// feed remembers what arrived since it began to forget.
type feed struct {
	mu      sync.Mutex
	records []record.Record
	gone    int  // so many of them are forgotten
	unknown bool // it does not know how many
	grown   chan struct{}
}

func newFeed() *feed { return &feed{grown: make(chan struct{})} }

// arrive lets n records arrive, whose messages are their numbers.
func (f *feed) arrive(n int, level slog.Level, logger string) {
	from := f.n()
	records := make([]record.Record, n)
	for i := range records {
		records[i] = record.Record{Level: level, Logger: logger, Message: strconv.Itoa(from + i)}
	}
	f.put(records...)
}

// put lets records arrive, with ids.
func (f *feed) put(records ...record.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range records {
		i := len(f.records)
		r.ID = record.ID{Epoch: 1, Sequence: uint64(i/10 + 1), Index: uint32(i % 10)}
		f.records = append(f.records, r)
	}
	close(f.grown)
	f.grown = make(chan struct{})
}

// forget forgets all but what came from the n-th record on.
func (f *feed) forget(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = n
}

func (f *feed) Last(context.Context) (record.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.records) == 0 {
		return record.ID{}, nil
	}
	return f.records[len(f.records)-1].ID, nil
}

func (f *feed) Follow(_ context.Context, s live.Start) (live.Follower, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := len(f.records)
	switch {
	case !s.After.IsZero():
		at = int(s.After.Sequence-1)*10 + int(s.After.Index) + 1
	case s.Last > 0:
		at -= int(min(s.Last, uint64(at)))
	}
	return &follower{f: f, at: at}, nil
}

type follower struct {
	f  *feed
	at int
}

func (w *follower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	for {
		w.f.mu.Lock()
		var missed live.Missed
		if w.at < w.f.gone {
			missed.Records, w.at = uint64(w.f.gone-w.at), w.f.gone
			if w.f.unknown {
				missed = live.Missed{AtLeast: true}
			}
		}
		batch, grown := w.f.records[w.at:min(w.at+64, len(w.f.records))], w.f.grown
		w.f.mu.Unlock()
		if w.at += len(batch); len(batch) > 0 {
			return batch, missed, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, live.Missed{}, ctx.Err()
		}
	}
}

func (w *follower) Close() {}

func (f *feed) n() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.records)
}
