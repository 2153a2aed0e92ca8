// Package flock locks open files: the lock is a process's until it lets go of it, or ends, however it does that.
package flock

import (
	"errors"
	"os"
)

// ErrLocked says that somebody has the lock: another process, or another opening of the file in this one.
var ErrLocked = errors.New("it is locked")

// Lock locks a file, for as long as it is open. It does not wait: the error is [ErrLocked] if somebody has the lock. On
// systems that know no such lock, nothing keeps a second one out.
func Lock(f *os.File) error { return lock(f) }

// Close unlocks a file and closes it. To close it is not enough: a child of this process that was forked in this moment and
// has not come to its program yet has the file open too, and would hold the lock until then.
func Close(f *os.File) error {
	return errors.Join(unlock(f), f.Close())
}
