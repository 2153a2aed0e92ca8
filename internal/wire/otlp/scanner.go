package otlp

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON.
type scanner struct {
	s               []byte
	at              int
	depth, maxDepth int
	// unescaped is where strings with escapes are put together.
	unescaped []byte
}

// unexpected is the error for the byte at hand.
func (j *scanner) unexpected(want string) error {
	if j.at >= len(j.s) {
		return errorf(j.at, "the message ends, want %s", want)
	}
	return errorf(j.at, "got %q, want %s", j.s[j.at:j.at+1], want)
}

// next skips space and returns the byte behind it, which it leaves; 0 is the end.
func (j *scanner) next() byte {
	for ; j.at < len(j.s); j.at++ {
		switch c := j.s[j.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// enter steps into an object or array.
func (j *scanner) enter(bracket byte, want string) error {
	if j.next() != bracket {
		return j.unexpected(want)
	}
	if j.depth++; j.depth > j.maxDepth {
		return errorf(j.at, "objects and arrays are nested deeper than %d", j.maxDepth)
	}
	j.at++
	return nil
}

// more reports whether a member or item follows; first says that none came before it. At the end it steps out
// of the object or array.
func (j *scanner) more(bracket byte, first bool) (bool, error) {
	switch c := j.next(); {
	case c == bracket:
		j.at++
		j.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		j.at++
		return true, nil
	}
	return false, j.unexpected(fmt.Sprintf(`"," or "%c"`, bracket))
}

// openObject and openArray step into what is next. Then member, or item, is called until it says that no
// more follows, with first set the first time.
func (j *scanner) openObject() error { return j.enter('{', "an object") }

func (j *scanner) openArray() error { return j.enter('[', "an array") }

// member reads the key of the next member, up to its value. The key is valid until a string is read.
func (j *scanner) member(first bool) (key []byte, more bool, err error) {
	if more, err := j.more('}', first); !more {
		return nil, false, err
	}
	if j.next() != '"' {
		return nil, false, j.unexpected("a key in quotes")
	}
	if key, err = j.string(); err != nil {
		return nil, false, err
	}
	if j.next() != ':' {
		return nil, false, j.unexpected(`":" after the key`)
	}
	j.at++
	return key, true, nil
}

// item reads up to the next item.
func (j *scanner) item(first bool) (more bool, err error) { return j.more(']', first) }

// word reads a word, if it is the one that is next.
func (j *scanner) word(word string) bool {
	j.next()
	if end := j.at + len(word); end > len(j.s) || string(j.s[j.at:end]) != word {
		return false
	}
	j.at += len(word)
	return true
}

func (j *scanner) null() bool { return j.word("null") }

func (j *scanner) bool() (bool, error) {
	if j.word("true") {
		return true, nil
	}
	if j.word("false") {
		return false, nil
	}
	return false, j.unexpected("true or false")
}

// scalar reads a number, or the text of a string, which may be one.
func (j *scanner) scalar() ([]byte, error) {
	if j.next() == '"' {
		return j.string()
	}
	return j.number()
}

// number reads a number and returns its text.
func (j *scanner) number() ([]byte, error) {
	from := j.at
	if j.at < len(j.s) && j.s[j.at] == '-' {
		j.at++
	}
	whole := j.at
	if err := j.digits("a number"); err != nil {
		return nil, err
	}
	if j.s[whole] == '0' && j.at > whole+1 {
		return nil, errorf(whole, "a number begins with 0, want another digit or a point behind it")
	}
	if j.at < len(j.s) && j.s[j.at] == '.' {
		j.at++
		if err := j.digits("a digit behind the point"); err != nil {
			return nil, err
		}
	}
	if j.at < len(j.s) && j.s[j.at]|0x20 == 'e' {
		j.at++
		if j.at < len(j.s) && (j.s[j.at] == '+' || j.s[j.at] == '-') {
			j.at++
		}
		if err := j.digits("a digit of the exponent"); err != nil {
			return nil, err
		}
	}
	return j.s[from:j.at], nil
}

// digits reads one or more digits.
func (j *scanner) digits(want string) error {
	from := j.at
	for j.at < len(j.s) && j.s[j.at] >= '0' && j.s[j.at] <= '9' {
		j.at++
	}
	if j.at == from {
		return j.unexpected(want)
	}
	return nil
}

// skip reads any value.
func (j *scanner) skip() error {
	switch c := j.next(); c {
	case '{':
		return j.skipObject()
	case '[':
		return j.skipArray()
	case '"':
		_, err := j.string()
		return err
	case 't', 'f', 'n':
		if j.word("true") || j.word("false") || j.null() {
			return nil
		}
		return j.unexpected("a value")
	}
	_, err := j.number()
	return err
}

func (j *scanner) skipObject() error {
	if err := j.openObject(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if _, more, err := j.member(first); !more {
			return err
		}
		if err := j.skip(); err != nil {
			return err
		}
	}
}

func (j *scanner) skipArray() error {
	if err := j.openArray(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := j.item(first); !more {
			return err
		}
		if err := j.skip(); err != nil {
			return err
		}
	}
}

// string reads a string and returns its text, which is valid until the next string is read.
func (j *scanner) string() ([]byte, error) {
	if j.next() != '"' {
		return nil, j.unexpected("a string")
	}
	from := j.at + 1
	i := run(j.s, from)
	if i < len(j.s) && j.s[i] == '"' {
		j.at = i + 1
		return j.s[from:i], nil
	}
	b := append(j.unescaped[:0], j.s[from:i]...)
	for i < len(j.s) {
		switch c := j.s[i]; {
		case c == '"':
			j.at, j.unescaped = i+1, b
			return b, nil
		case c != '\\':
			return nil, errorf(i, `a string holds a control character, want it as \u%04x`, c)
		}
		r, size := escape(j.s[i:])
		if size == 0 {
			return nil, errorf(i, `got %q, want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`, j.s[i:min(i+6, len(j.s))])
		}
		if utf16.IsSurrogate(r) {
			b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
		} else {
			b = utf8.AppendRune(b, r)
		}
		i += size
		end := run(j.s, i)
		b = append(b, j.s[i:end]...)
		i = end
	}
	return nil, errorf(from-1, "the string has no end, want a quote")
}

// run returns the index behind the bytes from i on that stand for themselves in a string.
func run(s []byte, i int) int {
	for i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// escape reads the escape that s begins with. A size of 0 says that it is none.
func escape(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	r, ok := unicodeEscape(s)
	if !ok {
		return 0, 0
	}
	if low, ok := unicodeEscape(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

// unicodeEscape reads the \u escape that s begins with.
func unicodeEscape(s []byte) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
