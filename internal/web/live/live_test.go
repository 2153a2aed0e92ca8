package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// bubble tests a hub of a feed, with a clock of their own.
func bubble(t *testing.T, test func(t *testing.T, f *feed, h *live.Hub)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		test(t, f, h)
	})
}

// view begins a view in a bubble.
func view(t *testing.T, h *live.Hub, q live.Query) *live.View {
	t.Helper()
	var err error
	if q.End, err = h.Last(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := h.View(q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parse(t *testing.T, text string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestView(t *testing.T) {
	bubble(t, func(t *testing.T, f *feed, h *live.Hub) {
		f.arrive(25, 0, "shop")
		f.arrive(5, 8, "pay")
		check := func(name string, q live.Query, want ...int) {
			t.Helper()
			v := view(t, h, q)
			defer v.Close()
			var got sum
			got.drain(t, v)
			if !slices.Equal(got.numbers, want) || len(got.gaps) > 0 {
				t.Errorf("%s: got %d and %v, want %d", name, got.numbers, got.gaps, want)
			}
		}
		check("the last ones", live.Query{Last: 3}, 27, 28, 29)
		check("the last ones that match", live.Query{Last: 3, Filter: parse(t, "logger:shop")}, 22, 23, 24)
		check("none", live.Query{})
		check("more than there are", live.Query{Last: 1000}, numbers(0, 30)...)
		check("behind one", live.Query{After: record.ID{Epoch: 1, Sequence: 3, Index: 4}, Last: 1000}, 25, 26, 27, 28, 29)
		check("behind the last", live.Query{After: record.ID{Epoch: 1, Sequence: 3, Index: 9}})

		// What comes after a silence is shown at once, and then what comes within a moment together.
		v := view(t, h, live.Query{})
		defer v.Close()
		synctest.Wait()
		time.Sleep(time.Minute)
		for range 3 {
			began := time.Now()
			f.arrive(1, 0, "shop")
			if u, err := v.Next(t.Context()); err != nil || len(u.Records) != 1 || time.Since(began) > 100*time.Millisecond {
				t.Errorf("got %v, %v after %v, want a record within 100 ms", u, err, time.Since(began))
			}
		}
	})
}

func TestViewersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Options{Feed: newFeed(), MaxViewers: 2})
		a, b := view(t, h, live.Query{}), view(t, h, live.Query{})
		if _, err := h.View(live.Query{}); !errors.Is(err, live.ErrFull) {
			t.Errorf("a third one: got %v, want ErrFull", err)
		}
		a.Close()
		synctest.Wait()
		c := view(t, h, live.Query{})
		done := make(chan error, 1)
		go func() {
			_, err := b.Next(context.Background())
			done <- err
		}()
		synctest.Wait()
		h.Close()
		if err := <-done; !errors.Is(err, live.ErrClosed) {
			t.Errorf("Next at the end: got %v, want ErrClosed", err)
		}
		if _, err := h.View(live.Query{}); !errors.Is(err, live.ErrClosed) {
			t.Errorf("View at the end: got %v, want ErrClosed", err)
		}
		b.Close()
		c.Close()
		h.Close()
	})
}
