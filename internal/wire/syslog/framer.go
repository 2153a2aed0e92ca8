package syslog

import (
	"bytes"
	"strconv"
)

// Framer cuts the messages out of a stream, which carries them in one of three ways:
//
//	11 <14>message<13>…   with their length before them, RFC 6587: "octet counting"
//	<14>message\n<13>…    each ended by a newline
//	<14>message\0<13>…    each ended by a NUL, as Python's SysLogHandler has it; newlines are of the message
//
// Which one it is, the first message tells: by its first byte, and by what ends it. Newlines and NULs may stand within
// a message, too. So a NUL ends one where another message begins behind it, or where nothing has come behind it
// yet, and is of the text elsewhere. A newline ends the first message where another one begins behind it, or
// where nothing comes for a while, which is for Settle to say. What was told from the first message is mended
// where it turns out to be wrong. The zero Framer knows nothing yet.
type Framer struct {
	way way
	// looked is how much of the message under way was looked through; first and line are where in it the first
	// newline stands, and the first one behind which a message begins, and one more, so that 0 is nowhere.
	looked, first, line int
}

type way uint8

const (
	undecided way = iota
	octets
	newline
	nul
)

// maxCount is the length of the longest length of a message.
const maxCount = 10

// MaxHead is the longest that stands before a message: its length and a blank.
const MaxHead = maxCount + 1

// maxUndecided is how long a NUL that may come is waited for where newlines could be what ends messages.
const maxUndecided = 256 << 10

// Message is what Next found.
type Message struct {
	// Text is the message, nil where it is not there as a whole. It lies in what Next was given.
	Text []byte
	// Taken is how many bytes to go on behind: those of the message, or, where there is no Text, those before it
	// that end others.
	Taken int
	// Length is how many bytes the message takes in all where that was announced, Taken counted from there.
	Length int
	// Bad is true where what should be a length is none: nobody can tell where the next message begins.
	Bad bool
}

// Next looks for the next message, with which b begins. What was not taken of b is what the next b begins with,
// unless Drop was called.
func (f *Framer) Next(b []byte) Message {
	from := 0
	for from < len(b) && (b[from] == '\n' || b[from] == '\r' || b[from] == 0) {
		from++ // what ends messages, and empty ones
	}
	m := Message{Taken: from}
	if b = b[from:]; len(b) < f.looked {
		f.Drop() // it was, without a word
	}
	if len(b) == 0 {
		return m
	}
	if f.way == undecided {
		f.begin(b)
	}
	if f.way == octets {
		return f.counted(b, m)
	}
	if f.way == nul && b[0] != '<' {
		f.decide(newline) // the NUL before was of a text: here is the rest of it
	}
	if end := f.end(b); end >= 0 {
		f.Drop()
		m.Text, m.Taken = bytes.TrimRight(b[:end], "\r\n"), from+end+1
	}
	return m
}

// Drop says that what was not taken is gone.
func (f *Framer) Drop() { f.looked, f.first, f.line = 0, 0, 0 }

// decide makes it the way, for the message under way too.
func (f *Framer) decide(w way) {
	f.way = w
	f.Drop()
}

// end returns where the message under way ends, -1 where it does not. What was looked through is not looked
// through again, however often bytes come.
func (f *Framer) end(b []byte) int {
	if f.way == newline {
		line := indexFrom(b, f.looked, '\n')
		limit := len(b)
		if line >= 0 {
			limit = line
		}
		if zero := f.nulEnd(b, limit); zero >= 0 { // so it was no newline that ended the message before
			f.way = nul
			return zero
		}
		if line < 0 {
			f.looked = len(b)
		}
		return line
	}
	if zero := f.nulEnd(b, len(b)); zero >= 0 {
		f.way = nul
		return zero
	}
	f.lines(b)
	f.looked = max(len(b)-2, 0) // what begins behind its last bytes is not known
	early := f.way == undecided && f.line > 0 && f.line == f.first
	if late := len(b) > maxUndecided; early || late && (f.line > 0 || f.way == undecided && f.first > 0) {
		f.decide(newline)
		return f.end(b)
	}
	return -1
}

// nulEnd returns where in b[:limit] the first NUL stands that ends a message, among what was not looked through.
func (f *Framer) nulEnd(b []byte, limit int) int {
	for at := f.looked; ; at++ {
		if at = indexFrom(b[:limit], at, 0); at < 0 {
			return -1
		}
		rest := b[at+1:]
		if f.way == nul { // there are those that send both
			rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte{'\r'}), []byte{'\n'})
		}
		if len(rest) == 0 || begins(rest) {
			return at
		}
	}
}

// lines finds the newlines that count among what was not looked through.
func (f *Framer) lines(b []byte) {
	for at := f.looked; f.line == 0; at++ {
		if at = indexFrom(b, at, '\n'); at < 0 {
			return
		}
		if f.first == 0 {
			f.first = at + 1
		}
		if begins(b[at+1:]) {
			f.line = at + 1
		}
	}
}

// begins reports whether b begins as a message does, as far as it is there.
func begins(b []byte) bool {
	return len(b) > 0 && b[0] == '<' && (len(b) == 1 || b[1] >= '0' && b[1] <= '9')
}

// indexFrom returns where in b[from:] the first c stands, counted from the beginning of b.
func indexFrom(b []byte, from int, c byte) int {
	i := bytes.IndexByte(b[from:], c)
	if i < 0 {
		return i
	}
	return from + i
}

// begin tells the way from the first bytes of a message, as far as that is possible.
func (f *Framer) begin(b []byte) {
	if b[0] == '<' {
		return // which its end tells
	}
	digits := count(b)
	switch {
	case digits > 0 && digits <= maxCount && digits == len(b), digits > 0 && digits+1 == len(b) && b[digits] == ' ':
		// More is to come.
	case digits > 0 && digits <= maxCount && len(b) > digits+1 && b[digits] == ' ' && b[digits+1] == '<':
		f.way = octets
	default:
		f.decide(newline) // what it holds is no message, but it may have an end
	}
}

// count returns how many digits b begins with, none where that is a 0.
func count(b []byte) (n int) {
	if len(b) > 0 && b[0] == '0' {
		return 0
	}
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

// counted cuts a message off that has its length before it.
func (f *Framer) counted(b []byte, m Message) Message {
	digits := count(b)
	if digits == len(b) && digits <= maxCount {
		return m
	}
	if digits == 0 || digits > maxCount || b[digits] != ' ' {
		m.Bad = true
		return m
	}
	length, err := strconv.Atoi(string(b[:digits]))
	if err != nil {
		m.Bad = true
		return m
	}
	m.Length = digits + 1 + length
	if m.Length <= len(b) {
		m.Text, m.Taken = b[digits+1:m.Length], m.Taken+m.Length
	}
	return m
}

// Settle says that nothing came for long after what Next has looked through last. It reports whether that made a
// difference: then a newline ends messages.
func (f *Framer) Settle() bool {
	if !f.MaySettle() && !(f.way == nul && f.line > 0) {
		return false
	}
	f.decide(newline)
	return true
}

// MaySettle reports whether the way is not known yet, and a newline has come, which may be the end of a message.
func (f *Framer) MaySettle() bool { return f.way == undecided && f.first > 0 }

// Counted reports whether messages have their length before them.
func (f *Framer) Counted() bool { return f.way == octets }

// Undecided reports whether the way is not known yet.
func (f *Framer) Undecided() bool { return f.way == undecided }
