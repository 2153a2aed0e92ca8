//go:build gc && !race && !jackdaw_portable

package queue

import (
	"sync/atomic"
	"unsafe"
)

// storesLate says that others may see what publish stores a moment after it has returned, though never before what
// was stored earlier, and never after what is stored later.
//
// Go's atomic stores wait, on this processor, until all that was stored before is in its cache. A call has just written
// some lines that the listener's processor had, and to wait for them costs as much as all else in a call but the
// clock. An ordinary store does not wait, and the processor carries out stores in their order: who sees this one
// sees the call. What is missing is that a later load of the same processor may come before it: see the package's
// documentation for what that means.
const storesLate = true

// ahead is how many calls before its turn the memory of a call is asked for.
const ahead = 4

// publish lets the listener read a call that was added, with n attrs.
func (s *shard) publish(c *call, n int) {
	call := uintptr(unsafe.Pointer(c)) + ahead*unsafe.Sizeof(*c)
	bytes := uintptr(n) * unsafe.Sizeof(s.attrs[0])
	attrs := uintptr(unsafe.Pointer(unsafe.SliceData(s.attrs))) + uintptr(len(s.attrs))*unsafe.Sizeof(s.attrs[0]) + (ahead-1)*bytes
	storeLate(&s.left, s.left.Load()+1, call, attrs, attrs+min(bytes, maxAhead))
}

// maxAhead bounds how much memory is asked for.
const maxAhead = 512

// storeLate stores n, and has the processor ask for memory that is going to be written: that of a call, and that of
// attrs up to end. What is there need not be memory.
//
//go:noescape
func storeLate(to *atomic.Uint64, n uint64, call, attrs, end uintptr)
