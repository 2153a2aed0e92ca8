package syslog

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// Form is how a message is laid out.
type Form int

const (
	// RFC5424 is <PRI>1 time host app procid msgid [data] text, with the attrs as structured data.
	RFC5424 Form = iota
	// RFC3164 is <PRI>Mmm dd hh:mm:ss host app[pid]: text.
	RFC3164
	// Bare is <PRI>text, as Python's SysLogHandler sends it: the app stands before the text, if there is one.
	Bare
)

// Framing is how a message is told from the next one.
type Framing int

const (
	// Unframed is for datagrams.
	Unframed Framing = iota
	// Octets writes the length of the message before it (RFC 6587).
	Octets
	// Newline ends it with a newline. Line breaks within become the two characters \n.
	Newline
	// NUL ends it with that byte, as Python's SysLogHandler does.
	NUL
)

// Appender lays records out as messages of syslog. It is not for concurrent use.
type Appender struct {
	Form     Form
	Framing  Framing
	Facility int // 0 to 23
	// App, Host and PID are what the message says of its origin for a record of this process that does not say
	// it: nothing if they are zero.
	App, Host string
	PID       int
	// Text appends the text of a record, a newline at its end included, which is taken off again.
	Text func(dst []byte, r *record.Record) []byte
	// Max bounds a message, without its framing. What is longer is cut, and ends in an ellipsis.
	Max int

	text []byte
}

// ellipsis is the end of a message that was cut.
const ellipsis = "…"

// Append appends the message of a record, with its framing. cut is true if not all of it is there.
func (a *Appender) Append(dst []byte, r *record.Record) (out []byte, cut bool) {
	from := len(dst)
	if a.Framing == Octets {
		dst = append(dst, "0000000000 "...) // its place
	}
	start := len(dst)
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(a.Facility*8+record.SyslogSeverity(r.Level)), 10)
	dst = append(dst, '>')
	switch a.Form {
	case RFC5424:
		dst, cut = a.appendHeader(dst, start, r)
	case RFC3164:
		dst = a.appendOldHeader(dst, r)
	case Bare:
		dst = append(dst, a.App...)
	}
	if room := start + a.Max - len(dst); room > 0 {
		var short bool
		dst, short = a.appendText(dst, room, r)
		cut = cut || short
	}
	switch a.Framing {
	case Octets:
		n := strconv.AppendInt(make([]byte, 0, 20), int64(len(dst)-start), 10)
		n = append(n, ' ')
		copy(dst[from+copy(dst[from:], n):], dst[start:])
		dst = dst[:len(dst)-(start-from)+len(n)]
	case Newline:
		dst = append(dst, '\n')
	case NUL:
		dst = append(dst, 0)
	}
	return dst, cut
}

// appendText appends the text of a record, cut to the room there is.
func (a *Appender) appendText(dst []byte, room int, r *record.Record) (out []byte, cut bool) {
	a.text = a.Text(a.text[:0], r)
	text := a.text
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	from := len(dst)
	for _, c := range text {
		switch {
		case len(dst)-from > room: // which is enough to know
			return appendCut(dst, from, room), true
		case c == '\n' && a.Framing == Newline:
			dst = append(dst, `\n`...)
		case c == 0: // a NUL ends a message, for many a receiver
			dst = append(dst, `\x00`...)
		default:
			dst = append(dst, c)
		}
	}
	const kept = 1 << 16
	if cap(a.text) > kept {
		a.text = nil
	}
	if len(dst)-from > room {
		return appendCut(dst, from, room), true
	}
	return dst, false
}

// appendCut cuts what begins at from to the room, its ellipsis included, between two characters.
func appendCut(dst []byte, from, room int) []byte {
	n := max(room-len(ellipsis), 0)
	for n > 0 && !utf8.RuneStart(dst[from+n]) {
		n--
	}
	dst = dst[:from+n]
	if n > 0 {
		dst = append(dst, ellipsis...)
	}
	return dst
}

// isOwn reports whether a record was logged in this process.
func isOwn(r *record.Record) bool { return r.Received.IsZero() && r.Peer == "" }

// host is the machine that a record says it is from.
func (a *Appender) host(r *record.Record) string {
	if r.Host == "" && isOwn(r) {
		return a.Host
	}
	return r.Host
}

// pid is the process that a record is from, 0 if it is unknown.
func (a *Appender) pid(r *record.Record) int {
	if r.Process.PID <= 0 && isOwn(r) {
		return a.PID
	}
	return max(r.Process.PID, 0)
}

// app is the program that a record is from: for one that was received, the first part of its logger's name.
func (a *Appender) app(r *record.Record) string {
	if a.App != "" && isOwn(r) || r.Logger == record.RootLogger || r.Logger == "" {
		return a.App
	}
	for i := range len(r.Logger) {
		if r.Logger[i] == '.' && i > 0 {
			return r.Logger[:i]
		}
	}
	return r.Logger
}

// appendOldHeader appends the header of RFC 3164.
func (a *Appender) appendOldHeader(dst []byte, r *record.Record) []byte {
	at := r.Time
	if at.IsZero() {
		at = time.Now() // it has no sign for an unknown time, and receivers put that there
	}
	dst = at.Local().AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	if host := a.host(r); host != "" {
		dst = append(appendName(dst, host, 255, ""), ' ')
	}
	from := len(dst)
	dst = appendName(dst, a.app(r), 32, "[]:")
	if len(dst) == from {
		dst = append(dst, '-')
	}
	if pid := a.pid(r); pid > 0 {
		dst = append(dst, '[')
		dst = append(strconv.AppendInt(dst, int64(pid), 10), ']')
	}
	return append(dst, ": "...)
}

// appendName appends the printable ASCII of s, up to a length, with '_' for anything else and for those in
// not. What is longer than that is cut: names are.
func appendName(dst []byte, s string, limit int, not string) []byte {
	n := 0
	for _, c := range s {
		if n == limit {
			break
		}
		ok := c > ' ' && c < 0x7f
		for _, bad := range not {
			ok = ok && c != bad
		}
		if ok {
			dst = append(dst, byte(c))
		} else {
			dst = append(dst, '_')
		}
		n++
	}
	return dst
}
