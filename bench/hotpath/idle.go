package main

import (
	"slices"
	"time"
)

const (
	idleArrivals = 5
	idleGap      = 20 * time.Millisecond
	idleLimit    = 100 * time.Millisecond
)

// idleWork measures what a peer costs while nothing is logged, and how soon a record that comes
// then is in the sink.
func idleWork() work {
	return work{
		name: "idle", title: "Idle", about: "the whole process while nothing is logged: processor time, and how often it went to sleep;\nthen how soon a single record is in the sink (100 ms: not within that time)",
		columns: []column{
			{head: "cpu %", unit: "cpu-%", show: hundredths},
			{head: "sleeps/s", unit: "sleeps/s", show: plain},
			{head: "arrives", unit: "arrives-ns", show: span},
		},
		tasks:   func(bool) []task { return []task{{Attrs: 5, Goroutines: 1}} },
		suits:   func(p peer, long bool) bool { return p.way != direct || p.name == "slog" || long },
		slow:    true,
		measure: measureIdle,
	}
}

func measureIdle(p peer, t task) (figures, error) {
	var lines counter
	s, err := p.open(target{w: &lines})
	if err != nil {
		return nil, err
	}
	log := s.with(t.Attrs)
	log(chunk)
	s.settle(p, &lines, chunk)
	time.Sleep(t.Effort.Quiet / 2) // what naps before it sleeps, sleeps
	before, begin := used(), clock()
	time.Sleep(t.Effort.Quiet)
	wall, after := (clock() - begin).Seconds(), used()
	f := figures{}
	if after.known {
		f["cpu-%"] = 100 * (after.cpu - before.cpu).Seconds() / wall
		f["sleeps/s"] = float64(after.sleeps-before.sleeps) / wall
	}
	if p.way == nowhere {
		return f, s.close()
	}
	var arrivals []time.Duration
	for range idleArrivals {
		time.Sleep(idleGap)
		arrivals = append(arrivals, arrival(s, &lines, log))
	}
	slices.Sort(arrivals)
	f["arrives-ns"] = float64(arrivals[len(arrivals)/2])
	return f, s.close()
}

// arrival logs a record and returns how long it took to the sink.
func arrival(s *session, lines *counter, log func(n int)) time.Duration {
	want, begin := lines.lines.Load()+1, clock()
	log(1)
	for lines.lines.Load() < want {
		if clock()-begin > idleLimit {
			if s.flush != nil {
				_ = s.flush()
			}
			return idleLimit
		}
		time.Sleep(100 * time.Microsecond)
	}
	return time.Duration(lines.last.Load()) - begin
}
