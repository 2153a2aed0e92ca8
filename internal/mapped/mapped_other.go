//go:build !linux

package mapped

import (
	"errors"
	"fmt"
	"os"
)

func open(string, int64, Check) (*File, error) {
	return nil, fmt.Errorf("files are mapped into memory on Linux alone: %w", errors.ErrUnsupported)
}

// lock has nothing to do: no process of this system has such a file.
func lock(*os.File) error { return nil }

func unmap([]byte) error { return errors.ErrUnsupported }
