package handler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// appender is an open file that takes back what it wrote last.
type appender struct {
	file    *os.File
	info    fs.FileInfo // which file it is
	regular bool
	size    int64 // where it ends if nobody else has written meanwhile
	astray  bool  // its path leads elsewhere, where no file can be opened
}

// The modes of a file, as Python calls them.
const (
	appending = "a"
	emptying  = "w"
	creating  = "x"
)

// openAppender opens the path for appending, and creates the file if it is not there. torn is true where
// the file ends within a line.
func openAppender(path, mode string, perm fs.FileMode) (a *appender, torn bool, err error) {
	flags := os.O_WRONLY | os.O_APPEND | os.O_CREATE
	switch mode {
	case emptying:
		flags |= os.O_TRUNC
	case creating:
		flags |= os.O_EXCL
	}
	file, err := os.OpenFile(path, flags, perm)
	if err != nil {
		return nil, false, openError(path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, false, errors.Join(openError(path, err), file.Close())
	}
	a = &appender{file: file, info: info, regular: info.Mode().IsRegular(), size: info.Size()}
	return a, a.regular && a.size > 0 && !endsWithNewline(path, a.size), nil
}

// noDirectoryError says that a file cannot be made where there is no directory.
type noDirectoryError struct{ path, dir string }

func (e *noDirectoryError) Error() string {
	return fmt.Sprintf("open file %s: there is no directory %s; make it first", e.path, e.dir)
}

func (e *noDirectoryError) Unwrap() error { return fs.ErrNotExist }

func openError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &noDirectoryError{path: path, dir: filepath.Dir(path)}
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("open file %s: %w, and mode x wants a new one", path, fs.ErrExist)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("open file %s: %w", path, err)
}

// endsWithNewline reports whether the byte before size is a line's end, and also where it cannot be
// read: a file may be open to writers only.
func endsWithNewline(path string, size int64) bool {
	file, err := os.Open(path)
	if err != nil {
		return true
	}
	defer file.Close()
	var last [1]byte
	if _, err := file.ReadAt(last[:], size-1); err != nil && err != io.EOF {
		return true
	}
	return last[0] == '\n'
}

// is reports whether the file is the one that info is of.
func (a *appender) is(info fs.FileInfo) bool { return os.SameFile(a.info, info) }

// removed reports whether no name leads to the file any more: it is gone when it is closed.
func (a *appender) removed() bool {
	info, err := a.file.Stat()
	return err == nil && nameless(info)
}

// measure learns where the file ends.
func (a *appender) measure() {
	if info, err := a.file.Stat(); err == nil {
		a.size = info.Size()
	}
}

func (a *appender) Write(p []byte) (n int, err error) {
	n, err = a.file.Write(p)
	a.size += int64(max(n, 0))
	return n, err
}

// untear cuts the last n bytes off, unless others have written meanwhile.
func (a *appender) untear(n int) bool {
	info, err := a.file.Stat()
	if err != nil || !a.regular || info.Size() != a.size || a.file.Truncate(a.size-int64(n)) != nil {
		return false
	}
	a.size -= int64(n)
	return true
}

func (a *appender) sync() error {
	if !a.regular {
		return nil // a pipe or a device has no disk
	}
	return a.file.Sync()
}

func (a *appender) close() error {
	return errors.Join(a.sync(), a.file.Close())
}

// syncDir makes the names in a directory survive the end of the machine. A directory that cannot be
// synced, or not be read, is as safe as it can be.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync directory %s: %w", path, err)
	}
	return nil
}
