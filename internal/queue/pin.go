//go:build gc && !race && !jackdaw_portable

package queue

import (
	"runtime"
	_ "unsafe" // for go:linkname
)

// pins says that a goroutine can be kept on the processor it runs on.
//
// Who has a processor to itself needs no lock for what belongs to the processor. It is the runtime's way, and
// that of sync.Pool; the runtime lets others use it, and has promised not to change the two functions (see
// procPin in its proc.go). The tag jackdaw_portable does without, and so does a build with the race detector, which
// knows of locks alone.
const pins = true

// pin keeps the goroutine where it is until unpin, and returns the processor's number: below GOMAXPROCS, the
// same for nobody else meanwhile. Until unpin it must not wait for anything, and make no memory.
//
//go:linkname pin runtime.procPin
func pin() int

//go:linkname unpin runtime.procUnpin
func unpin()

// awaitPinned waits until everybody who is pinned now has come to unpin. What they wrote can be read then, and they see
// what was written before it was called.
func awaitPinned() {
	// It stops the world, for which no goroutine may be pinned.
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
}
