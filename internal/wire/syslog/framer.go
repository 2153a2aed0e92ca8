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
// Which one it is, the first message tells: by its first byte, and by what ends it. A newline does not tell by
// itself, since it may stand within a message whose NUL has not come yet: it does where another message begins
// behind it, or where nothing comes for a while, which is for Settle to say. The zero Framer knows nothing yet.
type Framer struct{ way way }

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

// maxUndecided is how much is looked through again and again for a NUL that may come.
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

// Next looks for the next message, with which b begins.
func (f *Framer) Next(b []byte) Message {
	from := 0
	for from < len(b) && (b[from] == '\n' || b[from] == '\r' || b[from] == 0) {
		from++ // what ends messages, and empty ones
	}
	m := Message{Taken: from}
	if b = b[from:]; len(b) == 0 {
		return m
	}
	if f.way == undecided {
		f.begin(b)
	}
	end := -1
	switch f.way {
	case octets:
		return f.counted(b, m)
	case newline:
		if end = bytes.IndexByte(b, '\n'); end < 0 {
			end = len(b)
		}
		if zero := bytes.IndexByte(b[:end], 0); zero >= 0 { // so it was no newline that ended the message before
			f.way, end = nul, zero
		} else if end == len(b) {
			return m
		}
	case nul:
		end = bytes.IndexByte(b, 0)
	}
	if end >= 0 {
		m.Text, m.Taken = bytes.TrimRight(b[:end], "\r\n"), from+end+1
	}
	return m
}

// begin tells the way from the first bytes of a message, as far as that is possible.
func (f *Framer) begin(b []byte) {
	if b[0] != '<' {
		digits := count(b)
		switch {
		case digits > 0 && digits <= maxCount && digits == len(b), digits > 0 && digits+1 == len(b) && b[digits] == ' ':
			return // more is to come
		case digits > 0 && digits <= maxCount && len(b) > digits+1 && b[digits] == ' ' && b[digits+1] == '<':
			f.way = octets
		default:
			f.way = newline // what it holds is no message, but it may have an end
		}
		return
	}
	if bytes.IndexByte(b, 0) >= 0 {
		f.way = nul
		return
	}
	end := bytes.IndexByte(b, '\n')
	if end >= 0 && (end+1 < len(b) && b[end+1] == '<' || len(b) > maxUndecided) {
		f.way = newline
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

// Settle says that nothing came for a while after b. It reports whether that made a difference: then a newline
// ends messages.
func (f *Framer) Settle(b []byte) bool {
	if f.way != undecided || bytes.IndexByte(b, '\n') < 0 {
		return false
	}
	f.way = newline
	return true
}

// Counted reports whether messages have their length before them.
func (f *Framer) Counted() bool { return f.way == octets }

// Undecided reports whether the way is not known yet.
func (f *Framer) Undecided() bool { return f.way == undecided }
