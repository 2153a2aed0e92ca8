package format

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// FormatError says what is wrong with a format string, and where.
type FormatError struct {
	Format string
	// Column is the character of Format that the problem is at, the first being 1.
	Column  int
	Problem string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("format %q, column %d: %s", e.Format, e.Column, e.Problem)
}

// Breaks says what becomes of the line breaks in the texts of a record.
type Breaks int

const (
	// Indent begins each further line of a message with four spaces, and puts exception and stack
	// below, as Python does. No line of a stranger's text can pass for the first of a record.
	Indent Breaks = iota
	// OneLine keeps a record on one line: breaks are shown as \n, and exception and stack follow the
	// rest behind " | ".
	OneLine
	// Raw leaves texts as they are, control characters too, as Python does. A record can then pass for
	// several, and act on the terminal that shows it.
	Raw
)

// layout is a parsed format string: each part is a literal text, then a field.
type layout struct {
	parts  []part
	tail   string // after the last field
	breaks Breaks

	// text is how values are written, long how those that may have several lines are.
	text, long *escaping
}

type part struct {
	literal string
	field   field
}

// setBreaks decides how the texts of a record are written.
func (l *layout) setBreaks(b Breaks) {
	l.breaks = b
	switch b {
	case OneLine:
		l.text, l.long = &oneLineTabs, &oneLineTabs
	case Raw:
		l.text, l.long = &asIs, &asIs
	default:
		l.text, l.long = &oneLineTabs, &indentedTabs
	}
}

func (l *layout) append(dst []byte, r *record.Record) []byte {
	from := len(dst)
	for i := range l.parts {
		p := &l.parts[i]
		dst = append(dst, p.literal...)
		how := l.text
		switch {
		case p.field.lines:
			how = l.long
		case p.field.asctime:
			how = &asIs // it is the format's own
		}
		dst = p.field.append(dst, r, how)
	}
	dst = append(dst, l.tail...)
	if r.Exception != nil {
		if text := tracebackOf(r.Exception); text != "" {
			dst = l.appendBelow(dst, from, text)
		}
	}
	if r.Stack != "" {
		dst = l.appendBelow(dst, from, r.Stack)
	}
	return append(dst, '\n')
}

// appendBelow appends an exception or a stack to the record that begins at dst[from].
func (l *layout) appendBelow(dst []byte, from int, text string) []byte {
	switch l.breaks {
	case OneLine:
		return oneLineTabs.append(append(dst, " | "...), withoutBreaks(text))
	case Raw:
		return append(onNewLine(dst, from), text...)
	}
	return appendTraceback(onNewLine(dst, from), text)
}

// onNewLine ends the line that the record, from dst[from:] on, stands in, as Python's Formatter does.
func onNewLine(dst []byte, from int) []byte {
	if len(dst) > from && dst[len(dst)-1] == '\n' {
		return dst
	}
	return append(dst, '\n')
}

// maxWidth bounds width and precision.
const maxWidth = 4096

// parser reads a format string of one of the styles.
type parser struct {
	format string
	at     int // the byte to be read next
	o      *Options
	layout *layout

	literal strings.Builder // what stands before the next field
}

func (p *parser) fail(at int, problem string, args ...any) error {
	column := utf8.RuneCountInString(p.format[:at]) + 1
	return &FormatError{Format: p.format, Column: column, Problem: fmt.Sprintf(problem, args...)}
}

// rest is what is to be read.
func (p *parser) rest() string { return p.format[p.at:] }

// until takes the text up to the next of the characters as a literal, and reports whether there is one.
func (p *parser) until(chars string) bool {
	i := strings.IndexAny(p.rest(), chars)
	if i < 0 {
		p.literal.WriteString(p.rest())
		p.at = len(p.format)
		return false
	}
	p.literal.WriteString(p.rest()[:i])
	p.at += i
	return true
}

// doubled takes a character that stands twice for itself.
func (p *parser) doubled(char string) bool {
	if !strings.HasPrefix(p.rest(), char+char) {
		return false
	}
	p.literal.WriteString(char)
	p.at += 2 * len(char)
	return true
}

// add ends the part under way with a field.
func (p *parser) add(f field) {
	p.layout.parts = append(p.layout.parts, part{p.literal.String(), f})
	p.literal.Reset()
}

// finish ends the layout.
func (p *parser) finish() error {
	p.layout.tail = p.literal.String()
	if len(p.layout.parts) == 0 && !p.o.Unchecked {
		return p.fail(0, "nothing of a record would be shown; write for example %s", p.o.Style.show("message"))
	}
	return nil
}
