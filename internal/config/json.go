package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON reads a configuration in JSON. A byte order mark before it is passed over. The error is an [*Errors] with
// the first thing that is wrong.
func ParseJSON(file string, text []byte) (*Node, error) {
	r := jsonReader{file: file, place: Place{1, 1}}
	if len(text) > MaxBytes {
		return nil, NewErrors(r.errorf(Place{}, "got %d bytes, want at most %d", len(text), MaxBytes))
	}
	r.text = strings.TrimPrefix(string(text), "\ufeff")
	n, err := r.document()
	if err != nil {
		return nil, NewErrors(err)
	}
	return n, nil
}

// NewErrors returns errors as one.
func NewErrors(list ...*Error) *Errors {
	return &Errors{List: list[:min(len(list), MaxErrors)], More: max(0, len(list)-MaxErrors)}
}

// jsonReader reads JSON, and knows where it is.
type jsonReader struct {
	file  string
	text  string // what is still to be read
	place Place  // of its beginning
	depth int
	nodes int
}

func (r *jsonReader) errorf(at Place, format string, args ...any) *Error {
	return &Error{File: r.file, Place: at, Text: fmt.Sprintf(format, args...)}
}

// skip goes on by n bytes.
func (r *jsonReader) skip(n int) {
	for _, b := range []byte(r.text[:n]) {
		switch {
		case b == '\n':
			r.place.Line, r.place.Column = r.place.Line+1, 1
		case b&0xc0 != 0x80: // no further byte of a character
			r.place.Column++
		}
	}
	r.text = r.text[n:]
}

// space goes on to what is no white space, and returns its first byte, 0 at the end.
func (r *jsonReader) space() byte {
	r.skip(len(r.text) - len(strings.TrimLeft(r.text, " \t\r\n")))
	if r.text == "" {
		return 0
	}
	return r.text[0]
}

func (r *jsonReader) document() (*Node, *Error) {
	n, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.text != "" {
		return nil, r.errorf(r.place, "got %s behind the end of the configuration", r.found())
	}
	return n, nil
}

// found shows what stands where an error is.
func (r *jsonReader) found() string {
	if r.text == "" {
		return "the end of the file"
	}
	end := strings.IndexAny(r.text, " \t\r\n,:[]{}\"")
	if end <= 0 {
		_, end = utf8.DecodeRuneInString(r.text)
	}
	return strconv.Quote(cut(r.text[:end]))
}

func (r *jsonReader) value() (*Node, *Error) {
	b := r.space()
	n := &Node{Place: r.place}
	if r.nodes++; r.nodes > MaxNodes {
		return nil, r.errorf(r.place, "got more than %d values", MaxNodes)
	}
	switch {
	case b == '{' || b == '[':
		if r.depth++; r.depth > MaxDepth {
			return nil, r.errorf(r.place, "got lists and mappings nested more than %d deep", MaxDepth)
		}
		defer func() { r.depth-- }()
		if b == '{' {
			return n, r.mapping(n)
		}
		return n, r.list(n)
	case b == '"':
		return n, r.string(n)
	case b == '-' || '0' <= b && b <= '9':
		return n, r.number(n)
	}
	return n, r.word(n)
}

func (r *jsonReader) list(n *Node) *Error {
	n.Kind = ListKind
	for more := r.open(']'); more; {
		item, err := r.value()
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
		if more, err = r.next(n, ']'); err != nil {
			return err
		}
	}
	return nil
}

func (r *jsonReader) mapping(n *Node) *Error {
	n.Kind = MapKind
	seen := map[string]Place{}
	for more := r.open('}'); more; {
		if r.space() != '"' {
			return r.errorf(r.place, `got %s, want a key in double quotes, such as "version"`, r.found())
		}
		key := Node{Place: r.place}
		err := r.string(&key)
		if err != nil {
			return err
		}
		if at, ok := seen[key.Text]; ok {
			return DuplicateKey(r.file, key.Text, key.Place, at)
		}
		seen[key.Text] = key.Place
		if r.space() != ':' {
			return r.errorf(r.place, "got %s, want a colon behind the key %s", r.found(), quote(key.Text))
		}
		r.skip(1)
		value, err := r.value()
		if err != nil {
			return err
		}
		n.Members = append(n.Members, Member{Key: key.Text, Place: key.Place, Value: value})
		if more, err = r.next(n, '}'); err != nil {
			return err
		}
	}
	return nil
}

// DuplicateKey is the error of a key that a mapping has twice.
func DuplicateKey(file, key string, at, before Place) *Error {
	return &Error{File: file, Place: at, Text: fmt.Sprintf("got the key %s again, want it once: it is in line %d, column %d already", quote(key), before.Line, before.Column)}
}

// open goes behind the opening bracket, and reports whether something is in it.
func (r *jsonReader) open(end byte) bool {
	r.skip(1)
	if r.space() == end {
		r.skip(1)
		return false
	}
	return true
}

// next goes behind a comma or the closing bracket, and reports whether it was a comma.
func (r *jsonReader) next(n *Node, end byte) (more bool, _ *Error) {
	switch b := r.space(); b {
	case end:
		r.skip(1)
		return false, nil
	case ',':
		at := r.place
		r.skip(1)
		if r.space() == end {
			return false, r.errorf(at, "got a comma before %q, want none behind the last one", string(end))
		}
		return true, nil
	}
	return false, r.errorf(r.place, "got %s, want a comma or %q for what begins in line %d, column %d", r.found(), string(end), n.Line, n.Column)
}

func (r *jsonReader) number(n *Node) *Error {
	end := strings.IndexFunc(r.text, func(c rune) bool { return !strings.ContainsRune("+-.eE0123456789", c) })
	if end < 0 {
		end = len(r.text)
	}
	n.Text = r.text[:end]
	f, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || !json.Valid([]byte(n.Text)) {
		return r.errorf(n.Place, "got %s, which is no number of JSON", quote(n.Text))
	}
	n.Kind, n.Float = FloatKind, f
	if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
		n.Kind, n.Int = IntKind, i
	}
	r.skip(end)
	return nil
}

// word reads true, false or null.
func (r *jsonReader) word(n *Node) *Error {
	word := r.text[:len(r.text)-len(strings.TrimLeft(r.text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"))]
	n.Text = word
	switch word {
	case "true", "false":
		n.Kind, n.Bool = BoolKind, word == "true"
	case "null":
		n.Kind = NullKind
	case "True", "False", "None":
		e := r.errorf(n.Place, "got %s, which is Python's", word)
		e.Word = map[string]string{"True": "true", "False": "false", "None": "null"}[word]
		return e
	default:
		switch found := r.found(); {
		case r.text == "":
			return r.errorf(n.Place, "got the end of the file, want a value")
		case r.text[0] == '\'':
			return r.errorf(n.Place, "got %s, want a text in double quotes", found)
		case r.text[0] == '#' || r.text[0] == '/':
			return r.errorf(n.Place, "got %s, want a value; JSON has no comments, but YAML does", found)
		default:
			return r.errorf(n.Place, "got %s, want a value", found)
		}
	}
	r.skip(len(word))
	return nil
}

// string reads a text in double quotes.
func (r *jsonReader) string(n *Node) *Error {
	n.Kind = TextKind
	r.skip(1)
	inside := r.place
	var out strings.Builder
	for plain := true; ; {
		end := strings.IndexFunc(r.text, func(c rune) bool { return c == '"' || c == '\\' || c < ' ' || c == utf8.RuneError })
		if end < 0 {
			return r.errorf(n.Place, "got a text without its closing quote")
		}
		out.WriteString(r.text[:end])
		r.skip(end)
		switch c, size := utf8.DecodeRuneInString(r.text); {
		case c == '"':
			r.skip(1)
			if n.Text = out.String(); plain {
				n.Inside = inside
			}
			return nil
		case c == '\\':
			plain = false
			if err := r.escape(&out); err != nil {
				return err
			}
		case c == utf8.RuneError && size == 1:
			return r.errorf(r.place, "got a byte %#02x, which is no UTF-8", r.text[0])
		case c == utf8.RuneError:
			out.WriteRune(c)
			r.skip(size)
		case c == '\n' || c == '\r':
			return r.errorf(n.Place, "got a text without its closing quote; write a line break as \\n")
		default:
			return r.errorf(r.place, "got the control character %#02x in a text, want it written as \\u%04x", c, c)
		}
	}
}

// escape reads a backslash and what is behind it.
func (r *jsonReader) escape(out *strings.Builder) *Error {
	if len(r.text) > 1 {
		if i := strings.IndexByte(`"\/bfnrt`, r.text[1]); i >= 0 {
			out.WriteByte("\"\\/\b\f\n\r\t"[i])
			r.skip(2)
			return nil
		}
	}
	first, ok := r.unit(r.text)
	if !ok {
		return r.errorf(r.place, `got a backslash before what it means nothing of, want \\ for one`)
	}
	if utf16.IsSurrogate(first) {
		second, ok := r.unit(r.text[6:])
		if full := utf16.DecodeRune(first, second); ok && full != utf8.RuneError {
			out.WriteRune(full)
			r.skip(12)
			return nil
		}
		return r.errorf(r.place, "got half of a surrogate pair, %s", r.text[:6])
	}
	out.WriteRune(first)
	r.skip(6)
	return nil
}

// unit reads \uXXXX.
func (r *jsonReader) unit(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}

// maxShown bounds what an error shows of a text, in bytes.
const maxShown = 60

// cut returns the text, or the beginning of a long one.
func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "…"
}

// quote returns the text as an error shows it.
func quote(text string) string { return strconv.Quote(cut(text)) }
