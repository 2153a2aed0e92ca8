package mapped

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/flock"
)

func open(path string, size int64, check Check) (*File, error) {
	f := &File{path: path}
	for {
		again, err := f.claim(check)
		if err == nil && !again {
			err = f.mapAll(size)
			if err == nil {
				return f, nil
			}
		}
		if f.file != nil {
			_ = flock.Close(f.file)
		}
		if err != nil {
			return nil, err
		}
	}
}

// claim opens the file and locks it. again says that it is to be opened once more: it was removed meanwhile, or is called
// otherwise now.
func (f *File) claim(check Check) (again bool, err error) {
	f.file, err = os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return false, errors.New("it is a link; name the file itself")
	}
	if err != nil {
		return false, errors.Unwrap(err) // who calls says which file
	}
	info, err := f.file.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, errors.New("it is not a file")
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return false, fmt.Errorf("it belongs to user %d, and this process to user %d", stat.Uid, os.Geteuid())
	}
	err = flock.Lock(f.file)
	if errors.Is(err, flock.ErrLocked) {
		return false, &InUseError{f.path}
	}
	if err != nil {
		return false, err
	}
	now, err := os.Lstat(f.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(info, now) {
		return true, nil
	}
	if err != nil || info.Size() == 0 {
		return false, err
	}
	head := make([]byte, min(headBytes, info.Size()))
	if _, err := io.ReadFull(io.NewSectionReader(f.file, 0, int64(len(head))), head); err != nil {
		return false, err
	}
	aside, err := check(head)
	if err != nil || aside == "" {
		return false, err
	}
	f.Aside = f.path + aside
	return true, os.Rename(f.path, f.Aside)
}

// mapAll maps the file.
func (f *File) mapAll(size int64) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	was := info.Size()
	size = max(size, was)
	if err = f.reserve(was, size); err != nil && was > 0 {
		size = was
		err = errors.Join(f.file.Truncate(was), f.reserve(was, was))
	}
	if err != nil {
		if was == 0 {
			_ = os.Remove(f.path)
		}
		return fmt.Errorf("make room for %d bytes: %w", size, err)
	}
	// All pages are made now: to make one takes a microsecond, which no call is to wait.
	f.Bytes, err = syscall.Mmap(int(f.file.Fd()), 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	return err
}

// reserve sees to it that the file, which has some bytes, has so many, and room for them.
func (f *File) reserve(was, size int64) error {
	for {
		switch err := syscall.Fallocate(int(f.file.Fd()), 0, 0, size); err {
		case syscall.EINTR:
		case syscall.EOPNOTSUPP, syscall.ENOSYS:
			return f.fill(was, size)
		default:
			return err
		}
	}
}

// fill writes what the file does not have yet, where the system cannot make room otherwise.
func (f *File) fill(was, size int64) error {
	zeros := make([]byte, 1<<20)
	for at := was; at < size; at += int64(len(zeros)) {
		if _, err := f.file.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	return nil
}

func unmap(m []byte) error { return syscall.Munmap(m) }
