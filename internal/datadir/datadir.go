// Package datadir is what is asked of a directory of files: that it is this process's alone, and what room its disk
// has.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/flock"
)

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

// Held is a directory that is this process's alone.
type Held struct{ file *os.File }

// Lock takes the directory for this process, until [Held.Close] or until the process ends. It does not wait: the error is
// an [*InUseError] if somebody has it. On systems that know no such lock, nothing keeps a second process out.
func Lock(dir string) (*Held, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock.Lock(f); err != nil {
		owner := make([]byte, 64)
		n, _ := f.ReadAt(owner, 0)
		_ = f.Close()
		if errors.Is(err, flock.ErrLocked) {
			return nil, &InUseError{Dir: dir, PID: strings.TrimSpace(string(owner[:n]))}
		}
		return nil, err
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // only the text of another process's error depends on it
	}
	return &Held{f}, nil
}

// Close lets go of the directory: who asks for it next gets it.
func (h *Held) Close() error { return flock.Close(h.file) }

// Disk is the size of a file system, and what of it this process may still use, in bytes.
type Disk struct{ Total, Free int64 }
