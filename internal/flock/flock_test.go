//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package flock

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	first, second := open(t, path), open(t, path)
	if err := Lock(first); err != nil {
		t.Fatal(err)
	}
	if err := Lock(second); !errors.Is(err, ErrLocked) {
		t.Errorf("a second opening: got %v, want ErrLocked", err)
	}
	// A child between fork and exec has the descriptors of its parent, and so does this one's.
	child, err := syscall.Dup(int(first.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(child) }()
	if err := Close(first); err != nil {
		t.Error(err)
	}
	if err := Lock(second); err != nil {
		t.Errorf("after Close, while a child has the file: got %v", err)
	}
	if err := Close(second); err != nil {
		t.Error(err)
	}
	if err := Lock(second); err == nil || errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("a closed file: got %v, want an error that names it", err)
	}
	if err := Close(second); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed twice: got %v, want ErrClosed", err)
	}
}
