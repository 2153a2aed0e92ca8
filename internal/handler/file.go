package handler

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// FileOptions are the options of [OpenFile]. Those of rotation are called as in Python's
// RotatingFileHandler and TimedRotatingFileHandler, and mean the same.
type FileOptions struct {
	// Format is the form of a record. Defaults to JSON if nil.
	Format format.Format
	// Again makes the same Format once more, so that records that wait can be kept by their forms.
	// They are not if it is nil.
	Again Again
	// Perm is what a file that has to be created may be used for, before the umask. Defaults to
	// 0640 if zero: records hold what is not for everyone.
	Perm fs.FileMode

	// Mode is what becomes of a file that is there when it is opened first: with a, records go behind
	// what it holds; with w it is emptied; with x it is an error. With MaxBytes or When it is always a, as
	// in Python, where each start would remove what the one before kept. Defaults to a if empty.
	Mode string
	// Delay leaves the file alone until the first record comes.
	Delay bool
	// Encoding is utf-8, ascii or latin-1, or another of Python's names for them. Defaults to utf-8 if
	// empty.
	Encoding string
	// Errors is what is written for a character that the encoding does not have: backslashreplace,
	// replace, xmlcharrefreplace or ignore. Defaults to backslashreplace if empty. See
	// [format.NewCharset].
	Errors string

	// MaxBytes is the size that the file stays below: it is rotated before the record that would
	// reach it. A record that is as large by itself has a file of its own. No bound if zero.
	MaxBytes int64
	// When the file is rotated by time: S, M, H or D for every Interval seconds, minutes, hours or
	// days from the last rotation on; midnight; W0 … W6 for the end of Monday … Sunday. Small and
	// capital letters are the same. Never if empty.
	When string
	// Interval is how many of When there are from one rotation to the next. Defaults to 1 if zero.
	Interval int
	// AtTime is a time of the day, instead of its end, for When midnight and W0 … W6.
	AtTime time.Duration
	// UTC counts and names days and hours in UTC. They are those of the local zone otherwise.
	UTC bool
	// BackupCount is how many rotated files are kept. Zero keeps all, and cannot be with MaxBytes
	// alone, where each rotation renames all of them.
	BackupCount int
	// Compress compresses rotated files with gzip, in the background.
	Compress bool
}

// check reports the first thing that is wrong with the options.
func (o *FileOptions) check() error {
	switch {
	case !slices.Contains([]string{"", appending, emptying, creating}, o.Mode):
		return fmt.Errorf("got mode %q, want a (append), w (empty it first) or x (a new file)", o.Mode)
	case o.MaxBytes < 0:
		return fmt.Errorf("got MaxBytes %d, want a size, or 0 for no bound", o.MaxBytes)
	case o.BackupCount < 0:
		return fmt.Errorf("got BackupCount %d, want a number, or 0 for all", o.BackupCount)
	case o.MaxBytes > 0 && o.When == "" && o.BackupCount == 0:
		return errors.New("got MaxBytes without BackupCount, want the number of rotated files to keep")
	case o.MaxBytes == 0 && o.When == "" && (o.BackupCount > 0 || o.Compress):
		return errors.New("got BackupCount or Compress for a file that is not rotated, want MaxBytes or When")
	}
	return nil
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
// With MaxBytes or When the file is rotated, between two records: it is renamed, and a new one takes
// its place. The rotated files are called as Python calls them: path.1, path.2 … by size, path.1 being
// the newest, and path.2026-11-22 by time, after the beginning of the interval. By both, those that
// one interval has more of are path.2026-11-22.1, path.2026-11-22.2 …, which is also where a name is
// taken already. A compressed one ends in .gz. What is no regular file is never rotated.
//
// At the time to rotate, the records of a batch that were logged before it still go to the old file.
// After a restart the time is computed from the file's last change.
//
// What goes wrong with rotating, removing, compressing or opening anew costs no record: the file goes
// on as it is, and it is tried again later. It is told once, by an error of the next Handle, which then has
// taken nothing and may be called again at once.
//
// Several processes may append to one file, but only one may rotate it.
//
// Handle returns when the operating system has the batch: it survives the end of this process but
// not that of the machine. Flush makes it survive that too, in whichever file it is by then. Each of
// the methods waits for the one under way, until its context ends.
type File struct {
	path  string // as it was given
	full  string // from the root of the file system
	perm  fs.FileMode
	lines lines

	// The turn of lines guards these.
	file     *appender // nil before it is opened, and after Close
	mode     string    // of the next time it is opened
	closed   bool
	rotation rotation
	backups  backups
	troubles troubles
	unnamed  bool  // names in the directory may not be on the disk yet
	unsynced error // why a file that was left may not be on the disk

	compressor compressor
}

// OpenFile opens the file for appending, and creates it if it is not there; its directory must be. With
// Delay the first Handle does so.
func OpenFile(path string, o FileOptions) (*File, error) {
	fail := func(err error) (*File, error) { return nil, fmt.Errorf("open file %s: %w", path, err) }
	if err := o.check(); err != nil {
		return fail(err)
	}
	schedule, err := newSchedule(&o)
	if err != nil {
		return fail(err)
	}
	charset, err := format.NewCharset(o.Encoding, o.Errors)
	if err != nil {
		return fail(err)
	}
	if o.Format == nil {
		o.Format, o.Again = format.NewJSON(), format.NewJSON
	}
	if o.Perm == 0 {
		o.Perm = 0o640
	}
	full, err := filepath.Abs(path)
	if err != nil {
		full = path // there is no working directory, and openAppender says so
	}
	f := &File{path: path, full: full, perm: o.Perm, mode: o.Mode, lines: newLines(nil, charset.Of(o.Format))}
	if o.Again != nil {
		f.lines.again = func() format.Format { return charset.Of(o.Again()) }
	}
	if o.MaxBytes > 0 || o.When != "" {
		f.mode = appending
	}
	f.rotation = rotation{maxBytes: o.MaxBytes, schedule: schedule}
	f.backups = newBackups(full, schedule, o.BackupCount)
	f.compressor = compressor{on: o.Compress, stop: make(chan struct{})}
	if !o.Delay {
		if err := f.open(path); err != nil {
			return nil, err
		}
	}
	f.rotation.start(f.changed())
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
	f.rotation.look(batch)
	return f.lines.run(ctx, f.write)
}

// write writes what the buffer holds, into one file or into several.
func (f *File) write() error {
	if f.closed {
		return record.Permanent(f.errClosed())
	}
	if f.file == nil {
		if err := f.open(f.full); err != nil {
			return err
		}
	}
	if err := f.troubles.take(); err != nil {
		return err
	}
	if err := f.find(); err != nil {
		return err
	}
	end := len(f.lines.ends)
	for from := 0; from < end; {
		if f.due(from) {
			f.rotate()
		}
		to := f.fits(from)
		if err := f.lines.write(from, to); err != nil {
			return err
		}
		from = to
	}
	if f.due(end) {
		f.rotate()
	}
	return nil
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
		next, torn, err := openAppender(f.full, appending, f.perm)
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
	return nil
}

// Flush implements [record.Flusher]: what was handled is synced to its disk.
func (f *File) Flush(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		switch {
		case f.closed:
			return f.errClosed()
		case f.file == nil:
			return nil
		}
		return errors.Join(f.file.sync(), f.settle())
	})
}

// settle returns whether files that were left, and the names of all, are on the disk.
func (f *File) settle() error {
	err := f.unsynced
	f.unsynced = nil
	if f.unnamed {
		bad := syncDir(f.backups.dir)
		f.unnamed = bad != nil
		err = errors.Join(err, bad)
	}
	return err
}

// Reopen opens the path anew and goes on there, unless the file was never opened. Handle does so by itself
// where the file was renamed or removed. After an error it goes on with the old file.
func (f *File) Reopen(ctx context.Context) error {
	if err := f.lines.take(ctx); err != nil {
		return err
	}
	return f.lines.run(ctx, func() error {
		switch {
		case f.closed:
			return f.errClosed()
		case f.file == nil:
			return nil
		}
		file, torn, err := openAppender(f.full, appending, f.perm)
		if err != nil {
			return err
		}
		f.leave(file, torn)
		return nil
	})
}

// Close syncs and closes the file. It waits for a write under way, and leaves what is being compressed
// to the next OpenFile. Closing twice is fine; Handle after Close is an error.
func (f *File) Close() error {
	f.lines.turn <- struct{}{}
	defer f.compressor.running.Wait()
	defer f.lines.release()
	if f.closed {
		return nil
	}
	f.closed = true
	close(f.compressor.stop)
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return errors.Join(f.troubles.take(), file.close(), f.settle())
}

// open opens the file for the first time, by its path.
func (f *File) open(path string) error {
	file, torn, err := openAppender(path, f.mode, f.perm)
	if err != nil {
		return err
	}
	f.use(file, torn)
	f.compress() // what the process before left
	return nil
}

// changed returns when the file was changed last, or now if there is none.
func (f *File) changed() time.Time {
	info, err := os.Stat(f.full)
	if err != nil {
		return time.Now()
	}
	return info.ModTime()
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
