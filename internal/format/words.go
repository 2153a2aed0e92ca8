package format

import "math/bits"

// Texts are looked at eight bytes at a time, as words: highs has the high bit of each byte, ones the
// low one. In what odd and unbare return, the lowest high bit stands in the lowest byte they are about;
// the bits above that one mean nothing.
const ones, highs = 0x0101010101010101, 0x8080808080808080

// odd is about the bytes of w that are no plain text: 0x7f carries into the high bit by adding 1, the
// controls borrow from it.
func odd(w uint64) uint64 {
	return (w | (w + ones) | (w - 0x20*ones)) & highs
}

// unbare is about those that cannot stand in a word of its own between spaces.
func unbare(w uint64) uint64 {
	return (w | (w + ones) | (w - 0x21*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\''*ones) - ones) | ((w ^ '='*ones) - ones)) & highs
}

// word returns the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// lastWord returns the bytes of s from i on, one to seven of them, and letters after them.
func lastWord(s string, i int) uint64 {
	const letters = 'a' * ones
	n := uint(len(s) - i)
	if len(s) >= 8 {
		return word(s[len(s)-8:])>>(64-8*n) | letters<<(8*n)
	}
	s = s[i:]
	if n >= 4 {
		first, last := uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24,
			uint64(s[n-4])|uint64(s[n-3])<<8|uint64(s[n-2])<<16|uint64(s[n-1])<<24
		return first | last<<(8*n-32) | letters<<(8*n)
	}
	return uint64(s[0]) | uint64(s[n/2])<<(n/2*8) | uint64(s[n-1])<<(8*n-8) | letters<<(8*n)
}

// indexOdd returns the index of the first byte of s, from i on, that is no plain text; len(s) if there
// is none.
func indexOdd(s string, i int) int {
	for ; len(s)-i >= 8; i += 8 {
		if o := odd(word(s[i:])); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
	}
	if i < len(s) {
		if o := odd(lastWord(s, i)); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
	}
	return len(s)
}

// indexUnbare returns the index of the first byte of s that cannot stand in a word of its own; len(s)
// if there is none.
func indexUnbare(s string) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if o := unbare(word(s[i:])); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
	}
	if i < len(s) {
		if o := unbare(lastWord(s, i)); o != 0 {
			return i + bits.TrailingZeros64(o)/8
		}
	}
	return len(s)
}
