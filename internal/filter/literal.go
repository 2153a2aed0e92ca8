package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// literal is a text that is looked for in others, case aside.
type literal struct {
	text  string // folded
	ascii bool   // text is ASCII, so that it occurs as ASCII only

	// Of an ASCII text: its rarest byte, in both cases, and where it stands.
	rare         int
	lower, upper byte
	// Of any other: the encodings of the characters that fold to its first.
	firsts []string

	// steady is for texts that a search for one character goes wrong in; nil if the literal is short.
	steady *steady

	// joinedStart and joinedEnd say whether it begins and ends with a joined character, so that in a
	// text a term may go on there.
	joinedStart, joinedEnd bool
}

func newLiteral(text string) literal {
	l := literal{text: folded(text)}
	l.ascii = strings.IndexFunc(l.text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	l.joinedStart, l.joinedEnd = joinedAt(l.text, 0), joinedBefore(l.text, len(l.text))
	if len(l.text) > shortLiteral {
		l.steady = newSteady(l.text)
	}
	if !l.ascii {
		first, _ := utf8.DecodeRuneInString(l.text)
		l.firsts = unfolded(first)
		return l
	}
	for i := range len(l.text) {
		if rarity(l.text[i]) > rarity(l.text[l.rare]) {
			l.rare = i
		}
	}
	if l.text != "" {
		l.lower = l.text[l.rare]
		l.upper = strings.ToUpper(l.text)[l.rare]
	}
	return l
}

// unfolded returns the encodings of the characters that fold to r.
func unfolded(r rune) []string {
	all := []string{string(r)}
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		if fold(o) == r {
			all = append(all, string(o))
		}
	}
	return all
}

// rarity says how seldom a folded byte is in logs, so that what is looked for first gives few false
// hits.
func rarity(c byte) int {
	if i := strings.IndexByte(" etaoinsrldcmuphg.0f1y2:=/b-_w3v45k6789xjqz", c); i >= 0 {
		return i
	}
	return 100
}

// edges say where a found literal must not lie within a term.
type edges struct{ left, right bool }

// A literal of up to shortLiteral bytes is compared at every place where its rarest character is. One
// that is longer goes on steadily after maxTries of them, lest a text that repeats itself takes the
// product of both lengths.
const (
	shortLiteral = 32
	maxTries     = 256
)

// window is how many bytes are searched for one character at a time: those found ahead of a hit are
// looked for again by the next call.
const window = 256

// index returns where in s, from on, the literal first lies at the edges asked for; start is -1
// where it does not. The literal must not be empty.
func (l *literal) index(s string, from int, e edges) (start, end int) {
	e.left, e.right = e.left && l.joinedStart, e.right && l.joinedEnd
	if !l.ascii {
		return l.indexAny(s, from, e)
	}
	last := len(s) - len(l.text) + l.rare // the last place for the rarest byte
	tries := 0
	for at := from + l.rare; at <= last; at += window {
		if l.steady != nil && tries > maxTries {
			return l.steady.index(s, at-l.rare, e)
		}
		w := s[at:min(at+window, last+1)]
		low, up := indexByte(w, 0, l.lower), len(w)
		if l.upper != l.lower {
			up = indexByte(w, 0, l.upper)
		}
		for low < len(w) || up < len(w) {
			hit := min(low, up)
			start = at + hit - l.rare
			end = start + len(l.text)
			if e.hold(s, start, end) && equalASCII(s[start:end], l.text) {
				return start, end
			}
			tries++
			if hit == low {
				low = indexByte(w, hit+1, l.lower)
			} else {
				up = indexByte(w, hit+1, l.upper)
			}
		}
	}
	return -1, -1
}

// runeStart returns where the first character at or after i begins.
func runeStart(s string, i int) int {
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	return i
}

// hold reports whether no joined character stands beside the edges of s[start:end] that count.
func (e edges) hold(s string, start, end int) bool {
	return !(e.left && joinedBefore(s, start)) && !(e.right && joinedAt(s, end))
}

// indexByte returns the first c in s from on, len(s) for none.
func indexByte(s string, from int, c byte) int {
	if i := strings.IndexByte(s[from:], c); i >= 0 {
		return from + i
	}
	return len(s)
}

// equalASCII reports whether s, folded, is the folded ASCII text of the same length.
func equalASCII(s, text string) bool {
	for i := range len(text) {
		if asciiFold[s[i]] != text[i] {
			return false
		}
	}
	return true
}

// indexAny is index for a text that is not ASCII.
func (l *literal) indexAny(s string, from int, e edges) (start, end int) {
	tries := 0
	for at := from; at < len(s); at += window {
		if l.steady != nil && tries > maxTries {
			return l.steady.index(s, runeStart(s, at), e)
		}
		stop := min(at+window, len(s))
		start = -1
		for _, first := range l.firsts {
			// A character that begins in the window may end behind it.
			w := s[:min(stop+len(first)-1, len(s))]
			for i := at; ; i += len(first) {
				hit := strings.Index(w[i:], first)
				if hit < 0 || start >= 0 && i+hit > start {
					break
				}
				i += hit
				tries++
				if n := prefixLen(s[i:], l.text); n >= 0 && e.hold(s, i, i+n) {
					start, end = i, i+n
					break
				}
			}
		}
		if start >= 0 {
			return start, end
		}
	}
	return -1, -1
}

// prefixLen returns how many bytes of s its beginning takes that is text, a folded one; -1 where s
// begins otherwise.
func prefixLen(s, text string) int {
	i := 0
	for j := 0; j < len(text); {
		if i == len(s) {
			return -1
		}
		if c := s[i]; c < utf8.RuneSelf {
			if asciiFold[c] != text[j] {
				return -1
			}
			i, j = i+1, j+1
			continue
		}
		want, width := utf8.DecodeRuneInString(text[j:])
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != want && fold(r) != want {
			return -1
		}
		i, j = i+size, j+width
	}
	return i
}

// suffixStart returns where the end of s begins that is text, a folded one; -1 where s ends
// otherwise.
func suffixStart(s, text string) int {
	i := len(s)
	for j := len(text); j > 0; {
		want, width := utf8.DecodeLastRuneInString(text[:j])
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if size == 0 || r != want && fold(r) != want {
			return -1
		}
		i, j = i-size, j-width
	}
	return i
}

// equalFold reports whether s, folded, is text.
func equalFold(s, text string) bool {
	if len(s) == len(text) {
		return prefixLen(s, text) == len(s)
	}
	// Only characters beyond ASCII may take more bytes than those they fold to, or fewer.
	return len(s) <= 4*len(text) && len(text) <= 4*len(s) && prefixLen(s, text) == len(s)
}

// compareFold compares a, folded, with b, a folded one, character by character.
func compareFold(a, b string) int {
	for a != "" && b != "" {
		r, size := utf8.DecodeRuneInString(a)
		s, width := utf8.DecodeRuneInString(b)
		if r = fold(r); r != s {
			if r < s {
				return -1
			}
			return 1
		}
		a, b = a[size:], b[width:]
	}
	return min(len(a), 1) - min(len(b), 1)
}
