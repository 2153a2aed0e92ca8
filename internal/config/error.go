package config

import (
	"fmt"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/format"
)

// MaxErrors bounds how many errors of one file are told.
const MaxErrors = 20

// Error is something that is wrong with a configuration.
type Error struct {
	// File is the file as it was called, and Place where in it.
	File string
	Place
	// Text says what was found, and what would be right.
	Text string
	// Word is the word that was meant, empty where that is not certain.
	Word string
}

// Error returns "file:line:column: text", and the word that was meant, on one line: control characters of the file are
// shown by their code.
func (e *Error) Error() string {
	text := e.Text
	if e.Word != "" {
		text += fmt.Sprintf("; did you mean %s?", e.Word)
	}
	return line(e.File, e.Place, text)
}

// String returns the note in the form of an error.
func (n Note) String() string { return line(n.File, n.Place, n.Text) }

// line returns what is said of a place on one line.
func line(file string, at Place, text string) string {
	if at.Line > 0 {
		file = fmt.Sprintf("%s:%d:%d", file, at.Line, at.Column)
	}
	return string(format.AppendLine(nil, file+": "+text))
}

// Errors are all that is wrong with a configuration, in the order of the file.
type Errors struct {
	// List has [MaxErrors] at most, and More is how many were found beside, before the rest of the file was left alone.
	List []*Error
	More int
}

// Error returns the errors, a line for each.
func (e *Errors) Error() string {
	lines := make([]string, 0, len(e.List)+1)
	for _, one := range e.List {
		lines = append(lines, one.Error())
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors one by one.
func (e *Errors) Unwrap() []error {
	all := make([]error, len(e.List))
	for i, one := range e.List {
		all[i] = one
	}
	return all
}
