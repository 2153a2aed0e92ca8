// Package spill keeps records in files, in order, until they are read back.
//
// A directory has files of at most some megabytes, numbered in their order. Records are appended to the last
// one and read from the first, which is removed when all of it was read. What is there when a process ends, by
// whatever way, is read by the next one that opens the directory: nothing is forced to the disk, so that this
// holds for the end of a process and not for that of a machine.
//
// A file has a head and then one frame after another (integers are little-endian):
//
//	head   "JKSP" version(1 byte)=1 zero(3 bytes)
//	frame  length(4) CRC-32C of what follows(4) what(1) record(length-1 bytes)
//
// What is 1 for a record that tells of others that were dropped, 0 for any other. The form of a record is
// that of the package compact. The file "read" says, as text, how far the first file was read when the directory was closed.
package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	head      = "JKSP\x01\x00\x00\x00" // wire format
	frameHead = 8                      // wire format: bytes of length and sum
	suffix    = ".spill"
	offsets   = "read"
	// fileBytes is how large a file becomes before the next is begun, at most.
	fileBytes = 16 << 20
	// maxFrame bounds a frame; what is longer is refused, and no frame when it is read.
	maxFrame = 64 << 20
	// readBytes is about how much is read at once.
	readBytes = 256 << 10
)

// DefaultBytes is how much the files of a directory may take together.
const DefaultBytes = 1 << 30

// ErrFull is the error of records for which there is no room in the files.
var ErrFull = errors.New("the files have no more room")

// castagnoli is the table of the sums.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Spill is a directory of records. One goroutine may append while another one reads.
type Spill struct {
	dir  string
	max  int64
	each int64 // bytes of a file
	lock *datadir.Held
	buf  []byte // of Append

	mu      sync.Mutex // guards all below; only who appends and who reads ever wait for it
	files   []*file    // in their order
	bytes   int64      // of all files
	next    uint64     // number of the next file
	out     *os.File   // the last file, if it may be appended to
	in      *os.File   // the first file, if it was opened
	at      int64      // how far the first file was read
	done    int64      // how far what was read is done with
	chunk   []byte     // what was read of the first file, from chunkAt on
	chunkAt int64
	names   compact.Names
}

// file is one of the files.
type file struct {
	number uint64
	size   int64
	old    bool // of another process, or another Open
	left   map[slog.Level]int
}

func (s *Spill) path(f *file) string {
	return filepath.Join(s.dir, fmt.Sprintf("%016x%s", f.number, suffix))
}

// Open opens a directory, which it creates if there is none, for this process alone. The files take max bytes
// together at most.
func Open(dir string, max int64) (*Spill, error) {
	if max == 0 {
		max = DefaultBytes
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := datadir.Lock(dir)
	if _, ok := errors.AsType[*datadir.InUseError](err); ok {
		return nil, fmt.Errorf("%s is in use, by another handler or process", dir)
	}
	if err != nil {
		return nil, err
	}
	s := &Spill{dir: dir, max: max, each: min(fileBytes, max/4+1), lock: lock, next: 1, at: int64(len(head)), names: make(compact.Names)}
	if err := s.find(); err != nil {
		_ = lock.Close()
		return nil, err
	}
	s.done = s.at
	return s, nil
}

// find finds the files that are there, and how far the first was read.
func (s *Spill) find() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		var number uint64
		if n, _ := fmt.Sscanf(e.Name(), "%016x"+suffix, &number); n != 1 || len(e.Name()) != 16+len(suffix) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		s.files = append(s.files, &file{number: number, size: info.Size(), old: true})
		s.bytes += info.Size()
	}
	slices.SortFunc(s.files, func(a, b *file) int { return int(int64(a.number - b.number)) })
	if len(s.files) > 0 {
		s.next = s.files[len(s.files)-1].number + 1
	}
	return s.findOffset()
}

// findOffset finds how far the first file was read. What is not known is read again. What is noted about a file that
// is gone is forgotten: another one may have its number later.
func (s *Spill) findOffset() error {
	note := filepath.Join(s.dir, offsets)
	text, err := os.ReadFile(note)
	if err != nil {
		return nil
	}
	var number uint64
	var at int64
	n, _ := fmt.Sscan(string(text), &number, &at)
	if n == 2 && len(s.files) > 0 && number == s.files[0].number && at >= int64(len(head)) && at <= s.files[0].size {
		s.at = at
		return nil
	}
	return os.Remove(note)
}

// Append appends records, all of them or none; told says that the batch is a record that tells of others. The
// error is [ErrFull] if there is no room for them.
func (s *Spill) Append(batch []record.Record, told bool) error {
	s.buf = s.buf[:0]
	for i := range batch {
		from := len(s.buf)
		s.buf = appendFrame(s.buf, &batch[i], told)
		if n := len(s.buf) - from - frameHead; n > maxFrame {
			s.buf = nil
			return fmt.Errorf("a record takes %d bytes in a file, want %d at most", n, maxFrame)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.last(int64(len(s.buf)))
	if err != nil {
		return err
	}
	if _, err := s.out.WriteAt(s.buf, f.size); err != nil {
		// What was written of it is not to be seen by the next process.
		if s.out.Truncate(f.size) != nil {
			_ = s.out.Close()
			s.out = nil
		}
		return err
	}
	f.size += int64(len(s.buf))
	s.bytes += int64(len(s.buf))
	for i := range batch {
		if !told {
			f.left[batch[i].Level]++
		}
	}
	return nil
}

func appendFrame(dst []byte, r *record.Record, told bool) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, frameHead)...)
	what := byte(0)
	if told {
		what = 1
	}
	dst = compact.AppendRecord(append(dst, what), r)
	body := dst[at+frameHead:]
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(body)))
	binary.LittleEndian.PutUint32(dst[at+4:], crc32.Checksum(body, castagnoli))
	return dst
}

// last returns the file to append n bytes to, which is open. mu is held.
func (s *Spill) last(n int64) (*file, error) {
	if s.out != nil {
		f := s.files[len(s.files)-1]
		if f.size+n <= s.each || f.size == int64(len(head)) {
			if s.bytes+n > s.max {
				return nil, ErrFull
			}
			return f, nil
		}
	}
	if s.bytes+n+int64(len(head)) > s.max {
		return nil, ErrFull
	}
	f := &file{number: s.next, size: int64(len(head)), left: make(map[slog.Level]int)}
	out, err := os.OpenFile(s.path(f), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := out.WriteAt([]byte(head), 0); err != nil {
		_ = out.Close()
		_ = os.Remove(s.path(f))
		return nil, err
	}
	if s.out != nil {
		_ = s.out.Close() // nothing of it was kept back
	}
	s.out, s.next = out, s.next+1
	s.files = append(s.files, f)
	s.bytes += f.size
	return f, nil
}

// drop removes the first file. mu is held.
func (s *Spill) drop() error {
	f := s.files[0]
	if s.in != nil {
		_ = s.in.Close()
		s.in = nil
	}
	if len(s.files) == 1 && s.out != nil {
		_ = s.out.Close()
		s.out = nil
	}
	s.files = s.files[1:]
	s.bytes -= f.size
	s.at, s.done, s.chunk = int64(len(head)), int64(len(head)), s.chunk[:0]
	if err := os.Remove(s.path(f)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Done says that what was read last need not come again.
func (s *Spill) Done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = s.at
}

// Old reports whether there may be records from before the directory was opened.
func (s *Spill) Old() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.files) > 0 && s.files[0].old
}

// Close notes how far the files were read, and closes them.
func (s *Spill) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if len(s.files) == 1 && s.done >= s.files[0].size {
		err = s.drop()
	}
	note := filepath.Join(s.dir, offsets)
	if len(s.files) == 0 {
		_ = os.Remove(note)
	} else {
		text := fmt.Appendf(nil, "%d %d\n", s.files[0].number, s.done)
		if err = os.WriteFile(note+".new", text, 0o600); err == nil {
			err = os.Rename(note+".new", note)
		}
	}
	for _, f := range []*os.File{s.in, s.out} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	s.in, s.out = nil, nil
	return errors.Join(err, s.lock.Close())
}
