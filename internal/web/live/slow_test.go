package live_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// Who does not read misses what there is no room for, low levels first, and is told exactly how many.
func TestSlowViewer(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		v := view(t, h, live.Query{Filter: parse(t, "-logger:noise"), Counts: true})
		defer v.Close()
		synctest.Wait()
		for range 100 {
			f.arrive(100, 0, "shop")
			f.arrive(1, 8, "shop.pay")
			f.arrive(50, 0, "noise")
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
		}
		var got sum
		got.drain(t, v)
		if n := h.Stats(); n.Viewers != 1 || n.Limit != live.DefaultViewers || n.Unshown != uint64(got.missing) {
			t.Errorf("got %+v, want one viewer and %d records", n, got.missing)
		}
		if len(got.numbers)+got.missing != 10_100 || len(got.gaps) != 1 {
			t.Fatalf("got %d records and %v, want 10100 together, and one gap", len(got.numbers), got.gaps)
		}
		errs := 0
		for _, n := range got.numbers {
			if f.records[n].Level == 8 {
				errs++
			}
		}
		if g := got.gaps[0]; errs != 100 || g.From != f.records[0].ID || g.AtLeast || g.Unfiltered || g.Why == "" || g.To.IsZero() {
			t.Errorf("got %d errors of 100, and %+v", errs, g)
		}
		if !slices.IsSorted(got.numbers) || got.numbers[len(got.numbers)-1] != 101+151*99-1 {
			t.Errorf("got %d, want them in their order up to the last one", got.numbers)
		}
		if got.total != (queue.Levels{0, 15_000, 0, 100, 0}) || got.counts["noise"] != (queue.Levels{0, 5000, 0, 0, 0}) {
			t.Errorf("counts: got %v, %v", got.total, got.counts)
		}
		if want := f.records[len(f.records)-1].ID; got.at != want {
			t.Errorf("at: got %v, want %v", got.at, want)
		}
	})
}

// More than a viewer's share is not shown, but counted; what is of WARNING and above comes first.
func TestShare(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		v := view(t, h, live.Query{Counts: true})
		var got sum
		var reading sync.WaitGroup
		reading.Go(func() { got.drain(t, v) })
		const seconds = 10
		for range 100 * seconds {
			f.arrive(99, 0, "shop")
			f.arrive(1, 4, "shop.pay")
			time.Sleep(10 * time.Millisecond)
		}
		reading.Wait()
		v.Close()
		if n := len(got.numbers); n < 2000*seconds || n > 2000*(seconds+2) {
			t.Errorf("got %d records in %d s, want about 2000 each second", n, seconds)
		}
		warnings := 0
		for _, n := range got.numbers {
			if f.records[n].Level == 4 {
				warnings++
			}
		}
		if warnings != 100*seconds || len(got.numbers)+got.missing != 10_000*seconds {
			t.Errorf("got %d warnings, %d records, %d in gaps", warnings, len(got.numbers), got.missing)
		}
		if got.total.Total() != 10_000*seconds || got.counts["shop.pay"][2] != 100*seconds {
			t.Errorf("counts: got %v, %v", got.total, got.counts)
		}
	})
}

// One record more than a share is shown nevertheless.
func TestShareOfOneRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f, ShareBytes: 1000})
		defer h.Close()
		v := view(t, h, live.Query{})
		defer v.Close()
		synctest.Wait()
		f.put(record.Record{Message: string(make([]byte, 1<<20))})
		if u, err := v.Next(t.Context()); err != nil || len(u.Records) != 1 {
			t.Errorf("got %v, %v, want the record", u, err)
		}
	})
}

// Who wants everything gets everything, however slowly it reads.
func TestAll(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		v := view(t, h, live.Query{All: true})
		defer v.Close()
		f.arrive(50_000, 0, "shop")
		time.Sleep(time.Minute)
		var got sum
		for len(got.numbers) < 50_000 {
			u, err := v.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(u.Records) > 2000 {
				t.Fatalf("%d records waited, want 2000 at most", len(u.Records))
			}
			got.add(u)
			time.Sleep(time.Second)
		}
		if !slices.Equal(got.numbers, numbers(0, 50_000)) || len(got.gaps) > 0 {
			t.Errorf("got %d records, %v", len(got.numbers), got.gaps)
		}
	})
}
