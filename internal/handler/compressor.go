package handler

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// staleAfter is the age at which an unfinished file is one that nobody works on.
const staleAfter = time.Hour

// errStopped is the error of what Close has interrupted.
var errStopped = errors.New("stopped")

// compressor compresses the rotated files of a File, one after another, in a goroutine that is there
// while there is something to do.
//
// A file is compressed into another of a name that means nothing yet, which is synced and then takes
// its own name, app.log.1.gz; only when the disk has that name is the original removed. So whatever
// ends the process in between, one of them is whole. Where both are, the original is compressed again.
type compressor struct {
	on      bool
	stop    chan struct{} // closed by Close
	running sync.WaitGroup

	// The turn of the File's lines guards these.
	busy  bool
	again bool // files were rotated since the goroutine looked
}

// compress sees to it that rotated files are compressed. The turn is held.
func (f *File) compress() {
	c := &f.compressor
	switch {
	case !c.on || !f.file.regular:
	case c.busy:
		c.again = true
	default:
		c.busy = true
		c.running.Go(f.compressAll)
	}
}

// withTurn calls act, unless the file is closed first.
func (f *File) withTurn(act func() error) error {
	select {
	case <-f.compressor.stop:
		return errStopped
	case f.lines.turn <- struct{}{}:
	}
	defer f.lines.release()
	if f.closed {
		return errStopped
	}
	return act()
}

// compressAll compresses what there is until there is no more.
func (f *File) compressAll() {
	for more := true; more; {
		err := f.compressEach()
		stopped := f.withTurn(func() error {
			f.troubles.note(compressing, err)
			c := &f.compressor
			more, c.busy, c.again = c.again, c.again, false
			return nil
		})
		if stopped != nil {
			return
		}
	}
}

// compressEach compresses each rotated file that is not, the newest first.
func (f *File) compressEach() error {
	f.sweep()
	all, err := f.backups.list()
	if err != nil {
		return fmt.Errorf("file %s: compress: %w", f.path, err)
	}
	var errs []error
	for _, b := range all {
		path := f.backups.path(b.stamp, b.number)
		if !b.plain {
			continue
		}
		err := f.compressOne(path)
		if errors.Is(err, errStopped) {
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // it was renamed or removed meanwhile
			errs = append(errs, fmt.Errorf("compress %s: %w", path, err))
		}
	}
	return errors.Join(errs...)
}

// unfinished is how the names of unfinished files begin.
func (f *File) unfinished() string { return "." + f.backups.base + gz + "-" }

// sweep removes unfinished files of processes that are no more.
func (f *File) sweep() {
	entries, err := os.ReadDir(f.backups.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), f.unfinished()) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > staleAfter {
			_ = os.Remove(filepath.Join(f.backups.dir, e.Name())) // else the next one does it
		}
	}
}

// compressOne compresses one rotated file, wherever later rotations move it.
func (f *File) compressOne(path string) (err error) {
	plain, err := os.Open(path)
	if err != nil {
		return err
	}
	defer plain.Close() // not before the end: until then no other file can be taken for it
	info, err := plain.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	out, err := os.CreateTemp(f.backups.dir, f.unfinished())
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name()) // it may have its own name already
		}
	}()
	sum, err := f.squeeze(out, plain, info)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if err := os.Chtimes(out.Name(), time.Time{}, info.ModTime()); err != nil {
		return err
	}
	if err := f.withTurn(func() error { return f.name(out.Name(), info, sum) }); err != nil {
		return err
	}
	if err := syncDir(f.backups.dir); err != nil {
		return err
	}
	return f.withTurn(func() error {
		path, err := f.backups.find(info)
		if err != nil || path == "" {
			return err
		}
		if _, err := os.Lstat(path + gz); err != nil {
			return err
		}
		return os.Remove(path)
	})
}

// checksum is what a gzip file ends with: of what is in it, a CRC-32 and the length, each four bytes,
// the lowest first. It is wire format.
type checksum [8]byte

// squeeze writes the compressed form of plain to out, and syncs it.
func (f *File) squeeze(out, plain *os.File, info fs.FileInfo) (sum checksum, err error) {
	if err := out.Chmod(info.Mode().Perm()); err != nil {
		return sum, err
	}
	z := gzip.NewWriter(out)
	z.ModTime = info.ModTime()
	crc := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(z, crc), stoppable{plain, f.compressor.stop})
	if err != nil {
		return sum, err
	}
	if n != info.Size() {
		return sum, fmt.Errorf("it has %d bytes and had %d: another process writes to it", n, info.Size())
	}
	if err := z.Close(); err != nil {
		return sum, err
	}
	binary.LittleEndian.PutUint32(sum[:4], crc.Sum32())
	binary.LittleEndian.PutUint32(sum[4:], uint32(n))
	return sum, out.Sync()
}

// stoppable reads until stop is closed.
type stoppable struct {
	file *os.File
	stop chan struct{}
}

func (s stoppable) Read(p []byte) (int, error) {
	select {
	case <-s.stop:
		return 0, errStopped
	default:
		return s.file.Read(p)
	}
}

// name gives the compressed file the name that its original has by now.
func (f *File) name(out string, info fs.FileInfo, sum checksum) error {
	path, err := f.backups.find(info)
	if err != nil {
		return err
	}
	if path == "" {
		return fs.ErrNotExist // it was removed
	}
	if now, err := os.Lstat(path); err != nil || now.Size() != info.Size() {
		return errors.Join(err, errors.New("it has grown: another process writes to it"))
	}
	if there, err := trailer(path + gz); err == nil && there != sum {
		return fmt.Errorf("there is another %s, which holds something else", path+gz)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(out, path+gz)
}

// trailer reads the checksum of a gzip file.
func trailer(path string) (sum checksum, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	if _, err := file.Seek(-int64(len(sum)), io.SeekEnd); err != nil {
		return sum, err
	}
	_, err = io.ReadFull(file, sum[:])
	return sum, err
}
