package queue

import (
	"testing"
	"time"
)

func TestSpares(t *testing.T) {
	var s spares[int]
	f := func(what string, want int) {
		t.Helper()
		if len(s.all) != want {
			t.Fatalf("%s: got %d pieces, want %d", what, len(s.all), want)
		}
	}
	now := time.Duration(0)
	window := func(uses int) {
		for range 10 {
			for range uses {
				s.take()
			}
			for i := range uses {
				s.put(i, 100)
			}
			now += lookEvery / 10
			s.age(now)
		}
	}
	for i := range 200 {
		s.put(i, 100)
	}
	f("more than the limit", 100)
	window(40) // how few there are is known from now on
	f("after the first while", 100)
	window(40)
	f("60 were not needed", 70)
	window(70)
	f("all were needed", 70)
	for range 20 {
		window(0)
	}
	f("nothing was needed for long", 1)
	if piece, ok := s.take(); !ok || piece != 0 {
		t.Errorf("take: got %d, %t, want the piece", piece, ok)
	}
	if _, ok := s.take(); ok {
		t.Error("take: got a piece of none")
	}
}
