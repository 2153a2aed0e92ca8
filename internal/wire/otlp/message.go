package otlp

import "slices"

// The length of a message stands before it, in as few bytes as it can, as everybody writes it. It is known at the message's
// end, and where it takes more bytes than were left for it, the message moves. A long text at the end of each of some hundred
// lists around it would be moved by all of them, which takes seconds: deep down, lengths that take more than a byte are written
// when the outermost of these messages ends, all at once.

// shallow is the depth up to which a message moves by itself.
const shallow = 8

// longestLength is how many bytes the length of a message takes at most.
const longestLength = 5

// message is one that is under way. Deep down, nth is its place in late, and lacking what the encoder's was when it began.
type message struct{ from, nth, lacking int }

// late is a message deep down whose length, of more than a byte, is not written yet: where it begins in dst, and how long it
// is going to be.
type late struct{ from, length int }

// open begins a field that is a message, with room for a length of guess bytes; deep down it is one byte. Until close, the
// depth is to be the same again, and what was opened since closed.
func (e *encoder) open(tag byte, guess int) message {
	if e.depth > shallow {
		return e.openDeep(tag)
	}
	e.dst = append(e.dst, tag, 0, 0, 0, 0, 0)
	from := len(e.dst) - longestLength + guess
	e.dst = e.dst[:from]
	return message{from: from}
}

func (e *encoder) openDeep(tag byte) message {
	e.dst = append(e.dst, tag, 0)
	m := message{from: len(e.dst), nth: len(e.late), lacking: e.lacking}
	e.late = append(e.late, late{from: m.from})
	return m
}

// close ends a message, for whose length there was room for guess bytes.
func (e *encoder) close(m message, guess int) {
	if e.depth > shallow {
		e.closeDeep(m)
		return
	}
	from, n := m.from, len(e.dst)-m.from
	size := sizeVarint(uint64(n))
	if size != guess {
		for range size - guess {
			e.dst = append(e.dst, 0)
		}
		copy(e.dst[from+size-guess:], e.dst[from:from+n])
		e.dst = e.dst[:from+size-guess+n]
	}
	putVarint(e.dst[from-guess:], n)
}

func (e *encoder) closeDeep(m message) {
	n := len(e.dst) - m.from + e.lacking - m.lacking
	if n < 0x80 { // as is all that is in it
		e.dst[m.from-1] = byte(n)
		e.late = e.late[:m.nth]
		return
	}
	e.late[m.nth].length = n
	e.lacking += sizeVarint(uint64(n)) - 1
	if m.nth == 0 {
		e.putLate()
	}
}

// putLate puts in the lengths that are late, from the last to the first, so that each byte moves once.
func (e *encoder) putLate() {
	end, by := len(e.dst), e.lacking
	e.dst = slices.Grow(e.dst, by)[:end+by]
	for _, l := range slices.Backward(e.late) {
		copy(e.dst[l.from+by:], e.dst[l.from:end])
		end = l.from - 1
		by -= sizeVarint(uint64(l.length)) - 1
		putVarint(e.dst[end+by:], l.length)
	}
	e.late, e.lacking = e.late[:0], 0
}

// putVarint puts n where p begins.
func putVarint(p []byte, n int) {
	i := 0
	for ; n >= 0x80; n >>= 7 {
		p[i] = byte(n) | 0x80
		i++
	}
	p[i] = byte(n)
}
