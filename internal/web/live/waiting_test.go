package live

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// A share does not shrink because one goroutine looked at the clock before another one, and was later.
func TestShareOfEarlierMoment(t *testing.T) {
	s := newShare(1, 1000)
	now := s.last
	var w waiting
	s.refill(now.Add(time.Second))
	w.put(&record.Record{Message: "a"}, 1, 1000)
	if records, gap := w.within(&s, now.Add(time.Millisecond)); len(records) != 1 || gap.Records != 0 {
		t.Errorf("got %d records and %+v, want the record", len(records), gap)
	}
}

// What waits comes out in the order in which it came, and what is left out is counted, whatever the levels are.
func TestWaiting(t *testing.T) {
	var w waiting
	put, got := uint64(0), uint64(0)
	for round := range 50 {
		var last uint64
		for range 100 + round {
			put++
			r := record.Record{ID: record.ID{Epoch: 1, Sequence: put}}
			if put%3 == 0 {
				r.Level = record.LevelError
			}
			w.put(&r, 80, 1<<20)
		}
		records, gap := w.all()
		for i := range records {
			if id := records[i].ID.Sequence; id <= last {
				t.Fatalf("round %d: got %d behind %d", round, id, last)
			} else {
				last = id
			}
		}
		got += uint64(len(records)) + gap.Records
		if len(records) != 80 || gap.From.Sequence == 0 || gap.To.Compare(gap.From) < 0 || last != put {
			t.Fatalf("round %d: got %d records, %+v", round, len(records), gap)
		}
	}
	if got != put || w.len() != 0 || w.bytes != 0 {
		t.Errorf("put %d, got %d; %d of %d bytes are left", put, got, w.len(), w.bytes)
	}
}

// BenchmarkLook is the price of one record for a viewer that sees all of them, and has a share of them.
func BenchmarkLook(b *testing.B) {
	h := New(Options{Feed: silence{}})
	defer h.Close()
	v := newView(h, Query{Counts: true})
	v.waits = false
	batch := make([]record.Record, 1000)
	for i := range batch {
		batch[i] = record.Record{
			Logger: "shop.cart", Message: "order 42 processed in 7 ms", Attrs: []slog.Attr{slog.Int("user_id", 42)}, ID: record.ID{Epoch: 1, Sequence: uint64(i)},
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := v.look(batch, Missed{}); err != nil {
			b.Fatal(err)
		}
		if n++; n%10 == 0 {
			v.mu.Lock()
			v.take(time.Now())
			v.mu.Unlock()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n)/float64(len(batch)), "ns/record")
}

// silence is a feed in which nothing arrives.
type silence struct{}

func (silence) Last(context.Context) (record.ID, error)               { return record.ID{}, nil }
func (silence) Follow(ctx context.Context, _ Start) (Follower, error) { return silence{}, nil }
func (silence) Close()                                                {}
func (silence) Next(ctx context.Context) ([]record.Record, Missed, error) {
	<-ctx.Done()
	return nil, Missed{}, ctx.Err()
}
