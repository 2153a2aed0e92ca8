package record_test

import (
	"math"
	"math/rand/v2"
	"time"
)

// dice makes what tests throw at the encoder.
type dice struct{ *rand.Rand }

func newDice(seed uint64) *dice { return &dice{rand.New(rand.NewPCG(seed, 1))} }

func (d *dice) time() time.Time {
	zones := []*time.Location{time.UTC, time.Local, time.FixedZone("", 3600), time.FixedZone("", -19800), time.FixedZone("", 3600), time.FixedZone("", 30),
		time.FixedZone("", -1e6)}
	t := time.Unix(1_795_000_000+d.Int64N(2), d.Int64N(1e9)).In(zones[d.IntN(len(zones))])
	switch d.IntN(20) {
	case 0:
		return time.Time{}
	case 1:
		return t.AddDate(d.IntN(30_000)-10_000, 0, 0)
	case 2:
		return t.Truncate(time.Second)
	}
	return t
}

func (d *dice) float() float64 {
	switch d.IntN(4) {
	case 0:
		return math.Float64frombits(d.Uint64())
	case 1:
		return float64(d.IntN(1e6))
	case 2:
		return float64(d.IntN(1e6)) / 1000
	}
	return d.NormFloat64()
}
