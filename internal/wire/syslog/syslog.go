package syslog

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// DefaultParams is the default of Limits.Params.
const DefaultParams = 4096

// Limits bounds what a message may ask for. Its length is bounded by who reads it.
type Limits struct {
	// Params bounds the elements and parameters of structured data. Defaults to DefaultParams if zero.
	Params int
}

// Error says why bytes are no message, and at which one.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("syslog: byte %d: %s", e.Offset, e.Reason) }

// Decoder decodes one message after another. It is not for concurrent use. The zero Decoder has the default
// limits.
type Decoder struct {
	limits Limits
	params int
}

// NewDecoder returns a Decoder with limits.
func NewDecoder(limits Limits) *Decoder { return &Decoder{limits: limits} }

// Decode sets *r to the record that message holds, and shares nothing with message. now is about when it was sent. On
// error, which is an [*Error], *r is of no use.
func (d *Decoder) Decode(message []byte, now time.Time, r *record.Record) error {
	message = bytes.TrimRight(message, "\x00\r\n")
	*r = record.Record{}
	pri, size, err := priority(message)
	if err != nil {
		return err
	}
	r.Level, _ = record.FromSyslogSeverity(pri & 7)
	r.Attrs = append(make([]slog.Attr, 0, 2), slog.String("facility", facilities[pri>>3]))
	text := logrecord.Mend(string(message[size:]))
	rest, ok, err := d.rfc5424(text, r)
	if !ok && err == nil {
		rest = rfc3164(text, now, r)
	}
	if err != nil {
		return err
	}
	setMessage(r, strings.TrimPrefix(rest, "\ufeff"))
	return nil
}

// priority reads the number with which every message begins.
func priority(b []byte) (pri, size int, err error) {
	const want = `want a priority, such as "<14>"`
	if len(b) == 0 {
		return 0, 0, &Error{0, "the message is empty, " + want}
	}
	end := bytes.IndexByte(b[:min(len(b), 5)], '>')
	if b[0] != '<' || end < 2 {
		return 0, 0, &Error{0, fmt.Sprintf("got %q, %s", b[:min(len(b), 5)], want)}
	}
	for _, c := range b[1:end] {
		if c < '0' || c > '9' {
			return 0, 0, &Error{0, fmt.Sprintf("got %q, %s", b[:end+1], want)}
		}
		pri = 10*pri + int(c-'0')
	}
	if pri > 191 {
		return 0, 0, &Error{1, fmt.Sprintf("got the priority %d, want 191 at most", pri)}
	}
	return pri, end + 1, nil
}

// traceback begins Python's text of an exception, with its first frame.
const traceback = "\nTraceback (most recent call last):\n  File "

// setMessage takes the text, and a traceback at its end for what it is.
func setMessage(r *record.Record, text string) {
	r.Message = text
	at := strings.Index(text, traceback)
	if at < 0 || strings.Contains(text[at:], "\nStack (most recent call last):\n") {
		return
	}
	if e := logrecord.ParseException(text[at+1:]); e != nil && e.Type != "" {
		r.Message, r.Exception = text[:at], e
	}
}

// cut returns what of s stands before the first blank, and what behind it.
func cut(s string) (word, rest string) {
	word, rest, _ = strings.Cut(s, " ")
	return word, rest
}

// rfc5424 reads the header and the structured data of a message of that form, and returns the rest. ok is false where it
// is another one.
func (d *Decoder) rfc5424(text string, r *record.Record) (rest string, ok bool, err error) {
	rest, ok = strings.CutPrefix(text, "1 ")
	if !ok {
		return "", false, nil
	}
	var words [5]string // time, host, app, procid, msgid
	for i := range words {
		if words[i], rest = cut(rest); words[i] == "" {
			return "", false, nil
		}
	}
	if rest == "" || rest[0] != '-' && rest[0] != '[' {
		return "", false, nil
	}
	if words[0] != "-" {
		if r.Time, ok = isoTime(words[0]); !ok {
			return "", false, nil
		}
	}
	for i, w := range words {
		if w == "-" {
			words[i] = ""
		}
	}
	r.Host, r.Logger = words[1], words[2]
	if pid, err := strconv.ParseInt(words[3], 10, 32); err == nil && pid > 0 {
		r.Process.PID = int(pid)
	} else if words[3] != "" {
		r.Attrs = append(r.Attrs, slog.String("procid", words[3]))
	}
	if words[4] != "" {
		r.Attrs = append(r.Attrs, slog.String("msgid", words[4]))
	}
	rest, err = d.structured(rest, r)
	ownData(words[4], r)
	return rest, true, err
}

// structured reads the structured data with which s begins, and returns the text behind it. What is none stays
// in the text.
func (d *Decoder) structured(s string, r *record.Record) (rest string, err error) {
	if rest, ok := strings.CutPrefix(s, "-"); ok && (rest == "" || rest[0] == ' ') {
		return strings.TrimPrefix(rest, " "), nil
	}
	d.params = d.limits.Params
	if d.params <= 0 {
		d.params = DefaultParams
	}
	for rest = s; strings.HasPrefix(rest, "["); {
		var a slog.Attr
		var ok bool
		if a, rest, ok = d.element(rest); d.params < 0 {
			return "", &Error{0, fmt.Sprintf("there are more than %d parameters", max(d.limits.Params, DefaultParams))}
		} else if !ok {
			return s, nil
		}
		r.Attrs = append(r.Attrs, a)
		s = rest
	}
	return strings.TrimPrefix(rest, " "), nil
}

// element reads one element: [id name="value" …].
func (d *Decoder) element(s string) (a slog.Attr, rest string, ok bool) {
	end := strings.IndexAny(s, " ]")
	if end < 2 {
		return a, "", false
	}
	a.Key, s = s[1:end], s[end:]
	d.params--
	var params []slog.Attr
	for d.params >= 0 {
		if rest, ok := strings.CutPrefix(s, "]"); ok {
			a.Value = slog.GroupValue(params...)
			if len(params) == 0 {
				a.Value = slog.AnyValue(map[string]any{})
			}
			return a, rest, true
		}
		s = strings.TrimLeft(s, " ")
		name, after, found := strings.Cut(s, `="`)
		if !found || name == "" || strings.ContainsAny(name, " ]\"=") {
			return a, "", false
		}
		var value string
		if value, s, ok = unquote(after); !ok {
			return a, "", false
		}
		d.params--
		params = append(params, slog.String(name, value))
	}
	return a, "", false
}

// unquote reads a value to its quote. A backslash stands before a quote, a backslash and a bracket, and for
// itself before anything else.
func unquote(s string) (value, rest string, ok bool) {
	var b []byte // what it is, from the first escape on
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && b == nil:
			return s[:i], s[i+1:], true
		case c == '"':
			return string(b), s[i+1:], true
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`"\]`, s[i+1]) >= 0:
			if b == nil {
				b = append([]byte{}, s[:i]...)
			}
			i++
			b = append(b, s[i])
		case b != nil:
			b = append(b, c)
		}
	}
	return "", "", false
}
