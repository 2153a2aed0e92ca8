// Package form reads and writes what Python's HTTPHandler sends: the __dict__ of a LogRecord as an HTML form, in the query
// of a GET or the body of a POST.
//
//	name=shop&msg=%25s+paid&args=%28%27bob%27%2C%29&levelno=20&…
//
//	pairs    are parted by '&', key and value by the first '='
//	a byte   stands for itself, '+' for a space, '%' and two hexadecimal digits for any byte
//	texts    are UTF-8; bytes that are none become U+FFFD
//
// All values are texts there, as str() shows them. What the keys of a LogRecord must have been is restored: numbers, None,
// the time. Package logrecord says what they mean. Any other key is an attr, a string, since 42 may have been "42".
//
// HTTPHandler sends the message without its arguments, and the arguments as repr() shows them. They are put in
// where they are plain, that is where the text leaves no doubt what str() shows of them: strings, bytes,
// numbers, None and booleans, and tuples, lists, dicts and sets of these. Else the message is the template, and
// args an attr. It sends an exception as repr() shows the three of exc_info: its type is told from that, and
// its message where it is one of Python's own exceptions with one plain argument. There is no traceback, unless
// another handler has formatted the record before.
package form

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// DefaultPairs is the default of Limits.Pairs.
const DefaultPairs = 10_000

// Limits bounds what a form may ask for. Its length is bounded by who reads it.
type Limits struct {
	// Pairs bounds the keys. Defaults to DefaultPairs if zero.
	Pairs int
}

// Error says why a form is none, and at which byte.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("form: byte %d: %s", e.Offset, e.Reason) }

// Decoder decodes one form after another. It is not for concurrent use. The zero Decoder has the default
// limits.
type Decoder struct {
	limits  Limits
	builder logrecord.Builder
	unquote []byte

	seen  [logrecord.NumKeys]bool
	texts [logrecord.NumKeys]string // of the keys that are judged together
}

// NewDecoder returns a Decoder with limits.
func NewDecoder(limits Limits) *Decoder { return &Decoder{limits: limits} }

// Decode sets *r to the record that form holds, and shares nothing with form. On error, which is an [*Error] or wraps
// [logrecord.ErrNoMessage], *r is of no use.
func (d *Decoder) Decode(form []byte, r *record.Record) error {
	d.seen, d.texts = [logrecord.NumKeys]bool{}, [logrecord.NumKeys]string{}
	defer func() { d.texts = [logrecord.NumKeys]string{} }()
	d.builder.Start(r)
	limit := d.limits.Pairs
	if limit <= 0 {
		limit = DefaultPairs
	}
	pairs := 0
	for at := 0; at < len(form); {
		end := at
		for end < len(form) && form[end] != '&' {
			end++
		}
		if end > at {
			if pairs++; pairs > limit {
				return &Error{at, fmt.Sprintf("the form has more than %d keys", limit)}
			}
			if err := d.pair(form, at, end); err != nil {
				return err
			}
		}
		at = end + 1
	}
	return d.finish(form, r)
}

// pair takes form[at:end].
func (d *Decoder) pair(form []byte, at, end int) error {
	middle := at
	for middle < end && form[middle] != '=' {
		middle++
	}
	key, err := d.text(form, at, middle)
	if err != nil {
		return err
	}
	value := ""
	if middle < end {
		if value, err = d.text(form, middle+1, end); err != nil {
			return err
		}
	}
	d.take(key, value)
	return nil
}

// text returns what form[at:end] stands for.
func (d *Decoder) text(form []byte, at, end int) (string, error) {
	b := d.unquote[:0]
	for at < end {
		c := form[at]
		switch c {
		case '+':
			c = ' '
		case '%':
			if end-at < 3 || unhex(form[at+1]) > 15 || unhex(form[at+2]) > 15 {
				return "", &Error{at, fmt.Sprintf("got %q, want a %% and two hexadecimal digits", form[at:min(at+3, end)])}
			}
			c = unhex(form[at+1])<<4 | unhex(form[at+2])
			at += 2
		}
		b = append(b, c)
		at++
	}
	if d.unquote = b; cap(b) > maxKept {
		d.unquote = nil
	}
	return logrecord.Mend(string(b)), nil
}

// maxKept bounds the space that is kept from one form for the next.
const maxKept = 64 << 10

// unhex returns the value of a hexadecimal digit, more than 15 if it is none.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}

// take takes one key with its value.
func (d *Decoder) take(key, value string) {
	k := logrecord.Other
	if len(key) <= logrecord.MaxKeyLen {
		k = logrecord.KeyOf([]byte(key))
	}
	switch k {
	case logrecord.Other:
		d.builder.SetOther(key, slog.StringValue(value))
	case logrecord.Msg, logrecord.Args, logrecord.Message, logrecord.ExcInfo, logrecord.ExcText:
		d.seen[k], d.texts[k] = true, value
	case logrecord.Created:
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			d.builder.SetFloat(k, f)
		} else if value != none {
			d.builder.SetText(k, value)
		}
	case logrecord.FuncName, logrecord.StackInfo, logrecord.TaskName, logrecord.ThreadID, logrecord.ThreadName, logrecord.ProcessID,
		logrecord.ProcessName, logrecord.Msecs, logrecord.RelativeCreated, logrecord.LineNo, logrecord.Asctime:
		if value != none {
			d.builder.SetText(k, value)
		}
	default:
		d.builder.SetText(k, value)
	}
}

// none is how a None reads.
const none = "None"

// finish takes the keys that are judged together, and ends the record.
func (d *Decoder) finish(form []byte, r *record.Record) error {
	if d.seen[logrecord.Msg] {
		d.finishMessage(2*len(form) + maxGrowth)
	} else if d.seen[logrecord.Args] {
		d.builder.SetText(logrecord.Args, d.texts[logrecord.Args])
	}
	if text := d.texts[logrecord.Message]; d.seen[logrecord.Message] && text != none {
		d.builder.SetText(logrecord.Message, text)
	}
	told := d.finishException()
	if err := d.builder.Finish(); err != nil {
		return fmt.Errorf("form: %w", err)
	}
	if told != nil {
		r.Exception = told
	}
	return nil
}

// maxGrowth is how much longer than twice its form a message may get by its arguments: a template may name one of
// them many times.
const maxGrowth = 64 << 10

// finishMessage puts the arguments into the message, where that is certain.
func (d *Decoder) finishMessage(limit int) {
	msg, args := d.texts[logrecord.Msg], d.texts[logrecord.Args]
	switch args {
	case "", none, "()", "{}":
		d.builder.SetText(logrecord.Msg, msg)
		return
	}
	merged, ok := merge(msg, args, limit)
	if ok && d.seen[logrecord.Message] && merged != d.texts[logrecord.Message] {
		ok = false // somebody says something else, and both are kept
	}
	if ok {
		d.builder.SetText(logrecord.Msg, merged)
		return
	}
	d.builder.SetText(logrecord.Msg, msg)
	d.builder.SetText(logrecord.Args, args)
}

// finishException takes the texts of an exception. It returns what exc_info tells where there is no exc_text.
func (d *Decoder) finishException() *record.Exception {
	text, info := d.texts[logrecord.ExcText], d.texts[logrecord.ExcInfo]
	if text == none {
		text = ""
	}
	if text != "" {
		d.builder.SetText(logrecord.ExcText, text)
	}
	switch info {
	case "", none, "False", "(None, None, None)":
		return nil
	}
	e, shown, ok := parseExcInfo(info)
	switch {
	case !ok:
		d.builder.SetText(logrecord.ExcInfo, info)
		return nil
	case text != "": // which says it all
		return nil
	case shown != "":
		d.builder.SetOther(logrecord.ExcInfo.String(), slog.StringValue(shown))
	}
	return e
}

// parseExcInfo reads the repr of exc_info:
//
//	(<class 'app.Error'>, Error('text', 3), <traceback object at 0x7f0000000000>)
//
// It returns the repr of the exception, too, where its message is not certain.
func parseExcInfo(info string) (e *record.Exception, shown string, ok bool) {
	rest, ok := strings.CutPrefix(info, "(<class '")
	if !ok {
		return nil, "", false
	}
	class, rest, ok := strings.Cut(rest, "'>, ")
	if !ok || class == "" {
		return nil, "", false
	}
	end := strings.LastIndex(rest, ", ")
	if end < 0 || !strings.HasSuffix(rest, ")") {
		return nil, "", false
	}
	if last := rest[end+2 : len(rest)-1]; last != none && !strings.HasPrefix(last, "<traceback object at 0x") {
		return nil, "", false
	}
	shown = rest[:end]
	e = &record.Exception{Type: strings.TrimPrefix(class, "__main__.")}
	message, certain := messageOf(class, shown)
	if certain {
		e.Message, shown = message, ""
	}
	return e, shown, true
}

// messageOf returns what str() shows of an exception whose class is Python's own, told by its repr.
func messageOf(class, shown string) (message string, certain bool) {
	args, ok := strings.CutPrefix(shown, class+"(")
	if !ok || strings.Contains(class, ".") || !strings.HasSuffix(args, ")") {
		return "", false
	}
	args = args[:len(args)-1]
	if args == "" {
		return "", true
	}
	p := reader{text: args}
	v, ok := p.value()
	if !ok || p.at < len(args) {
		return "", false
	}
	if class == "KeyError" { // which shows its key
		return v.repr, true
	}
	return v.show(), true
}
