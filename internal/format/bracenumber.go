package format

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

func (s *braceSpec) appendInteger(dst []byte, n integer) []byte {
	prefix := ""
	if s.alternate && s.base() != 10 {
		prefix = "0" + string(s.verb)
	}
	if s.verb == 'X' {
		upper(n.digits)
	}
	return s.appendNumber(dst, n.negative, prefix, n.digits, nil)
}

// appendNumber appends a number of which only the digits before its point are grouped, and filled with
// zeros.
func (s *braceSpec) appendNumber(dst []byte, negative bool, prefix string, digits, rest []byte) []byte {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case s.sign == '+' || s.sign == ' ':
		sign = string(s.sign)
	}
	align := s.align
	if align == 0 {
		align = '>'
		if s.zero && s.fill == 0 {
			align = '='
		}
	}
	zeros := align == '=' && (s.fill == '0' || s.fill == 0 && s.zero)
	others := len(sign) + len(prefix) + len(rest)
	width := 0 // of the digits
	if zeros && len(digits) > 0 {
		width = s.width - others
	}
	if s.group != 0 && len(digits) > 0 {
		digits = s.grouped(digits, width)
	}
	filled := max(width-len(digits), 0)
	missing := max(s.width-others-filled-len(digits), 0)
	inside := 0
	left, right := sides(align, missing)
	if align == '=' {
		left, inside = 0, missing
	}
	dst = s.appendFill(dst, left)
	dst = append(append(dst, sign...), prefix...)
	dst = appendRepeated(s.appendFill(dst, inside), '0', filled)
	dst = append(append(dst, digits...), rest...)
	return s.appendFill(dst, right)
}

// grouped returns digits with the separators between them, and zeros in front up to the width.
func (s *braceSpec) grouped(digits []byte, width int) []byte {
	size := 3
	if s.base() != 10 {
		size = 4
	}
	var back []byte // from the last digit to the first
	for n := len(digits); ; width-- {
		for range min(size, max(n, width, 1)) {
			if n--; n >= 0 {
				back = append(back, digits[n])
			} else {
				back = append(back, '0')
			}
			width--
		}
		if n <= 0 && width <= 0 {
			break
		}
		back = append(back, s.group)
	}
	slices.Reverse(back)
	return back
}

func (s *braceSpec) appendFloat(dst []byte, x float64) []byte {
	percent := s.verb == '%'
	if percent {
		x *= 100
	}
	var scratch [64]byte
	text := s.floatText(scratch[:0], math.Abs(x))
	if strings.IndexByte("EFG", s.verb) >= 0 && s.verb != 0 {
		upper(text)
	}
	n := 0
	for n < len(text) && digit(text[n]) {
		n++
	}
	rest := text[n:]
	if percent {
		rest = append(rest, '%')
	}
	return s.appendNumber(dst, math.Signbit(x) && !math.IsNaN(x), "", text[:n:n], rest)
}

// floatText returns a float that is not negative, in scratch where it fits.
func (s *braceSpec) floatText(scratch []byte, x float64) []byte {
	verb := s.verb | 0x20
	switch s.verb {
	case 'n':
		verb = 'g'
	case '%':
		verb = 'f'
	}
	precision := s.precision
	switch {
	case math.IsNaN(x):
		return append(scratch, "nan"...)
	case math.IsInf(x, 0):
		return append(scratch, "inf"...)
	case s.verb == 0 && precision < 0:
		return s.pointed(logrecord.AppendFloat(scratch, x))
	case s.verb == 0:
		return s.generalFloat(x)
	case precision < 0:
		precision = 6
	}
	if s.alternate {
		return fmt.Appendf(scratch, "%#."+strconv.Itoa(precision)+string(verb), x)
	}
	return strconv.AppendFloat(scratch, x, verb, precision, 64)
}

// generalFloat is a float with a precision and no type: as with g, but for one digit behind the point at
// least, for which an exponent comes one digit sooner.
func (s *braceSpec) generalFloat(x float64) []byte {
	precision := max(s.precision, 1)
	text := strconv.AppendFloat(nil, x, 'e', precision-1, 64)
	e := bytes.IndexByte(text, 'e')
	exponent, _ := strconv.Atoi(string(text[e+1:]))
	digits := bytes.Replace(text[:e:e], []byte("."), nil, 1)
	if !s.alternate {
		digits = bytes.TrimRight(digits, "0")
		if len(digits) == 0 {
			digits = []byte("0")
		}
	}
	point := exponent + 1
	switch {
	case point <= -4 || point > precision-1:
		out := []byte{digits[0]}
		if len(digits) > 1 || s.alternate {
			out = append(append(out, '.'), digits[1:]...)
		}
		return append(out, text[e:]...)
	case point <= 0:
		out := appendRepeated([]byte("0."), '0', -point)
		return append(out, digits...)
	case point >= len(digits):
		out := appendRepeated(digits, '0', point-len(digits))
		return append(out, ".0"...)
	}
	return append(append(append([]byte{}, digits[:point]...), '.'), digits[point:]...)
}

// pointed gives a float its point, which # demands.
func (s *braceSpec) pointed(text []byte) []byte {
	if e := bytes.IndexByte(text, 'e'); s.alternate && e >= 0 && bytes.IndexByte(text, '.') < 0 {
		return append(append(append([]byte{}, text[:e]...), '.'), text[e:]...)
	}
	return text
}
