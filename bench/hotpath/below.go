package main

import "time"

// belowWork measures what a call costs that nobody wants: one below the logger's level.
func belowWork() work {
	return work{
		name: "below", title: "A call below the level", about: "ns per call at DEBUG, where INFO is the lowest level that anybody wants; what the floor does is the check of a slog.Handler that compares two numbers",
		columns: []column{{head: "ns", unit: "ns/op", show: tenths, floor: true}},
		tasks:   func(bool) []task { return []task{{Attrs: 0, Goroutines: 1}} },
		suits:   func(p peer, _ bool) bool { return p.way == nowhere || p.ours || p.name == "slog" },
		measure: measureBelow,
	}
}

func measureBelow(p peer, t task) (figures, error) {
	var lines counter
	s, err := p.open(target{w: &lines})
	if err != nil {
		return nil, err
	}
	s.below(chunk)
	calls := 0
	begin := clock()
	var spent time.Duration
	for ; spent < t.Effort.Timed; spent = clock() - begin {
		s.below(chunk)
		calls += chunk
	}
	return figures{"ns/op": float64(spent.Nanoseconds()) / float64(calls)}, s.close()
}
