//go:build !amd64 || !gc || race || jackdaw_portable

package queue

// storesLate says that others may see what publish stores later; see store_amd64.go.
const storesLate = false

// publish lets the listener read a call that was added, with n attrs.
func (s *shard) publish(_ *call, n int) { s.left.Store(s.left.Load() + 1) }
