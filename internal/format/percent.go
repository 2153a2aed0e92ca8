package format

import (
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// percentSpec is what stands behind the key of %(key)…: flags, width, precision and conversion.
type percentSpec struct {
	alternate, zero, left, space, plus bool

	width      int
	precision  int // -1 for none
	conversion byte
}

// conversions are those that Python's % operator knows.
const conversions = "diouxXeEfFgGcrsa"

// plain reports whether a text is shown as it is.
func (s *percentSpec) plain() bool {
	return s.conversion == 's' && s.width == 0 && s.precision < 0
}

// fits reports whether the conversion takes values of a kind. Of an attr only the record knows.
func (s *percentSpec) fits(k kind) bool {
	switch s.conversion {
	case 's', 'r', 'a':
		return true
	case 'c', 'x', 'X', 'o':
		return k == wholeKind || k == anyKind
	}
	return k != textKind
}

// append appends v as Python's % operator formats it.
func (s *percentSpec) append(dst []byte, v slog.Value, _ *record.Record, how *escaping) []byte {
	if s.conversion == 's' {
		switch {
		case v.Kind() == slog.KindString:
			return s.appendText(dst, v.String(), s.precision, how)
		case v.Kind() == slog.KindAny && v.Any() == nil:
			return s.appendText(dst, "None", s.precision, how)
		}
	}
	return s.appendConverted(dst, v, how)
}

// percent reads a format string in the % style.
func (p *parser) percent() error {
	for p.until("%") {
		if p.doubled("%") {
			continue
		}
		f, err := p.percentField()
		if err != nil {
			return err
		}
		p.add(f)
	}
	return nil
}

// percentField reads one field, whose % is the next byte.
func (p *parser) percentField() (f field, err error) {
	start := p.at
	spec := &percentSpec{precision: -1}
	f.spec = spec
	p.at++
	if !strings.HasPrefix(p.rest(), "(") {
		return f, p.fail(start, "a %% stands alone; write %%%% for a percent sign, or %%(message)s for a field")
	}
	key, ok := p.key()
	if !ok {
		return f, p.fail(start, "%%( has no closing )")
	}
	if err := f.setKey(key, p.o); err != nil {
		return f, p.fail(start, "%s", err)
	}
	p.flags(spec)
	if spec.width, err = p.number(); err != nil {
		return f, err
	}
	if strings.HasPrefix(p.rest(), ".") {
		p.at++
		if spec.precision, err = p.number(); err != nil {
			return f, err
		}
	}
	if p.at < len(p.format) && strings.IndexByte("hlL", p.format[p.at]) >= 0 {
		p.at++ // a length of C, which Python ignores too
	}
	if p.at == len(p.format) {
		return f, p.fail(start, "%%(%s) has no conversion; write %%(%s)s", key, key)
	}
	r, size := utf8.DecodeRuneInString(p.rest())
	if !strings.ContainsRune(conversions, r) {
		return f, p.fail(p.at, "%q is no conversion of %%(%s); write %%(%s)s, or another of %s", r, key, key, conversions)
	}
	spec.conversion = p.format[p.at]
	if !spec.fits(f.kind) {
		return f, p.fail(p.at, "%%%c does not fit %s, which is %s; write %%(%s)s", spec.conversion, key, f.kind, key)
	}
	p.at += size
	f.plain = spec.plain()
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

func (p *parser) flags(s *percentSpec) {
	for ; p.at < len(p.format); p.at++ {
		switch p.format[p.at] {
		case '#':
			s.alternate = true
		case '0':
			s.zero = true
		case '-':
			s.left = true
		case ' ':
			s.space = true
		case '+':
			s.plus = true
		default:
			return
		}
	}
}

// number reads a width or precision; none is 0.
func (p *parser) number() (n int, err error) {
	start := p.at
	if strings.HasPrefix(p.rest(), "*") {
		return 0, p.fail(p.at, "* takes a width from arguments, and a record has none; write the number")
	}
	for ; p.at < len(p.format) && digit(p.format[p.at]); p.at++ {
		if n = n*10 + int(p.format[p.at]-'0'); n > maxWidth {
			return 0, p.fail(start, "a width or precision over %d", maxWidth)
		}
	}
	return n, nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
