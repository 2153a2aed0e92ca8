package jackdaw

import (
	"runtime"
	"sync/atomic"
)

// sites are the calls of LogAttrs of which the frame pointer is known to tell the place, in a table by their PC.
//
// To ask the runtime for the place of a call costs as much as the rest of the call; the frame pointer has it at
// once, but knows nothing of the wrappers that the compiler makes, which the runtime leaves out. Whether there is
// one depends on the PC alone. So the runtime is asked once for each place, and the PCs on which both agree are kept.
type sites [64]atomic.Uintptr

// caller returns the place from which the method was called that calls it. By the frame pointer that is at; 0 if
// that is not known.
func (s *sites) caller(at uintptr) uintptr {
	known := &s[(at^at>>6)%uintptr(len(s))]
	if at != 0 && known.Load() == at {
		return at
	}
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:]) // past runtime.Callers, this function and the method
	if pcs[0] == at {
		known.Store(at)
	}
	return pcs[0]
}
