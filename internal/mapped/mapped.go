// Package mapped is a file that is mapped into memory, and one process's alone: what is written there is the file's, whatever
// becomes of the process.
package mapped

import (
	"errors"
	"fmt"
	"os"

	"github.com/jackdaw-log/jackdaw/internal/flock"
)

// InUseError says that a process that runs has a file.
type InUseError struct{ Path string }

func (e *InUseError) Error() string { return e.Path + " is in use" }

// Check looks at the beginning of a file that was there. If it returns an error the file is not to be touched; if it
// returns the end of a name, the file is not for this process, and gets a name with that end.
type Check func(head []byte) (aside string, err error)

// headBytes is how much of a file a [Check] sees, at most.
const headBytes = 64

// File is a file in memory.
type File struct {
	// Bytes are the mapping. A write to it, or a read, is a fault if the file was cut off meanwhile, or the disk fails.
	Bytes []byte
	// Aside is the name that a file got which was there and not for this process, or empty.
	Aside string

	path string
	file *os.File
}

// Open opens a file, which it makes if there is none, and locks it: the error is an [*InUseError] if it is locked. All of its
// bytes have their room on the disk; if there is not so much, that is an error for a new file, and one that is there
// stays as it is. One that is larger does so too. A file that belongs to another user, or is a link, is an error.
func Open(path string, size int64, check Check) (*File, error) {
	f, err := open(path, size, check)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return f, nil
}

// Close ends the mapping, which must not be used any more, and lets go of the file. If remove is set the file goes too.
func (f *File) Close(remove bool) error {
	err := unmap(f.Bytes)
	f.Bytes = nil
	if remove {
		err = errors.Join(err, os.Remove(f.path))
	}
	return errors.Join(err, flock.Close(f.file))
}
