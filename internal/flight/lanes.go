package flight

import (
	"math/bits"
	"runtime"
	"unsafe"
)

// At most so many lanes are shared, and so many are processors'. All together take a quarter of the memory at most, where each has
// a segment.
const (
	maxLanes        = 64
	sharedBesideOwn = 4
)

func (r *Recorder) makeLanes() {
	procs, most := runtime.GOMAXPROCS(0), len(r.segments)/4
	own, shared := 0, min(1<<bits.Len(uint(2*procs-1)), maxLanes)
	if owns {
		// A program may go on to use more processors than now, but seldom more than there are.
		own, shared = min(max(procs, runtime.NumCPU()), maxLanes, most/2), sharedBesideOwn
	}
	shared = 1 << (bits.Len(uint(min(shared, most-own))) - 1)
	r.lanes = make([]lane, own+shared)
	r.own, r.shared = r.lanes[:own], r.lanes[own:]
	for i := range r.lanes {
		if r.lanes[i].r = r; i < own {
			r.lanes[i].of = uint32(i) + 1
		}
	}
}

// enter returns a lane in which the caller is alone until it leaves.
func (r *Recorder) enter() *lane {
	if owns {
		if l := r.enterOwn(); l != nil {
			return l
		}
	}
	return r.enterShared()
}

// enterShared returns a lane of which the caller holds the mutex.
func (r *Recorder) enterShared() *lane {
	// The address of the stack tells goroutines apart, at no cost. It need not do it well.
	var here byte
	at := spread(uintptr(unsafe.Pointer(&here))>>10, len(r.shared))
	for range r.shared {
		if l := &r.shared[at]; l.mu.TryLock() {
			return l
		}
		at = (at + 1) & (len(r.shared) - 1)
	}
	l := &r.shared[at]
	l.mu.Lock()
	return l
}
