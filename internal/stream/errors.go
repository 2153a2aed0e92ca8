package stream

import (
	"errors"
	"fmt"
)

// ErrClosed is the error of what needs a stream that is open.
var ErrClosed = errors.New("stream is closed")

// ErrUnavailable is the error of a Handle at a time when the stream takes nothing. Trying again later is
// right.
var ErrUnavailable = errors.New("the stream takes no records at the moment")

// ErrFull is the ErrUnavailable of a stream that has no room: it is at its bound, and the handlers that are
// required have not handled what is in it, or there is too little free space on the disk.
var ErrFull = fmt.Errorf("%w: it is full", ErrUnavailable)

// LockedError says that a directory is in use by another process.
type LockedError struct {
	Dir string
	// PID is the other process, or empty if that is not known.
	PID string
}

func (e *LockedError) Error() string {
	owner := "another process"
	if e.PID != "" {
		owner = "process " + e.PID
	}
	return fmt.Sprintf("the data directory %s is in use by %s: stop that one, or use another directory", e.Dir, owner)
}
