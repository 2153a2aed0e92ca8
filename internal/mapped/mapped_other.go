//go:build !linux

package mapped

import (
	"errors"
	"fmt"
)

func open(string, int64, Check) (*File, error) {
	return nil, fmt.Errorf("files are mapped into memory on Linux alone: %w", errors.ErrUnsupported)
}

func unmap([]byte) error { return errors.ErrUnsupported }
