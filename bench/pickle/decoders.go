package main

import (
	"bytes"
	"fmt"
	"runtime"
	"time"

	ogorek "github.com/kisielk/og-rek"
	gopickle "github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// contender is a decoder in Go.
type contender struct {
	name string
	// decode makes the function that decodes frames, one after another, and returns the message of
	// each, which shows that the work was done.
	decode func() func(frame []byte) (string, error)
}

var contenders = []contender{
	{"Jackdaw", jackdaw},
	{"gopickle", general(func(frame []byte) (any, error) {
		u := gopickle.NewUnpickler(bytes.NewReader(frame))
		return u.Load()
	})},
	{"og-rek", general(func(frame []byte) (any, error) {
		return ogorek.NewDecoder(bytes.NewReader(frame)).Decode()
	})},
}

// jackdaw decodes into a batch, as the receiver does.
func jackdaw() func(frame []byte) (string, error) {
	d := pickle.NewDecoder(pickle.Limits{})
	batch := make([]record.Record, 128)
	n := 0
	return func(frame []byte) (string, error) {
		r := &batch[n%len(batch)]
		n++
		err := d.Decode(frame, r)
		return r.Message, err
	}
}

// general is a decoder that knows no records.
func general(decode func(frame []byte) (any, error)) func() func(frame []byte) (string, error) {
	return func() func(frame []byte) (string, error) {
		return func(frame []byte) (string, error) {
			x, err := decode(frame)
			if err != nil {
				return "", err
			}
			switch x := x.(type) {
			case *types.Dict:
				message, _ := x.Get("msg")
				s, _ := message.(string)
				return s, nil
			case map[any]any:
				s, _ := x["msg"].(string)
				return s, nil
			}
			return "", fmt.Errorf("got a %T, want a dict", x)
		}
	}
}

// typicalCount is how often the typical record is decoded in a round.
const typicalCount = 10_000

// measure goes through the frames once.
func (c contender) measure(mix, typical frames) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m, err := c.time(mix, len(mix))
	if err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&after)
	t, err := c.time(typical, typicalCount)
	return cost{mix: m, typical: t, allocs: float64(after.Mallocs-before.Mallocs) / float64(len(mix))}, err
}

// time returns the time a record takes on average, of n.
func (c contender) time(f frames, n int) (time.Duration, error) {
	decode := c.decode()
	start := time.Now()
	for i := range n {
		message, err := decode(f[i%len(f)])
		if err != nil {
			return 0, err
		}
		if message == "" {
			return 0, fmt.Errorf("record %d: no message", i)
		}
	}
	return time.Since(start) / time.Duration(n), nil
}
