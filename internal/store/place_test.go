package store_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestMoment(t *testing.T) {
	at, later := time.Unix(5, 7), time.Unix(6, 0)
	f := func(logged, received time.Time, want int64) {
		t.Helper()
		if got := store.Moment(&record.Record{Time: logged, Received: received}); got != want {
			t.Errorf("logged %v, received %v: got %d, want %d", logged, received, got, want)
		}
	}
	f(at, later, 5_000_000_007)
	f(time.Time{}, later, 6_000_000_000)
	f(time.Time{}, time.Time{}, store.NoMoment)
	f(time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), later, store.NoMoment+1)
	f(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), later, math.MaxInt64)
	f(at.In(time.FixedZone("", 3600)), later, 5_000_000_007)
}

func TestPlaceText(t *testing.T) {
	f := func(p store.Place, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("%+v: got %q, want %q", p, got, want)
		}
		if got, err := store.ParsePlace(want); err != nil || got != p {
			t.Errorf("%q: got %+v, %v, want %+v", want, got, err, p)
		}
	}
	f(store.Place{}, "0~")
	f(store.Place{Moment: -7}, "-7~")
	f(store.Place{Moment: store.NoMoment, ID: record.ID{Epoch: 36, Sequence: 4, Index: 2}}, "-9223372036854775808~10-4-2")
	for _, text := range []string{"", "5", "x~", "5~x", "5~1-2", "9223372036854775808~"} {
		if p, err := store.ParsePlace(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, p)
		}
	}
}

func TestPlaceOrder(t *testing.T) {
	want := []store.Place{
		{Moment: store.NoMoment}, {Moment: -1}, {Moment: 5, ID: record.ID{Sequence: 9}}, {Moment: 5, ID: record.ID{Epoch: 1, Sequence: 2}},
		{Moment: 5, ID: record.ID{Epoch: 1, Sequence: 2, Index: 1}}, {Moment: 6},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, store.Place.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
