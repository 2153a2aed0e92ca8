package stream

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Who has a stream in a cluster is not taken for gone because the machine stood still.
func TestBeating(t *testing.T) {
	f := func(want bool, look func(began time.Time) uint64) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			got, err := beating(t.Context(), 7, func() (uint64, error) { return look(began), nil })
			if got != want || err != nil || !got && time.Since(began) < beatPatience {
				t.Errorf("got %v, %v after %v, want %v", got, err, time.Since(began), want)
			}
		})
	}
	f(false, func(time.Time) uint64 { return 7 })
	f(true, func(began time.Time) uint64 { return 7 + uint64(time.Since(began)/beatEvery) })
	stood := false
	f(true, func(began time.Time) uint64 {
		if !stood {
			stood = true
			time.Sleep(2 * beatPatience)
		}
		return 7 + uint64(max(0, time.Since(began)-2*beatPatience)/beatEvery)
	})
	lost := errors.New("lost")
	if got, err := beating(t.Context(), 7, func() (uint64, error) { return 0, lost }); got || !errors.Is(err, lost) {
		t.Errorf("got %v, %v, want %v", got, err, lost)
	}
}
