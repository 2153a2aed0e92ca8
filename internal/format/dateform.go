package format

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// dateForm is a format of strftime, read as glibc does in the C locale, which is what Python's
// time.strftime does on Linux: the directives of C and POSIX, those of GNU (%P, %k, %l, %s), the flags
// _ - 0 ^ and #, widths, and the modifiers E and O, which change nothing there. What is no directive
// stays as it is written.
type dateForm struct{ parts []datePart }

// datePart is a literal text, then a directive.
type datePart struct {
	literal   string
	directive byte // 0 for none
	pad       byte // '_', '-', '0' or 0 for the directive's own
	upper     bool
	swap      bool // #
	width     int
}

// The directives that glibc takes, without a modifier and behind E and O.
const (
	directives = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%"
	afterE     = "cnprstuxyzCPRTXYZ%"
	afterO     = "bdeghjklmnprstuwyzBCGHIMPRSTUVWZ%"
)

func newDateForm(text string) (form dateForm) {
	var literal strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '%' {
			literal.WriteByte(text[i])
			i++
			continue
		}
		p, size := dateDirective(text[i:])
		if p.directive == 0 {
			odd := text[i : i+size]
			if p.upper || p.swap && strings.IndexByte("bBh", odd[size-1]) >= 0 {
				odd = strings.ToUpper(odd)
			}
			literal.Write(p.padded([]byte(odd), 0))
		} else {
			p.literal = literal.String()
			literal.Reset()
			form.parts = append(form.parts, p)
		}
		i += size
	}
	if literal.Len() > 0 {
		form.parts = append(form.parts, datePart{literal: literal.String()})
	}
	return form
}

// dateDirective reads what begins with a %. It is a text of that size if the part has no directive.
func dateDirective(text string) (p datePart, size int) {
	i := 1
flags:
	for ; i < len(text); i++ {
		switch c := text[i]; c {
		case '_', '-', '0':
			p.pad = c
		case '^':
			p.upper = true
		case '#':
			p.swap = true
		default:
			break flags
		}
	}
	for ; i < len(text) && digit(text[i]); i++ {
		p.width = min(10*p.width+int(text[i]-'0'), maxWidth)
	}
	allowed := directives
	if i < len(text) && text[i] == 'E' {
		allowed = afterE
		i++
	} else if i < len(text) && text[i] == 'O' {
		allowed = afterO
		i++
	}
	if i == len(text) {
		return p, i
	}
	if strings.IndexByte(allowed, text[i]) >= 0 {
		p.directive = text[i]
	}
	return p, i + 1
}

func (f *dateForm) append(dst []byte, t time.Time) []byte {
	for i := range f.parts {
		p := &f.parts[i]
		dst = append(dst, p.literal...)
		if p.directive != 0 {
			dst = p.append(dst, t)
		}
	}
	return dst
}

func (p *datePart) append(dst []byte, t time.Time) []byte {
	if n, digits, pad, ok := dateNumber(p.directive, t); ok {
		return p.appendNumber(dst, n, digits, pad)
	}
	if p.directive == 'z' {
		return p.appendOffset(dst, t)
	}
	from := len(dst)
	dst = p.appendText(dst, t)
	switch {
	case p.swap && strings.IndexByte("pZ", p.directive) >= 0:
		copy(dst[from:], bytes.ToLower(dst[from:]))
	case p.upper && p.directive != 'P', p.swap && strings.IndexByte("aAbBh", p.directive) >= 0:
		copy(dst[from:], bytes.ToUpper(dst[from:]))
	}
	return p.padded(dst, from)
}

// padded pads what begins at from on its left.
func (p *datePart) padded(dst []byte, from int) []byte {
	missing := p.width - (len(dst) - from)
	if missing <= 0 {
		return dst
	}
	fill := byte(' ')
	if p.pad == '0' {
		fill = '0'
	}
	text := string(dst[from:])
	return append(appendRepeated(dst[:from], fill, missing), text...)
}

// dateNumber returns a directive that is a number, and how many digits padded with what it has.
func dateNumber(directive byte, t time.Time) (n, digits int, pad byte, ok bool) {
	hour := t.Hour()
	switch directive {
	case 'C':
		year := t.Year()
		n = year / 100
		if year%100 < 0 {
			n--
		}
		return n, 2, '0', true
	case 'd':
		return t.Day(), 2, '0', true
	case 'e':
		return t.Day(), 2, '_', true
	case 'H':
		return hour, 2, '0', true
	case 'k':
		return hour, 2, '_', true
	case 'I':
		return (hour+11)%12 + 1, 2, '0', true
	case 'l':
		return (hour+11)%12 + 1, 2, '_', true
	case 'j':
		return t.YearDay(), 3, '0', true
	case 'm':
		return int(t.Month()), 2, '0', true
	case 'M':
		return t.Minute(), 2, '0', true
	case 'S':
		return t.Second(), 2, '0', true
	case 's':
		return int(t.Unix()), 1, '0', true
	case 'Y':
		return t.Year(), 4, '0', true
	case 'y':
		return (t.Year()%100 + 100) % 100, 2, '0', true
	}
	return weekNumber(directive, t)
}

// weekNumber is dateNumber for what is about weeks.
func weekNumber(directive byte, t time.Time) (n, digits int, pad byte, ok bool) {
	sunday := int(t.Weekday()) // days since Sunday
	monday := (sunday + 6) % 7 // days since Monday
	year, week := t.ISOWeek()
	switch directive {
	case 'u':
		return monday + 1, 1, '0', true
	case 'w':
		return sunday, 1, '0', true
	case 'U':
		return (t.YearDay() - 1 - sunday + 7) / 7, 2, '0', true
	case 'W':
		return (t.YearDay() - 1 - monday + 7) / 7, 2, '0', true
	case 'V':
		return week, 2, '0', true
	case 'G':
		return year, 4, '0', true
	case 'g':
		return (year%100 + 100) % 100, 2, '0', true
	}
	return 0, 0, 0, false
}

func (p *datePart) appendNumber(dst []byte, n, digits int, pad byte) []byte {
	if p.pad != 0 {
		pad = p.pad
	}
	from := len(dst)
	if n < 0 {
		dst = append(dst, '-')
	}
	var scratch [20]byte
	text := strconv.AppendUint(scratch[:0], uint64(max(n, -n)), 10)
	switch pad {
	case '-':
	case '_':
		dst = appendRepeated(dst, ' ', digits-len(text))
	default:
		if p.directive == 's' { // which takes a width as texts do
			break
		}
		dst = appendRepeated(dst, '0', max(digits, p.width)-(len(dst)-from)-len(text))
	}
	return p.padded(append(dst, text...), from)
}

// appendOffset appends the zone's offset, whose sign and digits have the width each.
func (p *datePart) appendOffset(dst []byte, t time.Time) []byte {
	_, offset := t.Zone()
	from, sign := len(dst), byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = p.padded(append(dst, sign), from)
	return p.appendNumber(dst, offset/3600*100+offset/60%60, 4, '0')
}

// appendText appends a directive that is no number.
func (p *datePart) appendText(dst []byte, t time.Time) []byte {
	switch p.directive {
	case 'a':
		return t.AppendFormat(dst, "Mon")
	case 'A':
		return t.AppendFormat(dst, "Monday")
	case 'b', 'h':
		return t.AppendFormat(dst, "Jan")
	case 'B':
		return t.AppendFormat(dst, "January")
	case 'c':
		return t.AppendFormat(dst, "Mon Jan _2 15:04:05 2006")
	case 'D', 'x':
		return t.AppendFormat(dst, "01/02/06")
	case 'F':
		return t.AppendFormat(dst, "2006-01-02")
	case 'n':
		return append(dst, '\n')
	case 'p':
		return t.AppendFormat(dst, "PM")
	case 'P':
		return t.AppendFormat(dst, "pm")
	case 'r':
		return t.AppendFormat(dst, "03:04:05 PM")
	case 'R':
		return t.AppendFormat(dst, "15:04")
	case 't':
		return append(dst, '\t')
	case 'T', 'X':
		return t.AppendFormat(dst, "15:04:05")
	case 'Z':
		name, _ := t.Zone()
		return append(dst, name...)
	}
	return append(dst, '%')
}
