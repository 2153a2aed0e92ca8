package logrecord

import (
	"strings"
	"unicode/utf8"
)

// Mend returns s with U+FFFD for each byte that is neither UTF-8 nor part of a lone surrogate.
func Mend(s string) string {
	if utf8.ValidString(s) {
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
