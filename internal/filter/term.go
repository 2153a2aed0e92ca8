package filter

import (
	"unicode"
	"unicode/utf8"
)

// MaxTerm bounds a term in bytes. Of a longer one the first MaxTerm bytes, less those of a character
// that would be cut, stand for the whole in an index.
const MaxTerm = 64

// class says what a character is for words.
type class uint8

const (
	apart  class = iota // between terms: space, punctuation, symbols
	joined              // part of a term, with its neighbours
	single              // a term by itself
)

// asciiClass and asciiFold are the tables for the characters that most texts are made of.
var asciiClass = func() (table [utf8.RuneSelf]class) {
	for c := range table {
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			table[c] = joined
		}
	}
	return table
}()

var asciiFold = func() (table [256]byte) {
	for c := range table {
		table[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			table[c] += 'a' - 'A'
		}
	}
	return table
}()

// unspaced are the scripts that put no space between words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// classOf returns the class of a character: letters, marks and numbers make terms. A byte that is no
// UTF-8 stands between terms.
func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		return asciiClass[r]
	case r >= 0x4e00 && r <= 0x9fa5: // most of Han
		return single
	case r >= 0xac00 && r <= 0xd7a3: // Hangul
		return joined
	case !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r):
		return apart
	case (r >= 0x0e00 && r < 0x1a00 || r >= 0x2e80) && unicode.In(r, unspaced...):
		return single
	}
	return joined
}

// fold returns the character that stands for r and all that differ from it by case. That of an ASCII
// character is ASCII, and that of no other is.
func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return rune(asciiFold[r])
	case r < 0xc0, r >= 0x2e80 && r < 0xa640, r >= 0xac00 && r < 0xfb00: // no case: Han, kana, Hangul
		if r != 0xb5 {
			return r
		}
	case r >= 0x0430 && r < 0x0450: // Cyrillic
		return r
	case r >= 0x0410 && r < 0x0430:
		return r + 0x20
	}
	least := r
	for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
		if o >= utf8.RuneSelf && (o < least || least < utf8.RuneSelf) {
			least = o
		}
	}
	if lower := unicode.ToLower(least); lower >= utf8.RuneSelf {
		return lower
	}
	return least
}

// folded returns s with each character folded. Bytes that are no UTF-8 become U+FFFD.
func folded(s string) string { return string(appendFolded(nil, s)) }

func appendFolded(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, asciiFold[c])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = utf8.AppendRune(dst, fold(r))
		i += size
	}
	return dst
}

// CutTerm returns the first term of text, folded and cut to [MaxTerm], and the text behind it; ok is
// false where there is none. It is how an index is to take texts apart: what it returns holds no ASCII
// but lower case letters and digits. The term is appended to dst, usually buf[:0].
func CutTerm(dst []byte, text string) (term []byte, rest string, ok bool) {
	start, end := nextTerm(text, 0)
	if start == end {
		return dst, "", false
	}
	return appendTerm(dst, text[start:end]), text[end:], true
}

// nextTerm returns where the first term at or after from begins and ends; both are len(text) where
// there is none.
func nextTerm(text string, from int) (start, end int) {
	i := from
	for ; i < len(text); i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			switch classOf(r) {
			case single:
				return i, i + size
			case joined:
				return i, termEnd(text, i+size)
			}
			i += size - 1
		} else if asciiClass[c] == joined {
			return i, termEnd(text, i+1)
		}
	}
	return len(text), len(text)
}

// termEnd returns the index of the first character from i on that is not joined.
func termEnd(text string, i int) int {
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			if asciiClass[c] != joined {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if classOf(r) != joined {
			break
		}
		i += size
	}
	return i
}

// appendTerm appends a term, folded and cut.
func appendTerm(dst []byte, term string) []byte {
	from := len(dst)
	for i := 0; i < len(term); {
		if c := term[i]; c < utf8.RuneSelf {
			if len(dst)-from == MaxTerm {
				break
			}
			dst = append(dst, asciiFold[c])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(term[i:])
		r = fold(r)
		if len(dst)-from+utf8.RuneLen(r) > MaxTerm {
			break
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

// joinedBefore reports whether the character of s before i is a joined one, joinedAt the one at i.
func joinedBefore(s string, i int) bool {
	if i == 0 {
		return false
	}
	if c := s[i-1]; c < utf8.RuneSelf {
		return asciiClass[c] == joined
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return classOf(r) == joined
}

func joinedAt(s string, i int) bool {
	if i == len(s) {
		return false
	}
	if c := s[i]; c < utf8.RuneSelf {
		return asciiClass[c] == joined
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return classOf(r) == joined
}
