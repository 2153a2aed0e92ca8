//go:build !gc || race || jackdaw_portable

package queue

// pins says that a goroutine can be kept on the processor it runs on; see pin.go.
const pins = false

func pin() int     { panic("queue: pin: not in this build") }
func unpin()       {}
func awaitPinned() {}
