package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// work is something to measure of each peer.
type work struct {
	name, title, about string
	columns            []column
	// tasks returns the forms of the work, without their peer. Those that differ in their attrs
	// alone stand in one table.
	tasks func(long bool) []task
	// suits reports whether the work says something about the peer. Nil is any peer.
	suits   func(p peer, long bool) bool
	slow    bool // takes seconds, most of which are sleep: fewer passes do
	measure func(p peer, t task) (figures, error)
}

// isFor reports whether the peer is measured.
func (w work) isFor(p peer, long bool) bool {
	return (w.suits == nil || w.suits(p, long)) && (len(p.works) == 0 || slices.Contains(p.works, w.name))
}

// task is one measurement.
type task struct {
	Peer, Work string
	Attrs      int
	Goroutines int
	ToFile     bool
	Effort     effort
	Dir        string // for files
}

// effort is how much of everything a task takes.
type effort struct {
	Timed   time.Duration // call: of log calls
	Records int           // sustained
	Bursts  int           // burst
	Stand   time.Duration // hang: how long the sink stands still, each time
	Quiet   time.Duration // idle
}

func efforts(long bool) effort {
	if long {
		return effort{Timed: 100 * time.Millisecond, Records: 400_000, Bursts: 1000, Stand: time.Second, Quiet: 2 * time.Second}
	}
	return effort{Timed: 15 * time.Millisecond, Records: 80_000, Bursts: 120, Stand: time.Second, Quiet: 500 * time.Millisecond}
}

// figures are what a task found, by their unit.
type figures map[string]float64

func works() []work {
	return []work{callWork(), belowWork(), sustainedWork(), burstWork(), hangWork(), idleWork()}
}

// measure carries out a task in this process.
func measure(t task) (figures, error) {
	i := slices.IndexFunc(works(), func(w work) bool { return w.name == t.Work })
	j := slices.IndexFunc(peers(), func(p peer) bool { return p.name == t.Peer })
	if i < 0 || j < 0 {
		return nil, fmt.Errorf("measure: got work %q of peer %q, want names that -list shows", t.Work, t.Peer)
	}
	runtime.GC()
	return works()[i].measure(peers()[j], t)
}

// parallel is the number of goroutines of a work that keeps all processors busy.
func parallel() int { return max(2, runtime.GOMAXPROCS(0)) }
