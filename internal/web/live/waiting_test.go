package live

import (
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
