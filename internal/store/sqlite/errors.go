package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// ErrFull is the error of a Handle that found no room: the disk is full, or has less free space than it must. It
// comes in a [record.FullError].
var ErrFull = errors.New("store is full")

// LockedError says that a directory is in use by another process.
type LockedError struct {
	Dir string
	// PID is the other process, or empty if that is not known.
	PID string
}

func (e *LockedError) Error() string {
	owner := "another process"
	if e.PID != "" {
		owner = "process " + e.PID
	}
	return fmt.Sprintf("the store %s is in use by %s: stop that one, or use another directory", e.Dir, owner)
}

// lock takes the directory for this process, until it is let go of.
func lock(dir string) (*datadir.Held, error) {
	held, err := datadir.Lock(dir)
	if used, ok := errors.AsType[*datadir.InUseError](err); ok {
		return nil, &LockedError{Dir: dir, PID: used.PID}
	}
	return held, err
}

// NewerError says that a file was made by a later version of this program.
type NewerError struct {
	File             string
	Version, Highest int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has the layout %d, of a later version of this program; this one knows those up to %d", e.File, e.Version, e.Highest)
}

// SQLite's result codes that mean something here.
const (
	sqliteError    = 1
	sqliteIOError  = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteNotADB   = 26
	primaryCode    = 0xff
	sqliteReadOnly = 8
)

func codeOf(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code() & primaryCode
	}
	return 0
}

// isDamage reports whether an error says that what is in a file is not what was written.
func isDamage(err error) bool {
	code := codeOf(err)
	return errors.Is(err, chunk.ErrCorrupt) || code == sqliteCorrupt || code == sqliteNotADB
}

// asDamage makes damage of an error of reading a file whose layout is the right one, where it says that tables or values
// are not those of that layout.
func asDamage(err error) error {
	_, isSQLite := errors.AsType[*driver.Error](err)
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !isSQLite, codeOf(err) == sqliteError:
		return fmt.Errorf("%w: %w", chunk.ErrCorrupt, err)
	}
	return err
}

// isUnreadable reports whether an error of a query says that it is of no use to read there, by the file or by the disk.
func isUnreadable(err error) bool { return isDamage(err) || codeOf(err) == sqliteIOError }

// asFull makes an error that says that the disk is full one that any caller understands.
func asFull(err error) error {
	if codeOf(err) == sqliteFull || err != nil && strings.Contains(err.Error(), "no space left on device") {
		return &record.FullError{Err: fmt.Errorf("%w: %w", ErrFull, err)}
	}
	return err
}
