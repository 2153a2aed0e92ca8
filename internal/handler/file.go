package handler

import (
	"context"
	"errors"
	"fmt"
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
// A file that was renamed or removed, by logrotate for example, is opened anew before the next batch;
// one that was truncated goes on from its new end.
//
// What goes wrong with opening anew costs no record: the file goes on as it is, and it is tried again
// later. It is told once, by an error of the next Handle, which then has taken nothing and may be called
// again at once.
//
// Handle returns when the operating system has the batch: it survives the end of this process but
// not that of the machine. Flush makes it survive that too. Each of the methods waits for the one
// under way, until its context ends.
type File struct {
	path  string // as it was given
	full  string // from the root of the file system
	mode  fs.FileMode
	lines lines

	// The turn of lines guards these.
	file     *appender // nil after Close
	troubles troubles
	unnamed  bool  // names in the directory may not be on the disk yet
	unsynced error // why a file that was left may not be on the disk
}

// OpenFile opens the file for appending, and creates it if it is not there; its directory must be.
func OpenFile(path string, o FileOptions) (*File, error) {
	if o.Format == nil {
		o.Format = JSON
	}
	if o.Mode == 0 {
		o.Mode = 0o640
	}
	full, err := filepath.Abs(path)
	if err != nil {
		full = path // there is no working directory, and openAppender says so
	}
	f := &File{path: path, full: full, mode: o.Mode, lines: newLines(nil, o.Format)}
	file, torn, err := openAppender(path, o.Mode)
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
	if len(batch) == 0 {
		return nil
	}
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	f.lines.fill(batch)
	return f.lines.run(ctx, f.write)
}

// write writes what the buffer holds.
func (f *File) write() error {
	if f.file == nil {
		return record.Permanent(f.errClosed())
	}
	if err := f.troubles.take(); err != nil {
		return err
	}
	if err := f.find(); err != nil {
		return err
	}
	return f.lines.write(0, len(f.lines.ends))
}

// find sees to it that the file is the one that its path leads to.
func (f *File) find() error {
	a := f.file
	if !a.regular {
		return nil
	}
	info, err := os.Stat(f.full)
	switch {
	case err == nil && a.is(info):
		a.size, a.astray = info.Size(), false
	case err == nil, errors.Is(err, fs.ErrNotExist):
		next, torn, err := openAppender(f.full, f.mode)
		if err != nil && a.removed() {
			return err // what is written there is lost
		}
		f.troubles.note(reopening, err)
		if err == nil {
			f.leave(next, torn)
			break
		}
		a.astray = true
		a.measure()
	default: // its directory cannot be searched: nobody can say
		a.measure()
	}
	if f.file.size == 0 {
		f.lines.torn = false
	}
	return nil
}

// Flush implements [record.Flusher]: what was handled is synced to its disk.
func (f *File) Flush(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		if f.file == nil {
			return f.errClosed()
		}
		return errors.Join(f.file.sync(), f.settle())
	})
}

// settle returns whether files that were left, and the names of all, are on the disk.
func (f *File) settle() error {
	err := f.unsynced
	f.unsynced = nil
	if f.unnamed {
		bad := syncDir(filepath.Dir(f.full))
		f.unnamed = bad != nil
		err = errors.Join(err, bad)
	}
	return err
}

// Reopen opens the path anew and goes on there. Handle does so by itself where the file was renamed or
// removed. After an error it goes on with the old file.
func (f *File) Reopen(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		if f.file == nil {
			return f.errClosed()
		}
		file, torn, err := openAppender(f.full, f.mode)
		if err != nil {
			return err
		}
		f.leave(file, torn)
		return nil
	})
}

// Close syncs and closes the file. It waits for a write under way. Closing twice is fine; Handle after Close is an error.
func (f *File) Close() error {
	f.lines.turn <- struct{}{}
	defer f.lines.release()
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return errors.Join(f.troubles.take(), file.close(), f.settle())
}

func (f *File) use(file *appender, torn bool) {
	f.file, f.unnamed = file, f.unnamed || file.regular
	f.lines.w, f.lines.untear, f.lines.torn = file, file.untear, torn
}

// leave goes on with another file, and closes the one before.
func (f *File) leave(next *appender, torn bool) {
	if err := f.file.close(); err != nil && f.unsynced == nil {
		f.unsynced = fmt.Errorf("file %s: leave it for another: %w", f.path, err)
	}
	f.use(next, torn)
}

func (f *File) errClosed() error { return fmt.Errorf("file %s: %w", f.path, fs.ErrClosed) }
