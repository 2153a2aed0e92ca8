package main

import (
	"slices"
	"sync"
	"time"
)

const (
	hangTick    = time.Millisecond
	hangPerTick = 5 // calls of each of four goroutines: 20,000 records a second
	stoodFrom   = time.Millisecond
)

// hangWork measures what callers notice of a sink that stands still, twice.
func hangWork() work {
	return work{
		name: "hang", title: "A sink that stands still", about: "1 s, twice, at 20,000 records/s by 4 goroutines, 5 attrs;\nstood: the calls over 1 ms, added up over the goroutines",
		columns: []column{
			{head: "max", unit: "max-ns", show: span, worst: true},
			{head: "stood", unit: "stood-ns", show: span, worst: true},
			{head: "lost", unit: "lost", show: plain, worst: true},
			{head: "calls", unit: "calls", show: plain},
			{head: "p50", unit: "p50-ns", show: span},
			{head: "p99.9", unit: "p99.9-ns", show: span, floor: true},
		},
		tasks: func(bool) []task { return []task{{Attrs: 5, Goroutines: 4}} },
		suits: func(p peer, long bool) bool {
			// What writes in the call stands as long as the sink does: one of them shows it.
			return p.way != direct || p.name == "slog" || long
		},
		slow:    true,
		measure: measureHang,
	}
}

func measureHang(p peer, t task) (figures, error) {
	begin, stand := clock(), t.Effort.Stand
	sink := &staller{stand: stand, from: []time.Duration{begin + stand/4, begin + stand*3/2}}
	s, err := p.open(target{w: sink})
	if err != nil {
		return nil, err
	}
	log, end := s.with(t.Attrs), begin+stand*11/4
	took := make([][]time.Duration, t.Goroutines)
	var wg sync.WaitGroup
	for g := range took {
		took[g] = make([]time.Duration, 0, int(stand*3/hangTick)*hangPerTick)
		wg.Go(func() { took[g] = paced(took[g], end, log) })
	}
	wg.Wait()
	if err := s.close(); err != nil {
		return nil, err
	}
	all := slices.Concat(took...)
	f := spread(all)
	var stood time.Duration
	for _, d := range all {
		if d > stoodFrom {
			stood += d
		}
	}
	f["stood-ns"], f["calls"] = float64(stood), float64(len(all))
	if p.way == nowhere {
		return f, nil
	}
	there := int(sink.lines.Load())
	if s.told != nil {
		there -= s.told()
	}
	f["lost"] = float64(len(all) - there)
	return f, nil
}

// paced logs a few records at every tick until end, and appends to took what each call took. What a
// caller did not log while a call stood it does not log later; what it did not because it was given no
// processor it does.
func paced(took []time.Duration, end time.Duration, log func(n int)) []time.Duration {
	for next := clock(); next < end; {
		for range hangPerTick {
			begin := clock()
			log(1)
			d := clock() - begin
			took = append(took, d)
			if d > stoodFrom {
				next += d
			}
		}
		next += hangTick
		time.Sleep(next - clock())
	}
	return took
}
