package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendJSONString appends s as a JSON string, quotes included, by the rules [AppendJSON] states.
func AppendJSONString(dst []byte, s string) []byte {
	if len(s) <= 16 {
		// The words that a short text begins and ends with are all of it.
		if a, b := edges(s); odd(a)|odd(b) == 0 {
			from := len(dst)
			dst = slices.Grow(dst, 18)[:from+18]
			text := (*[18]byte)(dst[from:])
			text[0] = '"'
			binary.LittleEndian.PutUint64(text[1:], a)
			binary.LittleEndian.PutUint64(text[1+max(len(s), 8)-8:], b)
			text[1+len(s)] = '"'
			return dst[:from+len(s)+2]
		}
	}
	dst = append(dst, '"')
	if i := indexOdd(s, 0); i < len(s) {
		return append(appendOddText(dst, s, i), '"')
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendOddText appends s, of which the byte at i is the first that does not stand for itself.
func appendOddText(dst []byte, s string, i int) []byte {
	from := 0
	for i < len(s) {
		if n := plainRune(s[i:]); n > 0 {
			// What is no ASCII seldom comes alone.
			if i += n; i < len(s) && s[i] < utf8.RuneSelf {
				i = indexOdd(s, i)
			}
			continue
		}
		dst = append(dst, s[from:i]...)
		var n int
		dst, n = appendOdd(dst, s[i:])
		i += n
		from = i
		i = indexOdd(s, i)
	}
	return append(dst, s[from:]...)
}

// appendOdd appends the escape for what stands at the start of s and does not stand for itself. It
// returns the length of that in s.
func appendOdd(dst []byte, s string) ([]byte, int) {
	if s[0] < utf8.RuneSelf {
		return appendEscape(dst, s[0]), 1
	}
	if r, ok := surrogate(s); ok {
		return appendUnicode(dst, r), 3
	}
	r, n := utf8.DecodeRuneInString(s)
	return appendUnicode(dst, r), n
}

// Eight bytes are looked at together, as a word: highs has the high bit of each, ones the low one.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// odd returns a word whose lowest high bit stands in the lowest byte of w that does not stand for
// itself in a JSON string; 0 if all do. The bits above that one mean nothing.
func odd(w uint64) uint64 {
	// 0x7f carries into the high bit by adding 1, what is lower than 0x21 borrows from it; turning
	// one bit around puts the quote, 0x22, among those, and the space out of them.
	return (w | (w + ones) | ((w ^ 0x02*ones) - 0x21*ones) | ((w ^ '\\'*ones) - ones)) & highs
}

// indexOdd returns the index of the first byte of s, from i on, that does not stand for itself in a
// JSON string; len(s) if there is none.
func indexOdd(s string, i int) int {
	for ; len(s)-i >= 16; i += 16 {
		a, b := odd(word(s[i:])), odd(word(s[i+8:]))
		if a|b == 0 {
			continue
		}
		if a != 0 {
			return i + bits.TrailingZeros64(a)/8
		}
		return i + 8 + bits.TrailingZeros64(b)/8
	}
	if len(s)-i >= 8 {
		if o := odd(word(s[i:])); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
		i += 8
	}
	if i == len(s) {
		return i
	}
	o := odd(lastWord(s, i))
	if o == 0 {
		return len(s)
	}
	return i + bits.TrailingZeros64(o)/8
}

// word returns the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// half returns the first four bytes of s.
func half(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// letters fill a word that has fewer bytes than eight.
const letters = 'a' * ones

// edges returns the first eight bytes of s and the last, which overlap if there are fewer than sixteen. A
// text of fewer than eight is filled with letters.
func edges(s string) (first, last uint64) {
	n := uint(len(s))
	switch {
	case n >= 8:
		return word(s), word(s[n-8:])
	case n >= 4:
		first = half(s) | half(s[n-4:])<<(8*n-32) | letters<<(8*n)
	case n > 0:
		first = uint64(s[0]) | uint64(s[n/2])<<(n/2*8) | uint64(s[n-1])<<(8*n-8) | letters<<(8*n)
	default:
		first = letters
	}
	return first, first
}

// lastWord returns the bytes of s from i on, one to seven of them, and letters after them.
func lastWord(s string, i int) uint64 {
	if len(s) < 8 {
		w, _ := edges(s[i:])
		return w
	}
	n := uint(len(s) - i)
	return word(s[len(s)-8:])>>(64-8*n) | letters<<(8*n)
}

// plainRune returns the length of the character at the start of s if it is no ASCII and stands for
// itself in a JSON string, else 0.
func plainRune(s string) int {
	if len(s) < 2 || s[0] < 0xc2 {
		return 0
	}
	a, b := s[0], s[1]
	if a < 0xe0 {
		if b&0xc0 == 0x80 && (a > 0xc2 || b >= 0xa0) { // C1 controls are below U+00A0
			return 2
		}
		return 0
	}
	if a > 0xe2 && a < 0xed && len(s) >= 3 && b&0xc0 == 0x80 && s[2]&0xc0 == 0x80 {
		return 3 // most of the scripts of Asia
	}
	if r, n := utf8.DecodeRuneInString(s); n > 1 && r != '\u2028' && r != '\u2029' {
		return n
	}
	return 0
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
