package sender

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw/record"
)

// chunkLen is how many bytes are gathered for one write, give or take a record.
const chunkLen = 256 << 10

// frames are encoded records on their way out:
//
//	buf   | frame | frame | frame | frame |
//	      written on the ...|... to be written
//	         connection    off
//
// head is the frame that off is in, or before.
type frames struct {
	encode func(dst []byte, r *record.Record) []byte
	max    int // of a frame

	buf  []byte
	ends []int // where each frame ends in buf
	head int   // how many frames are written whole
	off  int   // how many bytes of buf are written on the connection in use
	// kept says that the first frame was cut by an earlier call and is accounted for.
	kept bool

	own record.Record // the record being encoded, signed
}

func (f *frames) empty() bool { return f.head == len(f.ends) }

// start is where the frame at head begins.
func (f *frames) start() int {
	if f.head == 0 {
		return 0
	}
	return f.ends[f.head-1]
}

// fill appends the frames of records until there is enough for a write, and returns how many. An
// error says why the record after those has none.
func (f *frames) fill(batch []record.Record) (n int, err error) {
	for n < len(batch) && len(f.buf) < chunkLen {
		from := len(f.buf)
		f.buf = f.encode(f.buf, signed(&batch[n], &f.own))
		if size := len(f.buf) - from; size == 0 || size > f.max {
			f.buf = f.buf[:from]
			return n, &tooLargeError{size: size, max: f.max}
		}
		f.ends = append(f.ends, len(f.buf))
		n++
	}
	return n, nil
}

// self is this process, as a receiver gets to know it.
var self = record.Process{PID: os.Getpid(), Name: filepath.Base(os.Args[0])}

// signed returns r with its process, where that is this one: a PC means nothing in any other. The copy is made in
// own.
func signed(r, own *record.Record) *record.Record {
	if r.PC == 0 || r.Process != (record.Process{}) {
		return r
	}
	*own = *r
	own.Process = self
	return own
}

// next returns the bytes to write: all, or up to the end of the frame at head.
func (f *frames) next(one bool) []byte {
	if one {
		return f.buf[f.off:f.ends[f.head]]
	}
	return f.buf[f.off:]
}

// wrote notes that n bytes were written. It returns how many frames that made whole, and how many of
// these are not accounted for yet.
func (f *frames) wrote(n int) (whole, fresh int) {
	f.off += n
	for f.head < len(f.ends) && f.ends[f.head] <= f.off {
		f.head++
		whole++
	}
	fresh = whole
	if whole > 0 && f.kept {
		f.kept = false
		fresh--
	}
	return whole, fresh
}

// rewind makes ready for another connection: a frame that was begun on the old one begins anew.
func (f *frames) rewind() { f.off = f.start() }

// leave forgets the frames that were written whole, and those that were not begun, which stay with
// the caller. A frame that was cut is kept, to be finished first: breaking it off would cost the
// connection. It returns how many frames are no longer the caller's affair, the kept one included.
func (f *frames) leave() (taken int) {
	taken = f.head
	if from := f.start(); !f.empty() && (f.off > from || f.kept) {
		end := f.ends[f.head]
		f.buf = append(f.buf[:0], f.buf[from:end]...)
		f.ends = append(f.ends[:0], end-from)
		f.head, f.off, f.kept = 0, f.off-from, true
		return taken + 1
	}
	if cap(f.buf) > 4*chunkLen {
		f.buf = nil // one huge record is no reason to hold its memory for ever
	}
	f.buf, f.ends, f.head, f.off = f.buf[:0], f.ends[:0], 0, 0
	return taken
}

// tooLargeError is why a record has no frame. size is 0 if it would be 4 GiB or more, max is 0 if it
// is not known.
type tooLargeError struct{ size, max int }

func (e *tooLargeError) Error() string {
	switch {
	case e.size == 0:
		return fmt.Sprintf("record is too large: got 4 GiB or more, want at most %d bytes", e.max)
	case e.max == 0:
		return fmt.Sprintf("record is too large for a datagram: got %d bytes", e.size)
	}
	return fmt.Sprintf("record is too large: got %d bytes, want at most %d", e.size, e.max)
}
