package stream

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
)

// ErrClosed is the error of what needs a stream that is open.
var ErrClosed = errors.New("stream is closed")

// ErrUnavailable is the error of a Handle at a time when the stream takes nothing. Trying again later is
// right.
var ErrUnavailable = errors.New("the stream takes no records at the moment")

// ErrFull is the ErrUnavailable of a stream that has no room: it is at its bound, and the handlers that are
// required have not handled what is in it, or there is too little free space on the disk.
var ErrFull = fmt.Errorf("%w: it is full", ErrUnavailable)

// noRoomTexts are in what JetStream says of a disk that is full, and of its own bounds in a cluster.
var noRoomTexts = []string{"no space left on device", "disk quota exceeded", "maximum bytes exceeded", "insufficient resources", "insufficient storage"}

// unavailable makes an ErrUnavailable of why records cannot be stored, an ErrFull if there is no room.
func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	for _, text := range noRoomTexts {
		if strings.Contains(err.Error(), text) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// LockedError says that a stream is in use by another process.
type LockedError struct {
	// Dir is the data directory, or empty if the stream is a cluster's. Stream is its name.
	Dir, Stream string
	// Owner is the other process, or empty if that is not known.
	Owner string
}

func (e *LockedError) Error() string {
	owner := e.Owner
	if owner == "" {
		owner = "another process"
	}
	if e.Dir == "" {
		return fmt.Sprintf("the stream %s of the cluster is in use by %s: stop that one, or use another name", e.Stream, owner)
	}
	return fmt.Sprintf("the data directory %s is in use by %s: stop that one, or use another directory", e.Dir, owner)
}

// lock takes the directory for this process, until it is let go of.
func lock(dir string) (*datadir.Held, error) {
	held, err := datadir.Lock(dir)
	if used, ok := errors.AsType[*datadir.InUseError](err); ok {
		locked := &LockedError{Dir: dir}
		if used.PID != "" {
			locked.Owner = "process " + used.PID
		}
		return nil, locked
	}
	return held, err
}
