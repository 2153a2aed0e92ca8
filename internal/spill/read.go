package spill

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/record"
)

// DamagedError says that the rest of a file could not be read. It was left out.
type DamagedError struct {
	File   string
	Offset int64
	// Left counts the records that were not read by level, if this Spill wrote them.
	Left map[slog.Level]int
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("read %s from byte %d on: %v", e.File, e.Offset, e.Err)
}

// Unwrap returns Err.
func (e *DamagedError) Unwrap() error { return e.Err }

// Read is what was read at once.
type Read struct {
	Records []record.Record
	Old     bool // they were there when the directory was opened
	Told    bool // it is a record that tells of others
}

// Next reads the next records, n at most, in their order. There are none if all were read. The error is a
// [*DamagedError]; then Next goes on behind what is damaged. What was read comes again, in another process, unless
// Done is called.
func (s *Spill) Next(n int) (Read, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.files) > 0 {
		f := s.files[0]
		if s.at >= f.size {
			if err := s.drop(); err != nil {
				return Read{}, &DamagedError{File: s.path(f), Err: err}
			}
			continue
		}
		read, err := s.read(f, n)
		if err == nil {
			return read, nil
		}
		if len(read.Records) > 0 {
			return read, nil // what is behind them is met again
		}
		damaged := &DamagedError{File: s.path(f), Offset: s.at, Left: f.left, Err: err}
		if !errors.Is(err, errTorn) {
			// It may be of use to somebody; the name says that it is not read.
			if os.Rename(s.path(f), s.path(f)+".damaged") == nil {
				damaged.File += ".damaged"
			}
		}
		_ = s.drop()
		return Read{}, damaged
	}
	return Read{}, nil
}

// errTorn is the error of a frame that is not all there: the process ended while it wrote it.
var errTorn = errors.New("the last record is torn")

// read reads records of the first file.
func (s *Spill) read(f *file, n int) (read Read, err error) {
	if s.in == nil {
		if s.in, err = os.Open(s.path(f)); err != nil {
			return read, err
		}
		var start [len(head)]byte
		if _, err := s.in.ReadAt(start[:], 0); err != nil || string(start[:]) != head {
			return read, errors.New("not a file of records, or of another version")
		}
	}
	read.Old = f.old
	for s.at < f.size && len(read.Records) < n {
		body, err := s.frame(f)
		if err != nil {
			return read, err
		}
		told := body[0] == 1
		if len(read.Records) > 0 && told {
			break
		}
		in := compact.NewReader(body[1:], s.names)
		r := in.Record()
		if err := in.Close(); err != nil {
			return read, err
		}
		if read.Records == nil && !told {
			read.Records = make([]record.Record, 0, n)
		}
		read.Records, read.Told = append(read.Records, r), told
		s.at += frameHead + int64(len(body))
		if told {
			break
		}
		if f.left != nil {
			f.left[r.Level]--
		}
	}
	return read, nil
}

// frame returns the body of the frame that is to be read next.
func (s *Spill) frame(f *file) ([]byte, error) {
	rest := f.size - s.at
	b, err := s.ahead(min(frameHead, rest), rest)
	if err != nil {
		return nil, err
	}
	if len(b) < frameHead {
		return nil, errTorn
	}
	length := int64(binary.LittleEndian.Uint32(b))
	if length == 0 || length > maxFrame {
		return nil, errors.New("not a frame")
	}
	if frameHead+length > rest {
		return nil, errTorn
	}
	if b, err = s.ahead(frameHead+length, rest); err != nil {
		return nil, err
	}
	body := b[frameHead : frameHead+length]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return nil, errors.New("the sum of a frame is wrong")
	}
	return body, nil
}

// ahead returns what comes next in the first file: n bytes at least, of which there must be as many, and of
// the rest what was read with them.
func (s *Spill) ahead(n, rest int64) ([]byte, error) {
	if from := s.at - s.chunkAt; from >= 0 && from+n <= int64(len(s.chunk)) {
		return s.chunk[from:], nil
	}
	size := int(min(max(n, readBytes), rest))
	s.chunk, s.chunkAt = slices.Grow(s.chunk[:0], size)[:size], s.at
	if _, err := s.in.ReadAt(s.chunk, s.at); err != nil {
		s.chunk = s.chunk[:0]
		return nil, err
	}
	return s.chunk, nil
}
