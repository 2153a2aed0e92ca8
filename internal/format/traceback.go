package format

import (
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// tracebackOf returns an exception as text.
func tracebackOf(e *record.Exception) string {
	switch {
	case e.Traceback != "":
		return e.Traceback
	case e.Message == "":
		return e.Type
	case e.Type == "":
		return e.Message
	}
	return e.Type + ": " + e.Message
}

// isTracebackHead reports whether line is one of the fixed lines that stand at the margin of Python's
// tracebacks.
func isTracebackHead(line string) bool {
	switch line {
	case "Traceback (most recent call last):",
		"Stack (most recent call last):",
		"During handling of the above exception, another exception occurred:",
		"The above exception was the direct cause of the following exception:",
		`"""`:
		return true
	}
	return false
}

// isTracebackEnd reports whether line has the form of the one that ends a traceback: a type, or a
// type, a colon and a message.
func isTracebackEnd(line string) bool {
	name, _, _ := strings.Cut(line, ": ")
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= utf8.RuneSelf:
		case i > 0 && (c >= '0' && c <= '9' || c == '.' || c == '<' || c == '>'): // app.f.<locals>.Error2
		default:
			return false
		}
	}
	return name != ""
}

// appendTraceback appends the text of an exception or a stack as Python lays it out: at the margin
// stand the fixed lines and, once after each, the line that ends a traceback. Any other line, as
// from a message of several lines, is indented where it is not, so that it cannot pass for a record.
func appendTraceback(dst []byte, text string) []byte {
	mayEnd := true
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && line[0] != ' ' {
			switch {
			case isTracebackHead(line):
				mayEnd = true
			case mayEnd && isTracebackEnd(line):
				mayEnd = false
			default:
				dst = append(dst, indentedTabs.indent...)
			}
		}
		dst = append(indentedTabs.append(dst, line), '\n')
	}
	return dst[:len(dst)-1]
}
