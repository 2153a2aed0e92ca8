package pickle

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// stepText does the opcodes of strings and bytes.
func (d *Decoder) stepText(op byte) {
	switch op {
	case opShortBinUnicode:
		d.pushSized(1, kindText)
	case opBinUnicode:
		d.pushSized(4, kindText)
	case opBinUnicode8:
		d.pushSized(8, kindText)
	case opUnicode:
		if v, ok := d.line(kindRaw); ok {
			d.push(v)
		}
	case opShortBinString:
		d.pushSized(1, kindStr)
	case opBinString:
		d.pushSized(4, kindStr)
	case opString:
		d.pushQuoted()
	case opShortBinBytes:
		d.pushSized(1, kindBytes)
	case opBinBytes:
		d.pushSized(4, kindBytes)
	case opBinBytes8:
		d.pushSized(8, kindBytes)
	case opByteArray8:
		if v, ok := d.sized(8, kindBytes); ok {
			o := d.pushObject(objNamed, []value{v})
			o.made = d.makeText("bytearray")
		}
	}
}

func (d *Decoder) pushSized(width int, k kind) {
	if v, ok := d.sized(width, k); ok {
		d.push(v)
	}
}

// pushQuoted pushes the string that a line is the repr of.
func (d *Decoder) pushQuoted() {
	v, ok := d.line(kindQuoted)
	if !ok {
		return
	}
	text := d.in(v)
	n := len(text)
	if n < 2 || text[0] != text[n-1] || text[0] != '\'' && text[0] != '"' {
		d.fail(d.at, "STRING %s has no quotes around it", excerpt(text))
		return
	}
	d.push(value{kindQuoted, uint32(n - 2), v.num + 1})
}

// textOf returns the string that v is, in UTF-8 with lone surrogates; ok is false for what is no
// string. The bytes are good until the next call.
func (d *Decoder) textOf(v value) (text []byte, ok bool) {
	if !v.kind.isText() {
		return nil, false
	}
	if !d.spend(int(v.n)) {
		return nil, true
	}
	switch v.kind {
	case kindText:
		text = d.in(v)
		if !utf8.Valid(text) {
			text = d.mend(text)
		}
	case kindMade:
		text = d.inMade(v)
	case kindStr, kindQuoted:
		text = d.rawOf(v)
		if !utf8.Valid(text) {
			text = d.latin1(text)
		}
	case kindRaw:
		text = d.scratch[:0]
		text = appendUnescaped(text, d.in(v))
		d.scratch = text
	}
	return text, true
}

// rawOf returns the bytes of a string of Python 2. They are good until the next call.
func (d *Decoder) rawOf(v value) []byte {
	b := d.in(v)
	if v.kind == kindQuoted {
		d.scratch = appendUnquoted(d.scratch[:0], b)
		return d.scratch
	}
	return b
}

// mend returns text with what is no UTF-8 replaced, save lone surrogates.
func (d *Decoder) mend(text []byte) []byte {
	out := d.scratch[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r != utf8.RuneError || size != 1:
			out = append(out, text[i:i+size]...)
		case isSurrogate(text[i:]):
			size = 3
			out = append(out, text[i:i+size]...)
		default:
			out = utf8.AppendRune(out, utf8.RuneError)
		}
		i += size
	}
	d.scratch = out
	return out
}

// isSurrogate reports whether b begins with the three-byte form of a lone surrogate.
func isSurrogate(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0 && b[1] <= 0xbf && b[2]&0xc0 == 0x80
}

// latin1 returns text, which may be d.scratch, read as Latin-1: whose encoding nobody knows loses
// nothing that way.
func (d *Decoder) latin1(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/4)
	for _, c := range text {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// appendUnescaped appends what UNICODE writes: Latin-1 with \uXXXX and \UXXXXXXXX.
func appendUnescaped(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' {
			dst = utf8.AppendRune(dst, rune(c))
			continue
		}
		r, n := escape(text[i:])
		if n == 0 { // no escape: the backslash and what follows stand for themselves
			dst = append(dst, c)
			if i++; i < len(text) {
				dst = utf8.AppendRune(dst, rune(text[i]))
			}
			continue
		}
		i += n - 1
		if utf16.IsSurrogate(r) {
			// Python 2 wrote pairs; what is no pair stays what it is.
			if low, n := escape(text[i+1:]); n > 0 {
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					dst = utf8.AppendRune(dst, both)
					i += n
					continue
				}
			}
			dst = append(dst, 0xed, 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// escape reads \uXXXX or \UXXXXXXXX at the start of text; n is its length, 0 where there is none.
func escape(text []byte) (r rune, n int) {
	if len(text) < 6 || text[0] != '\\' {
		return 0, 0
	}
	switch text[1] {
	case 'u':
		n = 6
	case 'U':
		n = 10
	}
	if n == 0 || len(text) < n {
		return 0, 0
	}
	code, err := strconv.ParseUint(string(text[2:n]), 16, 32)
	if err != nil || code > utf8.MaxRune {
		return 0, 0
	}
	return rune(code), n
}

// appendUnquoted appends what stands between the quotes of a repr of Python 2.
func appendUnquoted(dst, text []byte) []byte {
	const plain = `\'"abfnrtv`
	const meant = "\\'\"\a\b\f\n\r\t\v"
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			dst = append(dst, c)
			continue
		}
		i++
		c = text[i]
		digits, base := 0, 8
		if c == 'x' {
			digits, base = 2, 16
			i++
		} else if c >= '0' && c <= '7' {
			for digits < 3 && i+digits < len(text) && text[i+digits] >= '0' && text[i+digits] <= '7' {
				digits++
			}
		}
		if digits > 0 {
			end := min(i+digits, len(text))
			code, err := strconv.ParseUint(string(text[i:end]), base, 16)
			if err != nil { // no number: left as it is written
				dst = append(dst, '\\', c)
				i--
				continue
			}
			dst = append(dst, byte(code))
			i = end - 1
			continue
		}
		if k := indexByte(plain, c); k >= 0 {
			dst = append(dst, meant[k])
		} else {
			dst = append(dst, '\\', c)
		}
	}
	return dst
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}
