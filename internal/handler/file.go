package handler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw/record"
)

// FileOptions are the options of [OpenFile].
type FileOptions struct {
	// Format is the form of a record. Defaults to JSON if nil.
	Format Format
	// Mode is what a file that has to be created may be used for, before the umask. Defaults to
	// 0640 if zero: records hold what is not for everyone.
	Mode fs.FileMode
}

// File is a [record.Handler] that appends records to a file, each batch with one write.
//
// A write that fails, as on a full disk, leaves no part of a record behind: the error is a
// [record.PartialError] where some records went out whole, and the beginning of the next one is cut
// off again. Where it cannot be, because another process has appended to the file meanwhile or the
// file is no regular one, the next record begins on a line of its own, as it does after what a crash
// left unfinished.
//
// Handle returns when the operating system has the batch: it survives the end of this process but
// not that of the machine. Flush makes it survive that too. Each of the methods waits for the one
// under way, until its context ends.
type File struct {
	path  string
	mode  fs.FileMode
	lines lines
	file  *appender // nil after Close; guarded by the turn of lines
}

// OpenFile opens the file for appending, and creates it if it is not there; its directory must be.
func OpenFile(path string, o FileOptions) (*File, error) {
	if o.Format == nil {
		o.Format = JSON
	}
	if o.Mode == 0 {
		o.Mode = 0o640
	}
	f := &File{path: path, mode: o.Mode, lines: newLines(nil, o.Format)}
	file, torn, err := f.open()
	if err != nil {
		return nil, err
	}
	f.use(file, torn)
	return f, nil
}

// Path returns the path that the file was opened by.
func (f *File) Path() string { return f.path }

// Handle implements [record.Handler].
func (f *File) Handle(ctx context.Context, batch []record.Record) error {
	return f.lines.handle(ctx, batch)
}

// Flush implements [record.Flusher]: the file is synced to its disk.
func (f *File) Flush(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		if f.file == nil {
			return f.errClosed()
		}
		return f.file.sync()
	})
}

// Reopen opens the path anew and goes on there, as is needed when the file was renamed (logrotate)
// or removed. After an error it goes on with the old file.
func (f *File) Reopen(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		if f.file == nil {
			return f.errClosed()
		}
		file, torn, err := f.open()
		if err != nil {
			return err
		}
		old := f.file
		f.use(file, torn)
		return old.close()
	})
}

// Close syncs and closes the file. It waits for a write under way. Closing twice is fine; Handle
// after Close is an error.
func (f *File) Close() error {
	f.lines.turn <- struct{}{}
	defer f.lines.release()
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file, f.lines.w, f.lines.untear = nil, closedFile{f}, nil
	return file.close()
}

func (f *File) use(file *appender, torn bool) {
	f.file = file
	f.lines.w, f.lines.untear, f.lines.torn = file, file.untear, torn
}

func (f *File) errClosed() error { return fmt.Errorf("file %s: %w", f.path, fs.ErrClosed) }

// closedFile is the writer of a File that was closed.
type closedFile struct{ *File }

func (c closedFile) Write([]byte) (int, error) { return 0, record.Permanent(c.errClosed()) }

// open opens the path. torn is true where the file ends within a line.
func (f *File) open() (a *appender, torn bool, err error) {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, f.mode)
	if err != nil {
		return nil, false, f.openError(err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, false, errors.Join(f.openError(err), file.Close())
	}
	a = &appender{file: file, regular: info.Mode().IsRegular()}
	return a, a.regular && info.Size() > 0 && !endsWithNewline(f.path, info.Size()), nil
}

// noDirectoryError says that a file cannot be made where there is no directory.
type noDirectoryError struct{ path, dir string }

func (e *noDirectoryError) Error() string {
	return fmt.Sprintf("open file %s: there is no directory %s; make it first", e.path, e.dir)
}

func (e *noDirectoryError) Unwrap() error { return fs.ErrNotExist }

func (f *File) openError(err error) error {
	if dir := filepath.Dir(f.path); errors.Is(err, fs.ErrNotExist) {
		return &noDirectoryError{path: f.path, dir: dir}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("open file %s: %w", f.path, err)
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

// appender is an open file that takes back what it wrote last.
type appender struct {
	file    *os.File
	regular bool
	end     int64 // the file's size after the last Write if nobody else wrote, -1 if unknown
}

func (a *appender) Write(p []byte) (n int, err error) {
	a.end = -1
	if a.regular {
		if info, err := a.file.Stat(); err == nil {
			a.end = info.Size()
		}
	}
	n, err = a.file.Write(p)
	if a.end >= 0 {
		a.end += int64(n)
	}
	return n, err
}

// untear cuts the last n bytes off, unless others have written after them.
func (a *appender) untear(n int) bool {
	info, err := a.file.Stat()
	if err != nil || !a.regular || info.Size() != a.end {
		return false
	}
	return a.file.Truncate(a.end-int64(n)) == nil
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
