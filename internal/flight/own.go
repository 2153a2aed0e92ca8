//go:build gc && amd64 && !race && !jackdaw_portable

package flight

import (
	"runtime"
	"sync/atomic"
	_ "unsafe" // for go:linkname
)

// owns says that each processor has a lane of its own, which is entered and left without a locked instruction. Two of these take
// 10 ns, and what is worse, they wait until all that was stored before is in the cache.
//
// The processor's number is had as in package queue (see its pin.go). Whether somebody is in a lane is a word of the lane's, which
// is looked at and set while the goroutine cannot be moved to another processor, so that nobody else is at it, whatever
// becomes of the goroutine afterwards: it may wait, or go on elsewhere, and who comes by this processor meanwhile takes a shared lane.
// It is an ordinary store on the way out. On this processor stores are seen in their order, so that who sees it sees all that was done
// in the lane; and to run on this processor next, one has come through locks of the scheduler, behind which the store that
// sets it is seen.
const owns = true

//go:linkname pin runtime.procPin
func pin() int

//go:linkname unpin runtime.procUnpin
func unpin()

// enterOwn returns the lane of the processor on which the caller runs, nil if somebody is in it, or it has none.
func (r *Recorder) enterOwn() *lane {
	if at := pin(); uint(at) < uint(len(r.own)) {
		if l := &r.own[at]; atomic.LoadUint32(&l.busy) == 0 && !r.closing.Load() {
			l.busy = 1
			unpin()
			return l
		}
	}
	unpin()
	return nil
}

// leaveOwn lets others into a lane. The compiler moves nothing past the call.
//
//go:noinline
func leaveOwn(l *lane) { l.busy = 0 }

// closeOwn waits until nobody is in a lane of a processor, and nobody comes any more.
func (r *Recorder) closeOwn() {
	r.closing.Store(true)
	// It stops the world: who has not seen the above is not between pin and unpin any more, and what he stored is seen.
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	for i := range r.own {
		for atomic.LoadUint32(&r.own[i].busy) != 0 {
			runtime.Gosched() // a call does not take long
		}
	}
}
