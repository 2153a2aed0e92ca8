//go:build gc && !race && !jackdaw_portable

package queue

// storesLate says that others may see what publish stores a moment after it has returned, though never before what
// was stored earlier, and never after what is stored later.
//
// Go's atomic stores wait, on this processor, until all that was stored before is in its cache. A call has just written
// some lines that the listener's processor had, and to wait for them costs as much as all else in a call but the
// clock. An ordinary store does not wait, and the processor carries out stores in their order: who sees this one
// sees the call. What is missing is that a later load of the same processor may come before it: see the package's
// documentation for what that means.
const storesLate = true

// publish lets the listener read a call with n attrs, the last one that was added. It has the processor ask for memory
// that is going to be written.
//
//go:noescape
func publish(s *shard, c *call, n int)

// publishTicked is publish for a call that is stamped with the ticks of now.
//
//go:noescape
func publishTicked(s *shard, c *call, n int)
