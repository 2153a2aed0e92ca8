package sqlite

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

// The defaults of Options.
const (
	DefaultMaxAge       = 14 * 24 * time.Hour
	DefaultMaxBytes     = 10 << 30
	DefaultFreeSpace    = 512 << 20
	DefaultChunkRecords = 4096
)

const (
	// maxChunkBytes bounds the bytes of the texts of a chunk, about.
	maxChunkBytes = 8 << 20
	// minFileBytes and maxFileBytes bound the size from which on a file is cut.
	minFileBytes = 4 << 20
	maxFileBytes = 1 << 30
)

// Options configure a [Store].
type Options struct {
	// MaxAge is how long records are kept after they were received. Defaults to DefaultMaxAge if zero; negative is
	// for ever.
	MaxAge time.Duration
	// MaxBytes bounds the size of all files. Defaults to DefaultMaxBytes if zero, and to a tenth of the disk
	// if that is less; negative is no bound. Whole files are removed, the oldest first, and never the newest one.
	MaxBytes int64
	// FreeSpace is the floor of free space on the disk: below it nothing is taken. Defaults to DefaultFreeSpace if
	// zero, and to a tenth of the disk if that is less; negative is no floor.
	FreeSpace int64
	// FileBytes is the size from which on a new file is begun. Defaults to a sixteenth of MaxBytes if zero,
	// at most a GiB.
	FileBytes int64
	// ChunkRecords is how many records make a chunk. Defaults to DefaultChunkRecords if zero; at most
	// chunk.MaxRecords.
	ChunkRecords int
	// NoSync is for records that may be lost when the power fails: Handle returns before they are synced
	// (fsync). The death of the process costs nothing in either case.
	NoSync bool
	// ReadOnly opens the files for queries alone, as they are then, while another process may write them.
	ReadOnly bool
	// Notify is told, in a line, what an operator should know: damage, a full disk. It is called from any
	// goroutine and must not block. Nil tells nobody.
	Notify func(text string)

	steps []step // what makes a layout of the one before; tests have others
}

// settle checks o and fills in what is not set.
func (o *Options) settle(dir string) error {
	if o.MaxAge == 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.ChunkRecords == 0 {
		o.ChunkRecords = DefaultChunkRecords
	}
	if o.ChunkRecords < 1 || o.ChunkRecords > chunk.MaxRecords {
		return fmt.Errorf("%d records a chunk, want 1 to %d", o.ChunkRecords, chunk.MaxRecords)
	}
	tenth := int64(math.MaxInt64)
	if disk, err := datadir.DiskOf(dir); err == nil && disk.Total > 0 {
		tenth = disk.Total / 10
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = min(DefaultMaxBytes, tenth)
	}
	if o.FreeSpace == 0 {
		o.FreeSpace = min(DefaultFreeSpace, tenth)
	}
	if o.FileBytes == 0 {
		o.FileBytes = maxFileBytes
		if o.MaxBytes > 0 {
			o.FileBytes = min(max(o.MaxBytes/16, minFileBytes), maxFileBytes)
		}
	}
	if o.steps == nil {
		o.steps = layouts()
	}
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	return nil
}

// settleDir returns the absolute path of a directory, which it makes unless it is only to be read.
func settleDir(dir string, readOnly bool) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil || readOnly {
		return dir, err
	}
	return dir, os.MkdirAll(dir, 0o700)
}
