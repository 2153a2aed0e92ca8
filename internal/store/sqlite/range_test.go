package sqlite

import (
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/record"
)

// daysOf fills a store with so many days of the shop's records, of each as many.
func daysOf(t *testing.T, days int) *Store {
	t.Helper()
	const aDay = 1500
	s := open(t, t.TempDir(), Options{ChunkRecords: 50, NoSync: true, FileBytes: 256 << 10, MaxBytes: -1})
	shop := storetest.NewShop(aDay)
	var batch []record.Record
	for i := range days * aDay / 500 {
		batch = shop.Append(batch[:0], 500)
		for j := range batch {
			batch[j].ID = record.ID{Epoch: 1, Sequence: uint64(i) + 1, Index: uint32(j)}
		}
		handle(t, s, batch)
	}
	settled(t, s)
	return s
}

// What a question costs grows as the range that it asks for, and not as what is stored.
func TestRangeBoundsTheWork(t *testing.T) {
	f, err := filter.Parse("message:*e*", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	looked := func(s *Store, span time.Duration) int {
		t.Helper()
		to := s.Stats().Newest.Add(1)
		x, err := s.search(t.Context(), store.Query{Filter: f, From: to.Add(-span), To: to})
		if err != nil {
			t.Fatal(err)
		}
		defer x.release()
		return len(x.candidates())
	}
	few, many := daysOf(t, 2), daysOf(t, 10)
	for _, span := range []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour} {
		a, b := looked(few, span), looked(many, span)
		if a == 0 || b > a+2 {
			t.Errorf("the last %v: %d chunks are looked into where there are 2 days, and %d where there are 10", span, a, b)
		}
	}
	if all := looked(many, 300*time.Hour); all < 280 {
		t.Errorf("all: got %d chunks, want that all are looked into", all)
	}
}
