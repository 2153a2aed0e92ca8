// Package terminal knows the terminal in front of which somebody sits: whether there is one and how wide it is,
// which keys are pressed, and how a line is typed and long texts are paged there.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// DefaultWidth is the width of a terminal that does not say it.
const DefaultWidth = 80

// Is reports whether a person may be looking at w.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width returns how many columns the terminal w has, DefaultWidth if it is none.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return DefaultWidth
}

// Colored reports whether colours are wanted: the word of a flag decides, always or never; then NO_COLOR,
// then CLICOLOR_FORCE, then whether there is a terminal that can.
func Colored(word string, terminal bool, getenv func(string) string) bool {
	switch force := getenv("CLICOLOR_FORCE"); {
	case word == "always":
		return true
	case word == "never", getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb"
}
