package jsonl

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"math"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var nan, infinity = math.NaN(), math.Inf(1)

// number reads a number, or -Infinity.
func (p *parser) number() (slog.Value, error) {
	s, i := p.line, p.at
	if s[i] == '-' {
		i++
		if i < len(s) && s[i] == 'I' {
			return p.word()
		}
	}
	whole := i
	if i = digits(s, i); i == whole {
		p.at = i
		return slog.Value{}, p.unexpected("a digit")
	}
	if s[whole] == '0' && i > whole+1 {
		return slog.Value{}, p.errorf(whole, "a number begins with 0, want another digit or a point behind it")
	}
	isInt := true
	if i < len(s) && s[i] == '.' {
		from := i + 1
		if i = digits(s, from); i == from {
			p.at = i
			return slog.Value{}, p.unexpected("a digit behind the point")
		}
		isInt = false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		from := i
		if i = digits(s, from); i == from {
			p.at = i
			return slog.Value{}, p.unexpected("a digit of the exponent")
		}
		isInt = false
	}
	text := s[p.at:i]
	p.at = i
	if isInt {
		return integer(text), nil
	}
	if f, ok := decimal(text); ok {
		return slog.Float64Value(f), nil
	}
	f, _ := strconv.ParseFloat(string(text), 64) // its one possible error is that f is infinite
	return slog.Float64Value(f), nil
}

// digits returns the index behind the digits that begin at i.
func digits(s []byte, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// shortInt is how many digits always fit an int64.
const shortInt = 18

func integer(text []byte) slog.Value {
	if len(text) <= shortInt {
		digits, sign := text, int64(1)
		if text[0] == '-' {
			digits, sign = text[1:], -1
		}
		var n int64
		for _, c := range digits {
			n = 10*n + int64(c-'0')
		}
		return slog.Int64Value(sign * n)
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return slog.Int64Value(n)
	}
	if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
		return slog.Uint64Value(n)
	}
	return slog.AnyValue(json.Number(text))
}

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// decimal returns the float that a number with a point is, where that is the quotient of two floats that are exact, and
// so exact to the last bit: that is so for 15 digits without an exponent.
func decimal(text []byte) (f float64, ok bool) {
	digits := text
	if text[0] == '-' {
		digits = text[1:]
	}
	if len(digits) > len(tens) {
		return 0, false
	}
	n, behind := int64(0), -1
	for i, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			n = 10*n + int64(c-'0')
		case c == '.':
			behind = len(digits) - 1 - i
		default: // an exponent
			return 0, false
		}
	}
	if f = float64(n) / tens[behind]; text[0] == '-' {
		f = -f
	}
	return f, true
}

const ones, highs = 0x0101010101010101, 0x8080808080808080

// run returns the index behind the bytes from i on that stand for themselves in a string: all but the quote, the
// backslash and control characters.
func run(s []byte, i int) int {
	for ; len(s)-i >= 8; i += 8 {
		// Where a byte is lower than what is taken from it, its high bit comes up, unless it was there before. What it
		// borrows makes the bits above that one mean nothing.
		w := binary.LittleEndian.Uint64(s[i:])
		if odd := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones)) &^ w & highs; odd != 0 {
			return i + bits.TrailingZeros64(odd)/8
		}
	}
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// escaped reads the string that begins at from and whose first byte that is not as it stands is at i.
func (p *parser) escaped(from, i int) ([]byte, error) {
	b := append(p.unescaped[:0], p.line[from:i]...)
	for i < len(p.line) {
		switch c := p.line[i]; {
		case c == '"':
			p.at, p.unescaped = i+1, b
			return b, nil
		case c < ' ':
			return nil, p.control(i)
		case c == '\\':
			r, size := escape(p.line[i:])
			if size == 0 {
				return nil, p.errorf(i, `got %q, want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`, p.line[i:min(i+6, len(p.line))])
			}
			b = appendRune(b, r)
			i += size
		}
		end := run(p.line, i)
		b = append(b, p.line[i:end]...)
		i = end
	}
	return nil, p.errorf(from-1, "the string has no end, want a quote")
}

// control is the error for a control character in a string.
func (p *parser) control(at int) error {
	return p.errorf(at, `a string holds a control character, want it as \u%04x`, p.line[at])
}

// escape reads the escape that s begins with. A size of 0 says that it is none.
func escape(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	r, ok := unicodeEscape(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := unicodeEscape(s[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return r, 6
}

// unicodeEscape reads the \u escape that s begins with.
func unicodeEscape(s []byte) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendRune appends r as UTF-8, a surrogate in its three-byte form.
func appendRune(b []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(b, r)
}
