package record

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// plainJSON marks the bytes that stand for themselves in a JSON string.
var plainJSON = func() (plain [256]bool) {
	for b := 0x20; b < 0x7f; b++ {
		plain[b] = b != '"' && b != '\\'
	}
	return plain
}()

// AppendJSONString appends s as a JSON string, quotes included, by the rules [AppendJSON] states.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; ; {
		if i = afterPlain(s, i); i == len(s) {
			break
		}
		if s[i] < utf8.RuneSelf {
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, s[i])
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[from:i]...)
			if r, ok := surrogate(s[i:]); ok {
				dst, size = appendUnicode(dst, r), 3
			} else {
				dst = append(dst, `\ufffd`...)
			}
		case r == '\u2028' || r == '\u2029' || r < 0xa0:
			dst = append(dst, s[from:i]...)
			dst = appendUnicode(dst, r)
		default:
			i += size
			continue
		}
		i += size
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// afterPlain returns the index of the first byte of s, from i on, that does not stand for itself; len(s)
// if there is none. It looks at eight bytes at a time: adding and subtracting sets the high bit of
// those that are no plain ones.
func afterPlain(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(s)-i >= 8; i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		// 0x7f and above carry into the high bit by adding 1; below 0x20 and zero borrow from it.
		odd := w | (w + ones) | (w - 0x20*ones) | (quote - ones) | (backslash - ones)
		if odd&highs != 0 {
			break
		}
	}
	for i < len(s) && plainJSON[s[i]] {
		i++
	}
	return i
}

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return appendUnicode(dst, rune(b))
}

func appendUnicode(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// surrogate reads the three-byte form of a lone surrogate at the start of s.
func surrogate(s string) (rune, bool) {
	if len(s) < 3 || s[0] != 0xed || s[1] < 0xa0 || s[1] > 0xbf || s[2] < 0x80 || s[2] > 0xbf {
		return 0, false
	}
	return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), true
}
