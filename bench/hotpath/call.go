package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// chunk is the number of records that are logged at a stretch. They fit any queue.
const chunk = 1024

// callWork measures what the caller pays: chunks of records are logged, and handled before the next one,
// but only the logging is timed.
func callWork() work {
	return work{
		name: "call", title: "The call", about: "ns and allocations per call; what is handled elsewhere is waited for and not timed",
		columns: []column{
			{head: "ns", unit: "ns/op", show: plain, floor: true, best: true},
			{head: "allocs", unit: "allocs/op", show: tenths},
		},
		tasks: func(long bool) []task {
			tasks := []task{{Attrs: 0, Goroutines: 1}, {Attrs: 5, Goroutines: 1}, {Attrs: 10, Goroutines: 1}, {Attrs: 5, Goroutines: parallel()}}
			if long {
				tasks = append(tasks, task{Attrs: 0, Goroutines: parallel()}, task{Attrs: 10, Goroutines: parallel()})
			}
			return tasks
		},
		measure: measureCall,
	}
}

func measureCall(p peer, t task) (figures, error) {
	var lines counter
	to := target{w: &lines}
	if p.way == direct {
		to.w = discard{} // nobody waits for a count, which would be in the caller's price
	}
	s, err := p.open(to)
	if err != nil {
		return nil, err
	}
	logged := 0
	handled := func(n int, spent time.Duration) time.Duration {
		logged += n
		s.settle(p, &lines, logged)
		return spent
	}
	log := s.with(t.Attrs)
	each := max(1, chunk/t.Goroutines)
	for range 4 { // memory is touched, pools are filled
		handled(each*t.Goroutines, crew(t.Goroutines, each, log))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var spent time.Duration
	calls := 0
	for begin := clock(); spent < t.Effort.Timed*time.Duration(t.Goroutines) && clock()-begin < 8*t.Effort.Timed; {
		spent += handled(each*t.Goroutines, crew(t.Goroutines, each, log))
		calls += each * t.Goroutines
	}
	runtime.ReadMemStats(&after)
	return figures{
		"ns/op":     float64(spent.Nanoseconds()) / float64(calls),
		"allocs/op": float64(after.Mallocs-before.Mallocs) / float64(calls),
	}, s.close()
}

// settle waits until the sink has what was logged so far.
func (s *session) settle(p peer, lines *counter, logged int) {
	if s.flush != nil {
		_ = s.flush() // what an error costs is seen in the count
	}
	if p.way == async || p.way == buffered {
		lines.await(int64(logged))
	}
}

// crew logs n records from each of several goroutines, which begin together, and returns the time they
// took, added up.
func crew(goroutines, n int, log func(n int)) time.Duration {
	if goroutines == 1 {
		begin := clock()
		log(n)
		return clock() - begin
	}
	var (
		ready atomic.Int64
		spent atomic.Int64
		wg    sync.WaitGroup
	)
	for range goroutines {
		wg.Go(func() {
			for ready.Add(1); ready.Load() < int64(goroutines); {
				runtime.Gosched()
			}
			begin := clock()
			log(n)
			spent.Add(int64(clock() - begin))
		})
	}
	wg.Wait()
	return time.Duration(spent.Load())
}
