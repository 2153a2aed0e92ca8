package terminal

import (
	"slices"
	"unicode"
)

// Key is a key that was pressed: a character, or one of those below.
type Key rune

// The keys that are no characters. Others are not told.
const (
	Enter Key = -iota - 1
	Escape
	Backspace
	Delete
	Left
	Right
	Home
	End
	KillLine // Ctrl-U
	KillWord // Ctrl-W
	Redraw   // Ctrl-L
	EndOfInput
)

// maxLine bounds a line that is typed.
const maxLine = 4096

// Line is a line that is being typed.
type Line struct {
	text []rune
	at   int // the place of the cursor
}

// NewLine returns a line with a text to begin with, the cursor at its end.
func NewLine(text string) *Line {
	l := &Line{text: []rune(text)}
	l.at = len(l.text)
	return l
}

// String returns what was typed.
func (l *Line) String() string { return string(l.text) }

// Press changes the line as the key says.
func (l *Line) Press(k Key) {
	switch {
	case k == Backspace && l.at > 0:
		l.at--
		l.text = slices.Delete(l.text, l.at, l.at+1)
	case k == Delete && l.at < len(l.text):
		l.text = slices.Delete(l.text, l.at, l.at+1)
	case k == Left:
		l.at = max(0, l.at-1)
	case k == Right:
		l.at = min(len(l.text), l.at+1)
	case k == Home:
		l.at = 0
	case k == End:
		l.at = len(l.text)
	case k == KillLine:
		l.text, l.at = slices.Delete(l.text, 0, l.at), 0
	case k == KillWord:
		from := l.at
		for from > 0 && unicode.IsSpace(l.text[from-1]) {
			from--
		}
		for from > 0 && !unicode.IsSpace(l.text[from-1]) {
			from--
		}
		l.text, l.at = slices.Delete(l.text, from, l.at), from
	case k > 0 && unicode.IsPrint(rune(k)) && len(l.text) < maxLine:
		l.text = slices.Insert(l.text, l.at, rune(k))
		l.at++
	}
}

// Show returns the part of the line around the cursor that has room in so many columns, and the column of the cursor
// in it, from 0 on. A character is taken to have one column.
func (l *Line) Show(columns int) (text string, cursor int) {
	columns = max(columns, 1)
	from := max(0, l.at-columns+1)
	to := min(len(l.text), from+columns)
	return string(l.text[from:to]), l.at - from
}
