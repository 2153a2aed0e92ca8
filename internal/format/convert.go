package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

func (s *percentSpec) appendConverted(dst []byte, v slog.Value, how *escaping) []byte {
	var scratch [64]byte
	switch s.conversion {
	case 'd', 'i', 'u', 'x', 'X', 'o':
		if n, ok := integerOf(scratch[:0], v, baseOf(s.conversion)); ok {
			return s.appendInteger(dst, n)
		}
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if x, ok := floatOf(v); ok {
			return s.appendFloat(dst, x)
		}
	case 'c':
		if c, ok := characterOf(v); ok {
			return s.appendText(dst, c, -1, how)
		}
	case 'r', 'a':
		repr := logrecord.AppendRepr(scratch[:0], v)
		if s.conversion == 'a' {
			repr = appendASCII(nil, repr)
		}
		return s.appendText(dst, string(repr), s.precision, how)
	}
	precision := -1
	if s.conversion == 's' {
		precision = s.precision
	}
	if v.Kind() == slog.KindString {
		return s.appendText(dst, v.String(), precision, how)
	}
	return s.appendText(dst, string(logrecord.AppendRepr(scratch[:0], v)), precision, how)
}

// appendText appends text, cut to the precision if that is not negative, and padded to the width. Both
// count characters as they are before anything is shown by its code.
func (s *percentSpec) appendText(dst []byte, text string, precision int, how *escaping) []byte {
	n := 0
	if s.width > 0 || precision >= 0 {
		n, text = measure(text, precision)
	}
	pad := s.width - n
	if !s.left {
		dst = appendRepeated(dst, ' ', pad)
	}
	dst = how.append(dst, text)
	if s.left {
		dst = appendRepeated(dst, ' ', pad)
	}
	return dst
}

// measure returns the number of characters of s, and s, both up to limit if that is not negative. A
// lone surrogate is a character, as in Python.
func measure(s string, limit int) (n int, cut string) {
	for i := 0; i < len(s); n++ {
		if n == limit {
			return n, s[:i]
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 && isSurrogate(s[i:]) {
			size = 3
		}
		i += size
	}
	return n, s
}

func appendRepeated(dst []byte, b byte, n int) []byte {
	for range n {
		dst = append(dst, b)
	}
	return dst
}

// appendASCII appends repr with what is not ASCII escaped, as Python's ascii() does.
func appendASCII(dst, repr []byte) []byte {
	for _, r := range string(repr) {
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r < 0x100:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
	}
	return dst
}

// integer is a whole number of any size, as digits in the base of its conversion.
type integer struct {
	negative bool
	digits   []byte
}

// integerOf returns v as a whole number in that base, its digits in scratch where they fit; ok is false
// where Python does not take such a value.
func integerOf(scratch []byte, v slog.Value, base int) (n integer, ok bool) {
	switch v.Kind() {
	case slog.KindInt64:
		i := v.Int64()
		magnitude := uint64(i)
		if i < 0 {
			magnitude = -magnitude
		}
		return integer{i < 0, strconv.AppendUint(scratch, magnitude, base)}, true
	case slog.KindUint64:
		return integer{false, strconv.AppendUint(scratch, v.Uint64(), base)}, true
	case slog.KindBool:
		if v.Bool() {
			return integer{false, append(scratch, '1')}, true
		}
		return integer{false, append(scratch, '0')}, true
	case slog.KindFloat64:
		f := math.Trunc(v.Float64())
		if base != 10 || math.IsNaN(f) || math.IsInf(f, 0) {
			return integer{}, false
		}
		return integer{f < 0, strconv.AppendFloat(scratch, math.Abs(f), 'f', 0, 64)}, true
	case slog.KindAny:
		number, ok := v.Any().(json.Number)
		if !ok || len(number) > maxWidth {
			return integer{}, false
		}
		i, ok := new(big.Int).SetString(string(number), 10)
		if !ok {
			return integer{}, false
		}
		return integer{i.Sign() < 0, i.Abs(i).Append(scratch, base)}, true
	}
	return integer{}, false
}

func baseOf(conversion byte) int {
	switch conversion {
	case 'x', 'X':
		return 16
	case 'o':
		return 8
	}
	return 10
}

func (s *percentSpec) appendInteger(dst []byte, n integer) []byte {
	prefix := ""
	if s.alternate {
		switch s.conversion {
		case 'x', 'X':
			prefix = "0x"
		case 'o':
			prefix = "0o"
		}
	}
	zeros := s.precision - len(n.digits)
	from := len(dst)
	dst = s.appendNumber(dst, n.negative, prefix, zeros, n.digits)
	if s.conversion == 'X' {
		upper(dst[from:])
	}
	return dst
}

// appendNumber appends a number's sign, prefix, zeros and digits, padded to the width.
func (s *percentSpec) appendNumber(dst []byte, negative bool, prefix string, zeros int, digits []byte) []byte {
	sign := ""
	switch {
	case negative:
		sign = "-"
	case s.plus:
		sign = "+"
	case s.space:
		sign = " "
	}
	zeros = max(zeros, 0)
	pad := s.width - len(sign) - len(prefix) - zeros - len(digits)
	switch {
	case s.left:
	case s.zero:
		zeros += max(pad, 0)
	default:
		dst = appendRepeated(dst, ' ', pad)
	}
	dst = append(append(dst, sign...), prefix...)
	dst = append(appendRepeated(dst, '0', zeros), digits...)
	if s.left {
		dst = appendRepeated(dst, ' ', pad)
	}
	return dst
}

func floatOf(v slog.Value) (f float64, ok bool) {
	switch v.Kind() {
	case slog.KindFloat64:
		return v.Float64(), true
	case slog.KindInt64:
		return float64(v.Int64()), true
	case slog.KindUint64:
		return float64(v.Uint64()), true
	case slog.KindBool:
		if v.Bool() {
			return 1, true
		}
		return 0, true
	case slog.KindAny:
		if number, ok := v.Any().(json.Number); ok {
			f, err := number.Float64()
			return f, err == nil // Python too has no float for an integer beyond 1e308
		}
	}
	return 0, false
}

func (s *percentSpec) appendFloat(dst []byte, x float64) []byte {
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	verb := s.conversion | 0x20 // in lower case
	var digits []byte
	switch magnitude := math.Abs(x); {
	case math.IsNaN(x):
		digits = append(digits, "nan"...)
	case math.IsInf(x, 0):
		digits = append(digits, "inf"...)
	case s.alternate:
		digits = fmt.Appendf(digits, "%#."+strconv.Itoa(precision)+string(verb), magnitude)
	default:
		digits = strconv.AppendFloat(digits, magnitude, verb, precision, 64)
	}
	if s.conversion != verb {
		upper(digits)
	}
	return s.appendNumber(dst, math.Signbit(x) && !math.IsNaN(x), "", 0, digits)
}

func upper(b []byte) { copy(b, bytes.ToUpper(b)) }

// characterOf returns the character that v is, or is the number of.
func characterOf(v slog.Value) (s string, ok bool) {
	switch v.Kind() {
	case slog.KindInt64:
		if n := v.Int64(); n >= 0 && n <= utf8.MaxRune {
			return string(rune(n)), true
		}
	case slog.KindBool:
		if v.Bool() {
			return "\x01", true
		}
		return "\x00", true
	case slog.KindString:
		n, _ := measure(v.String(), -1)
		return v.String(), n == 1
	}
	return "", false
}
