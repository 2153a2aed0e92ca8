package form

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is what a plain value is.
type kind uint8

const (
	text      kind = iota // a str
	integer               // an int
	fraction              // a float
	truth                 // a bool
	other                 // None, bytes
	container             // a tuple, list, dict or set
)

// literal is a plain value, as Python's repr() shows it.
type literal struct {
	kind kind
	repr string
	str  string // of a text: what it is
}

// show returns what str() shows of the value.
func (l *literal) show() string {
	if l.kind == text {
		return l.str
	}
	return l.repr
}

// arguments are the args of a LogRecord: a tuple or, where the call had one mapping alone, that mapping.
type arguments struct {
	list  []literal
	named map[string]literal // nil for a tuple
	whole literal            // the mapping
}

// maxArguments is how many there may be: each takes many times the memory of its few bytes.
const maxArguments = 10_000

// parseArgs reads the repr of args; ok is false where not all of it is plain, and where it is more than anybody logs.
func parseArgs(s string) (a arguments, ok bool) {
	p := reader{text: s}
	switch {
	case strings.HasPrefix(s, "("):
		ok = p.tuple(func(v literal) {
			if len(a.list) <= maxArguments {
				a.list = append(a.list, v)
			}
		})
	case strings.HasPrefix(s, "{"):
		a.named = make(map[string]literal)
		ok = p.braces(func(key, v literal) {
			if key.kind == text && len(a.named) <= maxArguments {
				a.named[key.str] = v
			}
		})
		a.whole = literal{kind: container, repr: s}
	}
	return a, ok && p.at == len(s) && len(a.list) <= maxArguments && len(a.named) <= maxArguments
}

// reader reads plain values.
type reader struct {
	text  string
	at    int
	depth int
}

// maxDepth bounds the nesting.
const maxDepth = 100

// next takes s, if it comes next.
func (p *reader) next(s string) bool {
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

// value reads any value.
func (p *reader) value() (v literal, ok bool) {
	if p.at >= len(p.text) {
		return v, false
	}
	from := p.at
	switch c := p.text[p.at]; {
	case c == '\'' || c == '"':
		v.kind = text
		v.str, ok = p.quoted(false)
	case c == 'b' && p.at+1 < len(p.text) && (p.text[p.at+1] == '\'' || p.text[p.at+1] == '"'):
		p.at++
		v.kind = other
		_, ok = p.quoted(true)
	case c == '-' || c >= '0' && c <= '9' || c == 'i' || c == 'n':
		v.kind, ok = p.number()
	case c == '(':
		v.kind, ok = container, p.tuple(func(literal) {})
	case c == '[':
		v.kind, ok = container, p.list()
	case c == '{':
		v.kind, ok = container, p.braces(func(_, _ literal) {})
	case p.next("set()"), p.next("frozenset()"):
		v.kind, ok = container, true
	case strings.HasPrefix(p.text[p.at:], "frozenset({"):
		p.at += len("frozenset(")
		v.kind, ok = container, p.braces(func(_, _ literal) {}) && p.next(")")
	case p.next("True"), p.next("False"):
		v.kind, ok = truth, true
	case p.next(none):
		v.kind, ok = other, true
	}
	v.repr = p.text[from:p.at]
	return v, ok
}

// enter steps into a container by one byte. It fails where that is too deep.
func (p *reader) enter() bool {
	p.at++
	p.depth++
	return p.depth <= maxDepth
}

// tuple reads a tuple, and calls each with its members.
func (p *reader) tuple(each func(literal)) bool {
	if !p.enter() {
		return false
	}
	defer func() { p.depth-- }()
	for n := 0; ; n++ {
		if p.next(")") {
			return n == 0 // () alone ends here
		}
		v, ok := p.value()
		if !ok {
			return false
		}
		each(v)
		switch {
		case n == 0 && p.next(",)"), n > 0 && p.next(")"):
			return true
		case !p.next(", "):
			return false
		}
	}
}

func (p *reader) list() bool {
	if !p.enter() {
		return false
	}
	defer func() { p.depth-- }()
	if p.next("]") {
		return true
	}
	for {
		if _, ok := p.value(); !ok {
			return false
		}
		if p.next("]") {
			return true
		}
		if !p.next(", ") {
			return false
		}
	}
}

// braces reads a dict, whose members it calls each with, or a set.
func (p *reader) braces(each func(key, v literal)) bool {
	if !p.enter() {
		return false
	}
	defer func() { p.depth-- }()
	if p.next("}") {
		return true
	}
	isDict := false
	for n := 0; ; n++ {
		key, ok := p.value()
		if !ok {
			return false
		}
		if n == 0 {
			isDict = p.next(": ")
		} else if isDict && !p.next(": ") {
			return false
		}
		if isDict {
			v, ok := p.value()
			if !ok {
				return false
			}
			each(key, v)
		}
		if p.next("}") {
			return true
		}
		if !p.next(", ") {
			return false
		}
	}
}

// maxFloat is longer than repr shows any float.
const maxFloat = 32

// number reads an int or a float, as repr shows them: with no digit that says nothing. A template may name one number
// many times, and each time costs what there is to read of it.
func (p *reader) number() (k kind, ok bool) {
	from := p.at
	k, ok = p.anyNumber()
	digits := strings.TrimPrefix(p.text[from:p.at], "-")
	switch {
	case k == fraction && len(digits) > maxFloat:
		return k, false
	case k == integer && len(digits) > 1 && digits[0] == '0':
		return k, false
	}
	return k, ok
}

func (p *reader) anyNumber() (k kind, ok bool) {
	p.next("-")
	if p.next("inf") || p.next("nan") {
		return fraction, true
	}
	k = integer
	if !p.digits() {
		return k, false
	}
	if p.next(".") {
		if k = fraction; !p.digits() {
			return k, false
		}
	}
	if p.next("e") {
		k = fraction
		if !p.next("-") {
			p.next("+")
		}
		if !p.digits() {
			return k, false
		}
	}
	return k, true
}

func (p *reader) digits() bool {
	from := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at > from
}

// quoted reads a string; of bytes it only finds the end.
func (p *reader) quoted(isBytes bool) (string, bool) {
	quote := p.text[p.at]
	p.at++
	from := p.at
	var b []byte // what it is, from the first escape on
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == quote:
			s := p.text[from:p.at]
			p.at++
			if b != nil {
				s = string(b)
			}
			return s, true
		case c == '\\':
			if b == nil {
				b = append([]byte{}, p.text[from:p.at]...)
			}
			r, ok := p.escape(isBytes)
			if !ok {
				return "", false
			}
			b = appendRune(b, r)
		case c < ' ' || c == 0x7f:
			return "", false // repr escapes these
		default:
			if b != nil {
				b = append(b, c)
			}
			p.at++
		}
	}
	return "", false
}

// escape reads an escape, of those that repr writes.
func (p *reader) escape(isBytes bool) (r rune, ok bool) {
	if p.at+1 >= len(p.text) {
		return 0, false
	}
	digits := 0
	switch c := p.text[p.at+1]; c {
	case '\\', '\'', '"':
		r = rune(c)
	case 'n':
		r = '\n'
	case 'r':
		r = '\r'
	case 't':
		r = '\t'
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return 0, false
	}
	if isBytes && digits > 2 {
		return 0, false
	}
	p.at += 2
	for range digits {
		if p.at >= len(p.text) || unhex(p.text[p.at]) > 15 {
			return 0, false
		}
		r = r<<4 | rune(unhex(p.text[p.at]))
		p.at++
	}
	return r, r >= 0 && r <= utf8.MaxRune
}

// appendRune appends r as UTF-8, a surrogate in its three-byte form.
func appendRune(b []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(b, r)
}
