package logrecord

import (
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	tracebackHeader = "Traceback (most recent call last):"
	groupHeader     = "  + Exception Group " + tracebackHeader
	groupMargin     = "  | "
)

// separators stand between the exceptions of a chain; the last one is the one that was logged.
var separators = [...]string{
	"\n\nDuring handling of the above exception, another exception occurred:\n\n",
	"\n\nThe above exception was the direct cause of the following exception:\n\n",
}

// ParseException reads the text that Python makes of an exception. It returns nil for the text of no
// exception at all (logging with exc_info=True where there is none).
//
// Type and Message come from the line that ends the last traceback: the first unindented one after
// its frames, or the first with the margin of an exception group. Message is that line's part only:
// further lines may be of the message or notes on the exception, which nothing tells apart. Both
// stay unset where a message quotes a traceback of its own in a way that makes the end uncertain,
// and for text that is not Python's. Traceback is always the whole text.
func ParseException(text string) *record.Exception {
	if text == "NoneType: None" || text == "None" || text == "" {
		return nil
	}
	e := &record.Exception{Traceback: text}
	if last, ok := lastOfChain(text); ok {
		e.Type, e.Message = typeAndMessage(last)
	}
	return e
}

// lastOfChain returns the part of text that is the last exception of the chain; ok is false where
// an earlier part quotes a traceback, so that the separator may be of the quotation.
func lastOfChain(text string) (last string, ok bool) {
	end := 0
	for at := 0; ; {
		i := strings.Index(text[at:], "\n\n")
		if i < 0 {
			break
		}
		at += i
		for _, sep := range separators {
			if strings.HasPrefix(text[at:], sep) {
				end = at + len(sep)
			}
		}
		at++
	}
	for at := 0; ; at += len(tracebackHeader) {
		i := strings.Index(text[at:end], tracebackHeader)
		if i < 0 {
			return text[end:], true
		}
		at += i
		if !isPlace(text[:at]) {
			return "", false
		}
	}
}

// isPlace reports whether a traceback may stand after the text before: at the start, after a
// separator, within a group, or between the quotes in which a process pool sends one home.
func isPlace(before string) bool {
	if before == "" {
		return true
	}
	for _, end := range [...]string{separators[0], separators[1], "\n\"\"\"\n", "| ", "+ Exception Group ", "| Exception Group "} {
		if strings.HasSuffix(before, end) {
			return true
		}
	}
	return false
}

// typeAndMessage reads the line that ends the traceback with which text begins.
func typeAndMessage(text string) (typ, message string) {
	margin, certain := "", true
	switch {
	case strings.HasPrefix(text, groupHeader):
		margin = groupMargin
	case strings.HasPrefix(text, tracebackHeader):
	case strings.HasPrefix(text, groupMargin): // a group that was never raised
		text, margin = "\n"+text, groupMargin
	default: // an exception that was never raised, or anything
		text, certain = "\n"+text, false
	}
	_, text, _ = strings.Cut(text, "\n")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		line, ok := strings.CutPrefix(line, margin)
		if !ok {
			return "", ""
		}
		if line == "" || line[0] == ' ' { // a frame, its source, or an empty line of its source
			continue
		}
		typ, message, _ = strings.Cut(line, ": ")
		if !isTypeName(typ) || !certain && !looksRaisable(typ) {
			return "", ""
		}
		return typ, message
	}
	return "", ""
}

// isTypeName reports whether s is a qualified name of Python, such as app.f.<locals>.Error.
func isTypeName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '<', c == '>', c >= 0x80:
		case i > 0 && (c >= '0' && c <= '9' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}

// looksRaisable reports whether a type that stands alone is surely one of an exception.
func looksRaisable(typ string) bool {
	switch typ {
	case "KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopIteration", "StopAsyncIteration":
		return true
	}
	for _, end := range [...]string{"Error", "Exception", "Warning", "ExceptionGroup"} {
		if strings.HasSuffix(typ, end) {
			return true
		}
	}
	return false
}
