package form

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// merge returns what Python makes of msg % args, where args is given as its repr. ok is false where args is
// not plain, where Python would fail, and where the text would be longer than limit.
func merge(msg, args string, limit int) (merged string, ok bool) {
	a, ok := parseArgs(args)
	if !ok {
		return "", false
	}
	f := formatter{args: a, limit: limit}
	for rest := msg; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			f.out = append(f.out, rest...)
			break
		}
		f.out = append(f.out, rest[:i]...)
		if rest, ok = f.conversion(rest[i+1:]); !ok || len(f.out) > limit {
			return "", false
		}
	}
	if a.named == nil && f.used < len(a.list) || len(f.out) > limit {
		return "", false
	}
	return string(f.out), true
}

// formatter makes a text of a template.
type formatter struct {
	args  arguments
	used  int // how many of the list were
	out   []byte
	work  int // bytes that were looked at and need not be in out
	limit int
}

// spec is how a value is to be shown.
type spec struct {
	minus, plus, blank, alternate, zero bool
	width, precision                    int // precision is -1 where none is given
}

// maxWidth bounds width and precision.
const maxWidth = 1000

// conversion appends what the conversion shows whose % stands before s, and returns what follows it.
func (f *formatter) conversion(s string) (rest string, ok bool) {
	if strings.HasPrefix(s, "%") { // which takes no width and no flags
		f.out = append(f.out, '%')
		return s[1:], true
	}
	var v *literal
	if strings.HasPrefix(s, "(") {
		var key string
		if key, s, ok = keyOf(s); !ok || f.args.named == nil {
			return "", false
		}
		named, ok := f.args.named[key]
		if !ok {
			return "", false
		}
		v = &named
	}
	p, s, ok := f.spec(s)
	if !ok || s == "" || max(p.width, p.precision) > maxWidth {
		return "", false
	}
	verb, rest := s[0], s[1:]
	if v == nil {
		if v, ok = f.next(); !ok {
			return "", false
		}
	}
	return rest, f.show(verb, p, v)
}

// spec cuts off what stands between % and the letter.
func (f *formatter) spec(s string) (p spec, rest string, ok bool) {
	s = p.flags(s)
	if p.width, s, ok = f.number(s); !ok {
		return p, "", false
	}
	if p.width < 0 {
		p.minus, p.width = true, -p.width
	}
	p.precision = -1
	if strings.HasPrefix(s, ".") {
		if p.precision, s, ok = f.number(s[1:]); !ok {
			return p, "", false
		}
		p.precision = max(p.precision, 0)
	}
	if s != "" && strings.IndexByte("hlL", s[0]) >= 0 {
		s = s[1:]
	}
	return p, s, true
}

// keyOf cuts the key in brackets off, in which brackets may stand in pairs.
func keyOf(s string) (key, rest string, ok bool) {
	open := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return s[1:i], s[i+1:], true
			}
		}
	}
	return "", "", false
}

// flags cuts the flags off.
func (p *spec) flags(s string) string {
	for ; s != ""; s = s[1:] {
		switch s[0] {
		case '-':
			p.minus = true
		case '+':
			p.plus = true
		case ' ':
			p.blank = true
		case '#':
			p.alternate = true
		case '0':
			p.zero = true
		default:
			return s
		}
	}
	return s
}

// number cuts a number off, 0 if there is none, or a * that takes it from the arguments.
func (f *formatter) number(s string) (n int, rest string, ok bool) {
	if strings.HasPrefix(s, "*") {
		v, ok := f.next()
		if !ok || v.kind != integer {
			return 0, "", false
		}
		n, err := strconv.Atoi(v.repr)
		return n, s[1:], err == nil && n >= -maxWidth
	}
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, s, true
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err == nil
}

// next returns the next argument. A mapping is the only one there is.
func (f *formatter) next() (*literal, bool) {
	f.used++
	switch {
	case f.args.named != nil:
		return &f.args.whole, f.used == 1
	case f.used <= len(f.args.list):
		return &f.args.list[f.used-1], true
	}
	return nil, false
}

// show appends a value.
func (f *formatter) show(verb byte, p spec, v *literal) bool {
	switch verb {
	case 's':
		f.text(p, v.show())
	case 'r':
		f.text(p, v.repr)
	case 'a':
		if f.work += len(v.repr); f.work > f.limit {
			return false // it costs its length, of which the precision may leave nothing
		}
		f.text(p, ascii(v.repr))
	case 'c':
		return f.char(p, v)
	case 'd', 'i', 'u':
		return f.integer(p, v, 10, "", false)
	case 'x', 'X':
		return v.kind != fraction && f.integer(p, v, 16, "0x", verb == 'X')
	case 'o':
		return v.kind != fraction && f.integer(p, v, 8, "0o", false)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return f.fraction(p, v, verb)
	default:
		return false
	}
	return true
}

// text appends s in the width, at most as many characters as the precision says.
func (f *formatter) text(p spec, s string) {
	if p.precision >= 0 {
		end := 0
		for range p.precision {
			end += charLen(s[end:])
		}
		s = s[:end]
	}
	blanks := 0
	if p.width > 0 {
		blanks = max(p.width-characters(s), 0)
	}
	if !p.minus {
		f.out = append(f.out, strings.Repeat(" ", blanks)...)
	}
	f.out = append(f.out, s...)
	if p.minus {
		f.out = append(f.out, strings.Repeat(" ", blanks)...)
	}
}

// charLen returns the length of the character that s begins with, 0 at its end. A lone surrogate is one.
func charLen(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 && len(s) >= 3 && s[0] == 0xed {
		return 3
	}
	return size
}

// characters counts those of s as Python does.
func characters(s string) (n int) {
	for ; s != ""; n++ {
		s = s[charLen(s):]
	}
	return n
}

// ascii is repr with all that is no ASCII escaped.
func ascii(repr string) string {
	var b strings.Builder
	for _, r := range repr {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// char appends one character, which may be given by its number.
func (f *formatter) char(p spec, v *literal) bool {
	p.precision = -1
	switch v.kind {
	case text:
		if characters(v.str) != 1 {
			return false
		}
		f.text(p, v.str)
	case integer:
		n, err := strconv.ParseInt(v.repr, 10, 32)
		if err != nil || n < 0 || n > utf8.MaxRune {
			return false
		}
		f.text(p, string(appendRune(nil, rune(n))))
	default:
		return false
	}
	return true
}

// maxDigits is the longest int that Python itself reads.
const maxDigits = 4300

// whole returns the value as an int, as %d takes it.
func (l *literal) whole() (*big.Int, bool) {
	switch l.kind {
	case truth:
		return big.NewInt(int64(len("False") - len(l.repr))), true // True is shorter by one
	case integer:
		if len(l.repr) > maxDigits {
			return nil, false
		}
		return new(big.Int).SetString(l.repr, 10)
	case fraction:
		x, err := strconv.ParseFloat(l.repr, 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, false
		}
		n, _ := big.NewFloat(x).Int(nil)
		return n, true
	}
	return nil, false
}

// integer appends an int.
func (f *formatter) integer(p spec, v *literal, base int, prefix string, upper bool) bool {
	n, ok := v.whole()
	if !ok {
		return false
	}
	digits := new(big.Int).Abs(n).Text(base)
	if len(digits) < p.precision {
		digits = strings.Repeat("0", p.precision-len(digits)) + digits
	}
	if !p.alternate {
		prefix = ""
	}
	if upper {
		digits, prefix = strings.ToUpper(digits), strings.ToUpper(prefix)
	}
	f.signed(p, n.Sign() < 0, prefix, digits)
	return true
}

// signed appends a number with its sign in the width.
func (f *formatter) signed(p spec, negative bool, prefix, digits string) {
	switch {
	case negative:
		prefix = "-" + prefix
	case p.plus:
		prefix = "+" + prefix
	case p.blank:
		prefix = " " + prefix
	}
	if short := p.width - len(prefix) - len(digits); short > 0 && p.zero && !p.minus {
		digits = strings.Repeat("0", short) + digits
	}
	p.precision = -1
	f.text(p, prefix+digits)
}

// fraction appends a float.
func (f *formatter) fraction(p spec, v *literal, verb byte) bool {
	var x float64
	switch v.kind {
	case truth, integer:
		n, ok := v.whole()
		if !ok {
			return false
		}
		if x, _ = new(big.Float).SetInt(n).Float64(); math.IsInf(x, 0) {
			return false
		}
	case fraction:
		var err error
		if x, err = strconv.ParseFloat(v.repr, 64); err != nil {
			return false
		}
	default:
		return false
	}
	precision := p.precision
	if precision < 0 {
		precision = 6
	}
	if p.alternate || math.IsInf(x, 0) || math.IsNaN(x) {
		return false // which nobody does
	}
	lower := verb | 0x20
	if lower == 'g' {
		precision = max(precision, 1)
	}
	digits := strconv.FormatFloat(math.Abs(x), lower, precision, 64)
	if verb != lower {
		digits = strings.ToUpper(digits)
	}
	f.signed(p, math.Signbit(x), "", digits)
	return true
}
