// Package datadir is what is asked of a directory of files: that it is this process's alone, and what room its disk
// has.
package datadir

import "fmt"

// lockName is the file in a directory that is locked. The text in it is the process that has it.
const lockName = "lock"

// InUseError says that a directory is locked already, by this process or another.
type InUseError struct {
	Dir string
	// PID is the process that has it, or empty if that is not known.
	PID string
}

func (e *InUseError) Error() string {
	if e.PID == "" {
		return fmt.Sprintf("%s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("%s is in use by process %s", e.Dir, e.PID)
}

// Disk is the size of a file system, and what of it this process may still use, in bytes.
type Disk struct{ Total, Free int64 }
