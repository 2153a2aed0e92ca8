package format

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// Charset is how the characters of a form become bytes. It is made by [NewCharset].
type Charset struct {
	last    rune // every character up to this one has bytes
	replace replacement
	utf8    bool
}

// replacement appends what is written for a character that a Charset does not have.
type replacement func(dst []byte, r rune) []byte

// NewCharset returns the Charset that open(encoding=…, errors=…) has in Python, by any of Python's names of
// utf-8, ascii and latin-1; "" is utf-8. For a character that it does not have, errors says:
//
//	backslashreplace    \xe9, \u20ac, \U0001f600; also "", and "strict", which would lose the record
//	replace             ?
//	xmlcharrefreplace   &#233;
//	ignore              nothing
//
// A line that is a JSON object has JSON's own \u00e9 in any case, so that it says the same. UTF-8 has all
// characters: what is none, a lone surrogate or a byte of no character, our own forms have shown by its code
// already, and it stays as it is in others where errors is "".
func NewCharset(encoding, errors string) (Charset, error) {
	c := Charset{}
	switch strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(encoding)) {
	case "", "utf_8", "utf8", "u8", "utf", "cp65001":
		c.last, c.utf8 = utf8.MaxRune, true
	case "ascii", "us_ascii", "646":
		c.last = 0x7f
	case "latin_1", "latin1", "latin", "l1", "iso_8859_1", "iso8859_1", "8859", "cp819":
		c.last = 0xff
	default:
		return Charset{}, fmt.Errorf("got encoding %q, want utf-8, ascii or latin-1", encoding)
	}
	switch errors {
	case "":
		if !c.utf8 {
			c.replace = appendBackslash
		}
	case "strict", "backslashreplace":
		c.replace = appendBackslash
	case "replace":
		c.replace = func(dst []byte, _ rune) []byte { return append(dst, '?') }
	case "xmlcharrefreplace":
		c.replace = func(dst []byte, r rune) []byte {
			return append(strconv.AppendInt(append(dst, "&#"...), int64(r), 10), ';')
		}
	case "ignore":
		c.replace = func(dst []byte, _ rune) []byte { return dst }
	default:
		return Charset{}, fmt.Errorf("got errors %q, want backslashreplace, replace, xmlcharrefreplace or ignore", errors)
	}
	return c, nil
}

// Of returns a Format of what f writes. It may be shared by goroutines if f may.
func (c Charset) Of(f Format) Format {
	if c.replace == nil {
		return f
	}
	return func(dst []byte, r *record.Record) []byte {
		start := len(dst)
		dst = f(dst, r)
		odd := slices.IndexFunc(dst[start:], func(b byte) bool { return b >= utf8.RuneSelf })
		if odd < 0 {
			return dst
		}
		replace := c.replace
		if bytes.HasPrefix(dst[start:], []byte(`{"`)) {
			replace = appendJSONEscape
		}
		text := string(dst[start+odd:])
		return c.append(dst[:start+odd], text, replace)
	}
}

func (c Charset) append(dst []byte, text string, replace replacement) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		none := r == utf8.RuneError && size == 1
		switch {
		case none && isSurrogate(text):
			size = 3
			dst = replace(dst, surrogate(text))
		case none:
			dst = replace(dst, rune(text[0]))
		case r > c.last:
			dst = replace(dst, r)
		case c.utf8:
			dst = append(dst, text[:size]...)
		default:
			dst = append(dst, byte(r))
		}
		text = text[size:]
	}
	return dst
}

// appendBackslash appends \xe9, \u20ac or \U0001f600, as Python's backslashreplace.
func appendBackslash(dst []byte, r rune) []byte {
	letter, digits := byte('U'), 8
	switch {
	case r < 0x100:
		letter, digits = 'x', 2
	case r < 0x10000:
		letter, digits = 'u', 4
	}
	return appendHex(append(dst, '\\', letter), r, digits)
}

// appendJSONEscape appends \u20ac, and for what is beyond U+FFFF the two of UTF-16.
func appendJSONEscape(dst []byte, r rune) []byte {
	if r < 0x10000 {
		return appendHex(append(dst, '\\', 'u'), r, 4)
	}
	high, low := utf16.EncodeRune(r)
	return appendJSONEscape(appendJSONEscape(dst, high), low)
}

// appendHex appends the last digits of r, to the base 16.
func appendHex(dst []byte, r rune, digits int) []byte {
	for digits--; digits >= 0; digits-- {
		dst = append(dst, hexDigits[r>>(4*digits)&15])
	}
	return dst
}
