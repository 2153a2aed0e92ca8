package main

import (
	"slices"
	"time"
)

const (
	burstCalls = 20
	burstQuiet = time.Millisecond
)

// burstWork measures calls one by one, after a moment in which nothing happened: what goes to sleep
// meanwhile has to be woken.
func burstWork() work {
	return work{
		name: "burst", title: "The tail of the call", about: "bursts of 20 calls after 1 ms of quiet, 5 attrs; each call timed by itself, the clock included",
		columns: []column{
			{head: "p50", unit: "p50-ns", show: span, floor: true},
			{head: "p99", unit: "p99-ns", show: span, floor: true, best: true},
			{head: "p99.9", unit: "p99.9-ns", show: span},
			{head: "max", unit: "max-ns", show: span},
			{head: "mean", unit: "mean-ns", show: span, best: true},
		},
		tasks:   func(bool) []task { return []task{{Attrs: 5, Goroutines: 1}} },
		measure: measureBurst,
	}
}

func measureBurst(p peer, t task) (figures, error) {
	var lines counter
	s, err := p.open(target{w: &lines})
	if err != nil {
		return nil, err
	}
	log := s.with(t.Attrs)
	for range 10 {
		log(burstCalls)
		time.Sleep(burstQuiet)
	}
	took := make([]time.Duration, 0, t.Effort.Bursts*burstCalls)
	for range t.Effort.Bursts {
		time.Sleep(burstQuiet)
		for range burstCalls {
			begin := clock()
			log(1)
			took = append(took, clock()-begin)
		}
	}
	return spread(took), s.close()
}

// spread returns what is to say about the durations of calls. It sorts them.
func spread(took []time.Duration) figures {
	if len(took) == 0 { // the machine was so busy that there was no time for any
		took = []time.Duration{0}
	}
	slices.Sort(took)
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	at := func(part float64) float64 {
		i := int(part * float64(len(took)))
		return float64(took[min(i, len(took)-1)])
	}
	return figures{
		"p50-ns": at(0.5), "p99-ns": at(0.99), "p99.9-ns": at(0.999), "max-ns": at(1),
		"mean-ns": float64(sum) / float64(len(took)),
	}
}
