package format

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// braceSpec is what stands behind the key of {key!conversion:specifier}. A specifier is
//
//	[[fill]align][sign][#][0][width][grouping][.precision][type]
type braceSpec struct {
	conversion byte // r, s, a, or 0
	fill       rune // 0 for none
	align      byte // < > = ^ or 0 for the type's own
	sign       byte // + - space or 0
	alternate  bool
	zero       bool
	width      int
	group      byte // , _ or 0
	precision  int  // -1 for none
	verb       byte // 0 for none
	// widthOf and precisionOf are the fields that say it: {message:{width}.{precision}}.
	widthOf, precisionOf *field

	fits fitting // by judge
}

// fitting says which values a specifier takes.
type fitting struct{ text, whole, float bool }

// braceSpec reads a specifier, up to its closing brace.
func (p *parser) braceSpec(s *braceSpec) error {
	start := p.at
	if _, size := utf8.DecodeRuneInString(p.rest()); size < len(p.rest()) && isAlign(p.rest()[size]) {
		s.fill, _ = utf8.DecodeRuneInString(p.rest())
		p.at += size
	}
	if len(p.rest()) > 0 && isAlign(p.rest()[0]) {
		s.align = p.rest()[0]
		p.at++
	}
	s.sign = p.one("+- ")
	s.alternate = p.one("#") != 0
	s.zero = p.one("0") != 0
	var err error
	if s.width, s.widthOf, err = p.braceNumber(); err != nil {
		return err
	}
	s.width = max(s.width, 0)
	s.group = p.one(",_")
	if p.one(".") != 0 {
		at := p.at
		if s.precision, s.precisionOf, err = p.braceNumber(); err != nil {
			return err
		}
		if p.at == at {
			return p.fail(at, "a precision is missing behind the point")
		}
	}
	s.verb = p.one("bcdeEfFgGnosxX%")
	if !strings.HasPrefix(p.rest(), "}") && p.at < len(p.format) {
		return p.fail(start, "a specifier is [[fill]align][sign][#][0][width][, or _][.precision][type], as in <8 or .3f")
	}
	return nil
}

func isAlign(c byte) bool { return strings.IndexByte("<>=^", c) >= 0 }

// one takes the next byte if it is one of chars; it is 0 otherwise.
func (p *parser) one(chars string) byte {
	if p.at < len(p.format) && strings.IndexByte(chars, p.format[p.at]) >= 0 {
		p.at++
		return p.format[p.at-1]
	}
	return 0
}

// braceNumber reads a width or precision, -1 if there is none, or the field that says it.
func (p *parser) braceNumber() (n int, of *field, err error) {
	if strings.HasPrefix(p.rest(), "{") {
		start := p.at
		p.at++
		of = &field{spec: &braceSpec{precision: -1}}
		end := strings.IndexAny(p.rest(), "{}")
		if end < 0 || p.rest()[end] == '{' {
			return -1, nil, p.fail(start, "in a specifier, { begins the key of a number, as in {message:{width}}")
		}
		if err := of.setKey(p.rest()[:end], p.o); err != nil {
			return -1, nil, p.fail(start, "%s", err)
		}
		p.at += end + 1
		return -1, of, nil
	}
	if p.at == len(p.format) || !digit(p.format[p.at]) {
		return -1, nil, nil
	}
	n, err = p.number()
	return n, nil, err
}

// judge finds out which values the specifier takes.
func (s *braceSpec) judge() {
	s.fits = fitting{text: s.problem(textKind) == "", whole: s.problem(wholeKind) == "", float: s.problem(floatKind) == ""}
}

// problem says why Python refuses the specifier for values of that kind, "" if it does not.
func (s *braceSpec) problem(k kind) string {
	verb := s.verb
	switch {
	case k == textKind && verb != 0 && verb != 's':
		return fmt.Sprintf("%c is for numbers", verb)
	case k == textKind && (s.sign != 0 || s.group != 0 || s.alternate || s.align == '='):
		return "sign, grouping, # and = are for numbers"
	case k != textKind && verb == 's':
		return "s is for texts"
	case k == wholeKind && s.hasPrecision() && (verb == 0 || strings.IndexByte("bcdnoxX", verb) >= 0):
		return "a precision is for floats and texts"
	case k == wholeKind && verb == 'c' && (s.sign != 0 || s.alternate || s.group != 0):
		return "sign, grouping and # do not go with c"
	case k == floatKind && verb != 0 && strings.IndexByte("bcdoxX", verb) >= 0:
		return fmt.Sprintf("%c is for whole numbers", verb)
	case verb == 'n' && s.group != 0, s.group == ',' && strings.IndexByte("boxX", verb) >= 0 && verb != 0:
		return fmt.Sprintf("%c does not go with %c", s.group, verb)
	}
	return ""
}

func (s *braceSpec) hasPrecision() bool { return s.precision >= 0 || s.precisionOf != nil }

// empty reports whether there is no specifier, with which every value is its text.
func (s *braceSpec) empty() bool {
	return s.align == 0 && s.sign == 0 && !s.alternate && !s.zero && s.width == 0 && s.group == 0 && s.precision < 0 && s.verb == 0
}

// append appends v as Python's format() does.
func (s *braceSpec) append(dst []byte, v slog.Value, r *record.Record, how *escaping) []byte {
	if s.widthOf != nil || s.precisionOf != nil {
		s = s.resolved(r)
	}
	switch s.conversion {
	case 'r':
		v = slog.StringValue(string(logrecord.AppendRepr(nil, v)))
	case 'a':
		v = slog.StringValue(string(appendASCII(nil, logrecord.AppendRepr(nil, v))))
	case 's':
		v = slog.StringValue(logrecord.Str(v))
	}
	if v.Kind() == slog.KindString {
		return s.appendText(dst, v.String(), how)
	}
	if s.empty() {
		return how.append(dst, logrecord.Str(v))
	}
	whole := v.Kind() == slog.KindInt64 || v.Kind() == slog.KindUint64 || v.Kind() == slog.KindBool
	if v.Kind() == slog.KindAny {
		_, whole = v.Any().(json.Number)
	}
	switch float := strings.IndexByte("eEfFgG%", s.verb) >= 0 && s.verb != 0; {
	case whole && s.fits.whole && s.verb == 'c':
		if c, ok := characterOf(v); ok {
			return s.appendPadded(dst, c, '>', how)
		}
	case whole && s.fits.whole && !float:
		var scratch [64]byte
		if n, ok := integerOf(scratch[:0], v, s.base()); ok {
			return s.appendInteger(dst, n)
		}
	case whole && s.fits.whole, v.Kind() == slog.KindFloat64 && s.fits.float:
		if x, ok := floatOf(v); ok {
			return s.appendFloat(dst, x)
		}
	}
	return s.appendText(dst, logrecord.Str(v), how)
}

// base is the base of the digits of a whole number.
func (s *braceSpec) base() int {
	switch s.verb {
	case 'b':
		return 2
	case 'o':
		return 8
	case 'x', 'X':
		return 16
	}
	return 10
}

func (s *braceSpec) appendText(dst []byte, text string, how *escaping) []byte {
	if s.precision >= 0 {
		_, text = measure(text, s.precision)
	}
	return s.appendPadded(dst, text, '<', how)
}

// appendPadded appends a text, filled to the width.
func (s *braceSpec) appendPadded(dst []byte, text string, align byte, how *escaping) []byte {
	missing := 0
	if s.width > 0 {
		n, _ := measure(text, -1)
		missing = max(s.width-n, 0)
	}
	if s.align != 0 && s.align != '=' {
		align = s.align
	}
	left, right := sides(align, missing)
	dst = how.append(s.appendFill(dst, left), text)
	return s.appendFill(dst, right)
}

// sides divides what is missing of a width.
func sides(align byte, missing int) (left, right int) {
	switch align {
	case '<':
		return 0, missing
	case '^':
		return missing / 2, missing - missing/2
	}
	return missing, 0
}

func (s *braceSpec) appendFill(dst []byte, n int) []byte {
	fill := s.fill
	if fill == 0 {
		fill = ' '
		if s.zero {
			fill = '0'
		}
	}
	for range n {
		dst = utf8.AppendRune(dst, fill)
	}
	return dst
}

// resolved returns the specifier with the width and the precision that other fields say.
func (s *braceSpec) resolved(r *record.Record) *braceSpec {
	own := *s
	own.widthOf, own.precisionOf = nil, nil
	if s.widthOf != nil {
		own.width = max(bound(s.widthOf.of(r)), 0)
	}
	if s.precisionOf != nil {
		own.precision = bound(s.precisionOf.of(r))
	}
	return &own
}

// bound returns a width or precision that a record says, -1 if it is none.
func bound(v slog.Value) int {
	n, err := strconv.ParseUint(logrecord.Str(v), 10, 32)
	if err != nil {
		return -1
	}
	return int(min(n, maxWidth))
}
