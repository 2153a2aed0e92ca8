package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// A viewer begins with what the store has, and goes on behind it: nothing is missing, and nothing there twice.
func TestViewWithStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.arrive(100, 0, "shop")
		ref := new(storetest.Reference)
		position := f.records[69].ID
		for _, r := range f.records[:75] { // the store goes on while it is asked
			if err := ref.Handle(t.Context(), []record.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		h := live.New(live.Options{Feed: f, Store: store.Reader(ref), Position: func() (record.ID, bool) { return position, true }})
		defer h.Close()
		for _, n := range []int{1, 20, 31, 50, 1000} {
			v := view(t, h, live.Query{Last: n})
			f.arrive(5, 0, "shop")
			var got sum
			got.drain(t, v)
			end := len(f.records)
			want := numbers(max(0, end-5-n), end)
			if !slices.Equal(got.numbers, want) {
				t.Errorf("the last %d: got %d, want %d", n, got.numbers, want)
			}
			v.Close()
		}
	})
}

// What the feed forgot is told.
func TestForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		f.arrive(100, 0, "shop")
		f.forget(40)
		for _, text := range []string{"", "shop OR -shop"} {
			q := live.Query{After: record.ID{Epoch: 1, Sequence: 2, Index: 9}, All: true}
			if text != "" {
				q.Filter = parse(t, text)
			}
			v := view(t, h, q)
			var got sum
			got.drain(t, v)
			v.Close()
			if !slices.Equal(got.numbers, numbers(40, 100)) || got.missing != 20 || got.gaps[0].Unfiltered != (text != "") {
				t.Errorf("%q: got %d, %+v", text, got.numbers, got.gaps)
			}
		}
	})
}

// What the feed does not have any more comes from the store, if it knows where to begin.
func TestRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.unknown = true
		f.arrive(5000, 0, "shop")
		f.arrive(100, 0, "pay")
		f.forget(4000)
		ref := new(storetest.Reference)
		for i := range f.records {
			f.records[i].Received = time.Now().Add(time.Duration(i) * time.Second)
			if i%7 == 0 {
				f.records[i].Time = time.Now().Add(-time.Hour) // in the store it is among others
			}
		}
		if err := ref.Handle(t.Context(), f.records[10:]); err != nil {
			t.Fatal(err)
		}
		h := live.New(live.Options{Feed: f, Store: ref, Position: func() (record.ID, bool) { return f.records[5099].ID, true }})
		defer h.Close()
		check := func(name string, q live.Query, gap bool, from, to int) {
			t.Helper()
			v := view(t, h, q)
			defer v.Close()
			var got sum
			got.drain(t, v)
			if !slices.Equal(got.numbers, numbers(from, to)) || gap != (len(got.gaps) > 0) || gap && !got.gaps[0].AtLeast {
				t.Errorf("%s: got %d records from %d on, and %v", name, len(got.numbers), got.numbers[:min(1, len(got.numbers))], got.gaps)
			}
		}
		check("all of it", live.Query{After: f.records[99].ID}, false, 100, 5100)
		check("what matches", live.Query{After: f.records[99].ID, Filter: parse(t, "logger:shop")}, false, 100, 5000)
		check("what the store does not know", live.Query{After: f.records[5].ID}, true, 4000, 5100)
	})
}

// Who comes again behind what it was told last sees all once, and so do the counts, whenever it left.
func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		random := rand.New(rand.NewPCG(1, 2))
		f.arrive(10, 0, "before")
		end, _ := h.Last(t.Context())
		got := sum{at: end, counted: end}
		stop := make(chan struct{})
		var arriving sync.WaitGroup
		arriving.Go(func() {
			for range 2000 {
				f.arrive(1+random.IntN(20), slog.Level(4*random.IntN(4)-4), fmt.Sprint("l", random.IntN(3)))
				time.Sleep(time.Duration(1+f.n()%7) * time.Millisecond)
			}
			close(stop)
		})
		for left := false; !left; {
			v := view(t, h, live.Query{After: got.at, Counted: &got.counted, All: true, Counts: true, Filter: parse(t, "level>=info")})
			for range 1 + len(got.numbers)%30 { // some views end before counts are told, some behind it
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // counts are told each second
				u, err := v.Next(ctx)
				cancel()
				if err != nil {
					select {
					case <-stop:
						left = true
					default:
					}
					break
				}
				got.add(u)
			}
			v.Close()
		}
		arriving.Wait()
		var want []int
		var total queue.Levels
		for i := range f.records[10:] {
			r := &f.records[10+i]
			total[queue.Band(r.Level)]++
			if r.Level >= 0 {
				want = append(want, 10+i)
			}
		}
		if !slices.Equal(got.numbers, want) || len(got.gaps) > 0 || got.total != total {
			t.Errorf("got %d records, %v, counts %v; want %d and %v", len(got.numbers), got.gaps, got.total, len(want), total)
		}
	})
}
