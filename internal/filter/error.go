package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says what is wrong with the text of a filter, where, and what would be right.
type Error struct {
	// Text is the filter.
	Text string
	// Column is the character of Text that the problem begins at, the first being 1, and Width how many
	// characters it takes. Width is 0 where something is missing: at the end, for example.
	Column, Width int
	// Problem says what is wrong, and what would be right.
	Problem string
	// Fix is what would be right in place of those characters. It is empty where that is not certain.
	Fix string
}

// maxQuoted bounds the filters that an error's text quotes.
const maxQuoted = 100

func (e *Error) Error() string {
	if len(e.Text) > maxQuoted {
		return fmt.Sprintf("filter, column %d: %s", e.Column, e.Problem)
	}
	return fmt.Sprintf("filter %q, column %d: %s", e.Text, e.Column, e.Problem)
}

// pictureWidth is how many columns of a long filter a picture shows.
const pictureWidth = 72

// Picture returns the error as lines for a terminal: the filter, carets below the place, and what is
// wrong. It ends with a newline. Of a long filter it shows the part around the place; control
// characters are shown as a space or as "?".
func (e *Error) Picture() string {
	text := []rune(e.Text)
	at := min(max(e.Column-1, 0), len(text))
	from, to := part(len(text), at)
	var line, carets strings.Builder
	if from > 0 {
		line.WriteString("… ")
		carets.WriteString("  ")
	}
	for i := from; i < to; i++ {
		r := shown(text[i])
		line.WriteRune(r)
		mark := " "
		if i >= at && i < at+max(e.Width, 1) {
			mark = "^"
		}
		carets.WriteString(strings.Repeat(mark, cells(r)))
	}
	if at >= to {
		carets.WriteByte('^')
	}
	if to < len(text) {
		line.WriteString(" …")
	}
	return line.String() + "\n" + strings.TrimRight(carets.String(), " ") + "\n" + e.Problem + "\n"
}

// part returns which of n characters are shown, those around at.
func part(n, at int) (from, to int) {
	if n <= pictureWidth {
		return 0, n
	}
	from = max(at-pictureWidth/3, 0)
	to = min(from+pictureWidth, n)
	return max(to-pictureWidth, 0), to
}

// shown returns what a terminal is given for a character.
func shown(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == utf8.RuneError || !unicode.IsGraphic(r):
		return '?'
	}
	return r
}

// cells returns how many columns a terminal takes for a character.
func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r < 0x1100:
		return 1
	case r <= 0x115f, // the beginnings of Hangul syllables
		r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, // CJK, kana, Yi
		r >= 0xac00 && r <= 0xd7a3,                // Hangul
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, // full width forms
		r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f900 && r <= 0x1f9ff, // pictures
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
