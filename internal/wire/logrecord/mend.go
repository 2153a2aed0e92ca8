package logrecord

import (
	"strings"
	"unicode/utf8"
)

// Mend returns s with U+FFFD for each byte that is neither UTF-8 nor part of a lone surrogate.
func Mend(s string) string {
	if IsText(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if len(s)-i >= 3 && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
				size = 3
			} else {
				b.WriteString("\ufffd")
				i++
				continue
			}
		}
		b.WriteString(s[i : i+size])
		i += size
	}
	return b.String()
}

// IsText reports whether s is UTF-8. Most texts are short and ASCII.
func IsText(s string) bool {
	const highs = 0x8080808080808080
	n := len(s)
	if n < 8 {
		for i := range n {
			if s[i] >= utf8.RuneSelf {
				return utf8.ValidString(s)
			}
		}
		return true
	}
	high := eight(s[n-8:])
	for i := 0; i < n-8; i += 8 {
		high |= eight(s[i : i+8])
	}
	return high&highs == 0 || utf8.ValidString(s)
}

// eight returns the first eight bytes of s.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
