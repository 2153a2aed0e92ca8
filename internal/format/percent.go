package format

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/spell"
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

// Percent returns the Format that a format string of Python's logging describes, in the % style:
//
//	%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s
//
// The keys are those of a LogRecord and those of the record's attrs, group.member for what is in a
// group. Flags, width, precision and conversions are Python's, and so is the output, with exception
// and stack below it, but for this: control characters are shown by their code; a line of a message
// or an exception that could pass for a record's first is indented by four spaces; and what would
// make Python lose the record is shown instead, what the record does not have as None, and a value
// that its conversion does not fit as %s shows it.
//
// A key that is a slip of a LogRecord's key is an error. Where an attr has such a name,
// attrs.thatname means it. The error is a [*FormatError].
func Percent(format string) (Format, error) {
	p := parser{format: format}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return p.layout.append, nil
}

// layout is a parsed format string: each part is a literal text, then a field.
type layout struct {
	parts []part
	tail  string // after the last field
}

type part struct {
	literal string
	field   field
}

func (l *layout) append(dst []byte, r *record.Record) []byte {
	from := len(dst)
	for i := range l.parts {
		dst = append(dst, l.parts[i].literal...)
		dst = l.parts[i].field.append(dst, r)
	}
	dst = append(dst, l.tail...)
	if r.Exception != nil {
		if text := tracebackOf(r.Exception); text != "" {
			dst = appendTraceback(onNewLine(dst, from), text)
		}
	}
	if r.Stack != "" {
		dst = appendTraceback(onNewLine(dst, from), r.Stack)
	}
	return append(dst, '\n')
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

// conversions are those that Python's % operator knows.
const conversions = "diouxXeEfFgGcrsa"

// parser reads a format string.
type parser struct {
	format string
	at     int // the byte to be read next
	layout *layout
}

func (p *parser) fail(at int, problem string, args ...any) error {
	column := utf8.RuneCountInString(p.format[:at]) + 1
	return &FormatError{Format: p.format, Column: column, Problem: fmt.Sprintf(problem, args...)}
}

func (p *parser) parse() error {
	p.layout = new(layout)
	var literal strings.Builder
	for {
		i := strings.IndexByte(p.format[p.at:], '%')
		if i < 0 {
			break
		}
		literal.WriteString(p.format[p.at : p.at+i])
		p.at += i
		if strings.HasPrefix(p.format[p.at:], "%%") {
			literal.WriteByte('%')
			p.at += len("%%")
			continue
		}
		f, err := p.field()
		if err != nil {
			return err
		}
		p.layout.parts = append(p.layout.parts, part{literal.String(), f})
		literal.Reset()
	}
	literal.WriteString(p.format[p.at:])
	p.layout.tail = literal.String()
	if len(p.layout.parts) == 0 {
		return p.fail(0, "nothing of a record would be shown; write for example %%(message)s")
	}
	return nil
}

// field reads one field, whose % is the next byte.
func (p *parser) field() (field, error) {
	start := p.at
	f := field{precision: -1}
	p.at++
	if !strings.HasPrefix(p.format[p.at:], "(") {
		return f, p.fail(start, "a %% stands alone; write %%%% for a percent sign, or %%(message)s for a field")
	}
	key, ok := p.key()
	if !ok {
		return f, p.fail(start, "%%( has no closing )")
	}
	if err := f.setKey(key); err != nil {
		return f, p.fail(start, "%s", err)
	}
	p.flags(&f)
	var err error
	if f.width, err = p.number(); err != nil {
		return f, err
	}
	if strings.HasPrefix(p.format[p.at:], ".") {
		p.at++
		if f.precision, err = p.number(); err != nil {
			return f, err
		}
	}
	if p.at < len(p.format) && strings.IndexByte("hlL", p.format[p.at]) >= 0 {
		p.at++ // a length of C, which Python ignores too
	}
	if p.at == len(p.format) {
		return f, p.fail(start, "%%(%s) has no conversion; write %%(%s)s", key, key)
	}
	r, size := utf8.DecodeRuneInString(p.format[p.at:])
	if !strings.ContainsRune(conversions, r) {
		return f, p.fail(p.at, "%q is no conversion of %%(%s); write %%(%s)s, or another of %s", r, key, key, conversions)
	}
	f.conversion = p.format[p.at]
	if !f.fits() {
		return f, p.fail(p.at, "%%%c does not fit %s, which is %s; write %%(%s)s", f.conversion, key, f.kind, key)
	}
	p.at += size
	return f, nil
}

// key reads a key with its parentheses, which may hold further ones in pairs.
func (p *parser) key() (key string, ok bool) {
	depth := 0
	for i := p.at; i < len(p.format); i++ {
		switch p.format[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			key, p.at = p.format[p.at+1:i], i+1
			return key, true
		}
	}
	return "", false
}

func (p *parser) flags(f *field) {
	for ; p.at < len(p.format); p.at++ {
		switch p.format[p.at] {
		case '#':
			f.alternate = true
		case '0':
			f.zero = true
		case '-':
			f.left = true
		case ' ':
			f.space = true
		case '+':
			f.plus = true
		default:
			return
		}
	}
}

// number reads a width or precision; none is 0.
func (p *parser) number() (n int, err error) {
	start := p.at
	if strings.HasPrefix(p.format[p.at:], "*") {
		return 0, p.fail(p.at, "* takes a width from arguments, and a record has none; write the number")
	}
	for ; p.at < len(p.format) && p.format[p.at] >= '0' && p.format[p.at] <= '9'; p.at++ {
		if n = n*10 + int(p.format[p.at]-'0'); n > maxWidth {
			return 0, p.fail(start, "a width or precision over %d", maxWidth)
		}
	}
	return n, nil
}

// knownKey returns an error where key is a slip of a LogRecord's key.
func knownKey(key string) error {
	if near := spell.Nearest(key, logRecordKeys...); near != "" {
		return fmt.Errorf("unknown key %q; did you mean %%(%s)s? (an attr of that name is %%(attrs.%s)s)", key, near, key)
	}
	return nil
}
