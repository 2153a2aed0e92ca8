//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package datadir

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Lock takes the directory for this process, until the file is closed or the process ends. It does not wait: the error
// is an [*InUseError] if somebody has it. On systems that know no such lock, nothing keeps a second process out.
func Lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner := make([]byte, 64)
		n, _ := f.ReadAt(owner, 0)
		_ = f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, &InUseError{Dir: dir, PID: strings.TrimSpace(string(owner[:n]))}
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // only the text of another process's error depends on it
	}
	return f, nil
}
