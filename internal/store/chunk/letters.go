package chunk

import (
	"bytes"
	"strings"
)

// letters are an ASCII text that is looked for among many others, case aside, to know whether any of them may have
// it.
type letters struct {
	text         string // in lower case
	rare         int    // the place of its rarest byte, which is looked for
	lower, upper byte   // that byte
}

// seldom has the bytes of logs, the most frequent ones first.
const seldom = " etaoinsrldcmuphgf.:=/b-_wvkxjqz"

func lettersOf(text string) letters {
	l := letters{text: strings.ToLower(text)}
	rank := -1
	for i := range len(l.text) {
		r := strings.IndexByte(seldom, l.text[i])
		if r < 0 {
			r = len(seldom)
		}
		if r > rank {
			l.rare, rank = i, r
		}
	}
	l.lower, l.upper = l.text[l.rare], strings.ToUpper(l.text)[l.rare]
	return l
}

// in reports whether the text is somewhere in b.
func (l *letters) in(b []byte) bool {
	last := len(b) - len(l.text) + l.rare // the last place for the rarest byte
	if last < l.rare {
		return false
	}
	b = b[:last+len(l.text)-l.rare]
	lower, upper := next(b, l.rare, last, l.lower), last+1
	if l.upper != l.lower {
		upper = next(b, l.rare, last, l.upper)
	}
	for {
		at := min(lower, upper)
		if at > last {
			return false
		}
		if l.is(b[at-l.rare:]) {
			return true
		}
		if at == lower {
			lower = next(b, at+1, last, l.lower)
		} else {
			upper = next(b, at+1, last, l.upper)
		}
	}
}

// next returns the place of the first c in b from a place on, up to last, or what is behind it.
func next(b []byte, from, last int, c byte) int {
	if i := bytes.IndexByte(b[from:last+1], c); i >= 0 {
		return from + i
	}
	return last + 1
}

// is reports whether b begins with the text.
func (l *letters) is(b []byte) bool {
	for i := range len(l.text) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != l.text[i] {
			return false
		}
	}
	return true
}
