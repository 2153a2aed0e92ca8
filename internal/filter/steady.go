package filter

import "unicode/utf8"

// steady finds a text in time that grows with the other text alone, whatever both are, by the method
// of Knuth, Morris and Pratt: it never goes back.
type steady struct {
	runes []rune
	// back[n] is the length of the longest beginning of runes, other than the first n themselves, that
	// these first n end with.
	back []int
}

func newSteady(folded string) *steady {
	k := &steady{runes: []rune(folded)}
	k.back = make([]int, len(k.runes)+1)
	n := 0
	for i := 1; i < len(k.runes); i++ {
		n = k.step(n, k.runes[i])
		k.back[i+1] = n
	}
	return k
}

// step returns how much of the text is found, after n characters of it and then r.
func (k *steady) step(n int, r rune) int {
	for n == len(k.runes) || k.runes[n] != r {
		if n == 0 {
			return 0
		}
		n = k.back[n]
	}
	return n + 1
}

// index is literal.index.
func (k *steady) index(s string, from int, e edges) (start, end int) {
	start = from // where the part that is found begins
	for at, n := from, 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		at += size
		now := k.step(n, fold(r))
		for range n + 1 - now {
			_, size := utf8.DecodeRuneInString(s[start:])
			start += size
		}
		if n = now; n == len(k.runes) && e.hold(s, start, at) {
			return start, at
		}
	}
	return -1, -1
}
