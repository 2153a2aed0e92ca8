package logrecord

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The fast way gives what the digits say, which are what Python prints.
func TestSplitAgainstDigits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	f := func(created float64) {
		t.Helper()
		want, ok := decimalTime(created)
		if got := time.Unix(split(created)).UTC(); !ok || !got.Equal(want) {
			t.Fatalf("%v: got %v, want %v", created, got, want)
		}
	}
	for range 200_000 {
		sec := 1<<30 + rng.Float64()*(1<<32-1<<30-1)
		f(sec)
		f(math.Floor(sec*1e3) / 1e3)
		f(math.Floor(sec*1e6) / 1e6)
		f(math.Floor(sec) + float64(rng.IntN(1e9))*1e-9)
	}
}
