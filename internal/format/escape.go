package format

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// escaping says what becomes of the characters that lay text out. All others that could act on a
// terminal are shown by their code.
type escaping struct {
	newline string // what a line break becomes
	indent  string // what begins a line after a break, unless the line is empty
	tab     string
	raw     bool // all but line breaks are written as they are
}

var (
	// oneLine keeps a text on its line.
	oneLine = escaping{newline: `\n`, tab: `\t`}
	// indented lets a text have further lines, below its first.
	indented = escaping{newline: "\n", indent: "    ", tab: "    "}
	// oneLineTabs and indentedTabs leave tabs, as Python's formatters do.
	oneLineTabs  = escaping{newline: `\n`, tab: "\t"}
	indentedTabs = escaping{newline: "\n", indent: "    ", tab: "\t"}
	// indentedRaw is for who asks for a text as it is. It cannot pass for another record even so.
	indentedRaw = escaping{newline: "\n", indent: "    ", tab: "\t", raw: true}
	// asIs leaves a text as it is.
	asIs = escaping{newline: "\n", raw: true}
)

// append appends s with these shown by their code, in the notation of Python's repr: the controls
// C0, DEL and C1 (\x1b), the line separators and the characters that turn the direction of the text
// around (\u202e), lone surrogates (\udcff) and bytes that are no UTF-8 (\xff). A backslash stands
// for itself, so the way back is not always certain; who needs it uses JSON.
func (e *escaping) append(dst []byte, s string) []byte {
	if e.raw {
		return append(dst, strings.ReplaceAll(s, "\n", e.newline+e.indent)...)
	}
	i := indexOdd(s, 0)
	if i == len(s) {
		return append(dst, s...)
	}
	from := 0
	for i < len(s) {
		size := e.special(s[i:])
		if size < 0 {
			// What is no ASCII seldom comes alone.
			if i -= size; i < len(s) && s[i] < utf8.RuneSelf {
				i = indexOdd(s, i)
			}
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = e.appendSpecial(dst, s[i:i+size], s[i+size:])
		i += size
		from = i
		i = indexOdd(s, i)
	}
	return append(dst, s[from:]...)
}

// special returns the length of what stands at the start of s and is not to be written as it is,
// or the negative length of a character that is. s does not begin with plain text.
func (e *escaping) special(s string) int {
	if s[0] < utf8.RuneSelf {
		if s[0] == '\r' && len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		if isSurrogate(s) {
			return 3
		}
		return 1
	case r < 0xa0, r == 0x2028, r == 0x2029, turnsDirection(r):
		return size
	}
	return -size
}

// isSurrogate reports whether s begins with the three-byte form of a lone surrogate.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2]&0xc0 == 0x80
}

// surrogate returns the lone surrogate that s begins with.
func surrogate(s string) rune { return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f) }

// turnsDirection reports whether r is one of Unicode's explicit embeddings, overrides and isolates,
// by which a text can show itself in another order than it has.
func turnsDirection(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// appendSpecial appends what is shown for s, one special character or a whole line break; rest is
// what follows it.
func (e *escaping) appendSpecial(dst []byte, s, rest string) []byte {
	switch s {
	case "\n", "\r\n":
		dst = append(dst, e.newline...)
		if rest != "" && rest[0] != '\n' && !strings.HasPrefix(rest, "\r\n") {
			dst = append(dst, e.indent...)
		}
		return dst
	case "\t":
		return append(dst, e.tab...)
	case "\r":
		return append(dst, `\r`...)
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case len(s) == 3 && r == utf8.RuneError && size == 1: // a lone surrogate
		r = surrogate(s)
	case r == utf8.RuneError && size == 1:
		r = rune(s[0])
	}
	return appendBackslash(dst, r)
}
