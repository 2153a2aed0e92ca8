//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package flock

import (
	"fmt"
	"os"
	"syscall"
)

func lock(f *os.File) error {
	err := control(f, syscall.LOCK_EX|syscall.LOCK_NB)
	switch err {
	case nil:
		return nil
	case syscall.EWOULDBLOCK:
		return ErrLocked
	}
	return fmt.Errorf("lock %s: %w", f.Name(), err)
}

func unlock(f *os.File) error {
	if err := control(f, syscall.LOCK_UN); err != nil {
		return fmt.Errorf("unlock %s: %w", f.Name(), err)
	}
	return nil
}

func control(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}
