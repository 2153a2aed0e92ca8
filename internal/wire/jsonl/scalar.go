package jsonl

import (
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

var nan, infinity = math.NaN(), math.Inf(1)

// number reads a number, or -Infinity.
func (p *parser) number() (slog.Value, error) {
	s, i := p.text, p.at
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
	f, _ := strconv.ParseFloat(text, 64) // its one possible error is that f is infinite
	return slog.Float64Value(f), nil
}

// digits returns the index behind the digits that begin at i.
func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

func integer(text string) slog.Value {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return slog.Int64Value(n)
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return slog.Uint64Value(n)
	}
	return slog.AnyValue(json.Number(text))
}

// inRun marks the bytes that stand for themselves in a string.
var inRun = func() (in [256]bool) {
	for c := ' '; c <= 0xff; c++ {
		in[c] = c != '"' && c != '\\'
	}
	return in
}()

// run returns the index behind the bytes from i on that stand for themselves.
func run(s string, i int) int {
	for i < len(s) && inRun[s[i]] {
		i++
	}
	return i
}

// escaped reads the string that begins at from and whose first byte that is not as it stands is at i.
func (p *parser) escaped(from, i int) (string, error) {
	b := append(p.unescaped[:0], p.text[from:i]...)
	for i < len(p.text) {
		switch c := p.text[i]; {
		case c == '"':
			p.at, p.unescaped = i+1, b
			return logrecord.Mend(string(b)), nil
		case c < ' ':
			return "", p.control(i)
		case c == '\\':
			r, size := escape(p.text[i:])
			if size == 0 {
				return "", p.errorf(i, `got %q, want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`, p.text[i:min(i+6, len(p.text))])
			}
			b = appendRune(b, r)
			i += size
		}
		end := run(p.text, i)
		b = append(b, p.text[i:end]...)
		i = end
	}
	return "", p.errorf(from-1, "the string has no end, want a quote")
}

// control is the error for a control character in a string.
func (p *parser) control(at int) error {
	return p.errorf(at, `a string holds a control character, want it as \u%04x`, p.text[at])
}

// escape reads the escape that s begins with. A size of 0 says that it is none.
func escape(s string) (r rune, size int) {
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
func unicodeEscape(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
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
