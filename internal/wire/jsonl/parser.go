package jsonl

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// parser reads the one object of a line into plain values.
type parser struct {
	line   []byte
	at     int
	limits Limits
	// depth counts the objects and arrays under way, nodes the values so far.
	depth, nodes int

	// members and items are the members of all objects, and the items of all arrays, under way.
	// What is complete is copied away, so that each costs one allocation of its exact size.
	members []slog.Attr
	items   []any
	// lent are the members of the groups that document lends out: most of them say source or
	// process, and are not kept.
	lent []slog.Attr
	// unescaped is where strings with escapes are put together.
	unescaped []byte
	texts     logrecord.Texts
}

// maxKept bounds the space that is kept from one line for the next.
const maxKept = 1024

func (p *parser) start(line []byte, limits Limits) {
	if limits.Depth <= 0 {
		limits.Depth = DefaultDepth
	}
	if limits.Nodes <= 0 {
		limits.Nodes = DefaultNodes
	}
	p.line, p.at, p.limits, p.depth, p.nodes = line, 0, limits, 0, 0
}

// reset lets go of the line.
func (p *parser) reset() {
	p.line = nil
	p.clear()
	if cap(p.unescaped) > maxKept*64 {
		p.unescaped = nil
	}
}

// clear forgets what was read of the line.
func (p *parser) clear() {
	p.members, p.items, p.lent = emptied(p.members), emptied(p.items), emptied(p.lent)
}

func emptied[T any](s []T) []T {
	if cap(s) > maxKept {
		return nil
	}
	clear(s)
	return s[:0]
}

func (p *parser) errorf(at int, format string, args ...any) error {
	return &Error{Offset: at, Reason: fmt.Sprintf(format, args...)}
}

// unexpected is the error for the byte at hand.
func (p *parser) unexpected(want string) error {
	if p.at >= len(p.line) {
		return p.errorf(p.at, "the line ends, want %s", want)
	}
	return p.errorf(p.at, "got %q, want %s", p.line[p.at:p.at+1], want)
}

// space skips what may stand between tokens.
func (p *parser) space() {
	for p.at < len(p.line) {
		switch p.line[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// next skips space and returns the byte behind it, which it leaves; 0 is the end.
func (p *parser) next() byte {
	if p.at < len(p.line) && p.line[p.at] > ' ' {
		return p.line[p.at]
	}
	p.space()
	if p.at < len(p.line) {
		return p.line[p.at]
	}
	return 0
}

// document reads the object that the whole line is and returns its members. They, and those of the
// groups among their values, are lent until reset: see kept.
func (p *parser) document() ([]slog.Attr, error) {
	if p.next() != '{' {
		return nil, p.unexpected(`an object: "{"`)
	}
	if err := p.object(); err != nil {
		return nil, err
	}
	if p.next() != 0 || p.at < len(p.line) {
		return nil, p.unexpected("the end of the line")
	}
	return p.members, nil
}

// enter steps into an object or array, leave out of it.
func (p *parser) enter() error {
	if p.depth++; p.depth > p.limits.Depth {
		return p.errorf(p.at, "objects and arrays are nested deeper than %d", p.limits.Depth)
	}
	p.at++
	return nil
}

func (p *parser) leave() { p.at, p.depth = p.at+1, p.depth-1 }

// object reads an object and pushes its members.
func (p *parser) object() error {
	if err := p.enter(); err != nil {
		return err
	}
	if p.next() == '}' {
		p.leave()
		return nil
	}
	for {
		if p.next() != '"' {
			return p.unexpected(`a key: "\""`)
		}
		key, err := p.string()
		if err != nil {
			return err
		}
		if p.next() != ':' {
			return p.unexpected(`":" after the key`)
		}
		p.at++
		v, err := p.value()
		if err != nil {
			return err
		}
		if key == "" && v.Kind() == slog.KindGroup {
			v = slog.AnyValue(plain(v)) // a group without a key would be inlined
		}
		p.members = append(p.members, slog.Attr{Key: key, Value: v})
		switch p.next() {
		case ',':
			p.at++
		case '}':
			p.leave()
			return nil
		default:
			return p.unexpected(`"," or "}" after the value`)
		}
	}
}

// group reads an object as a group; one without members is an empty map.
func (p *parser) group() (slog.Value, error) {
	from := len(p.members)
	if err := p.object(); err != nil {
		return slog.Value{}, err
	}
	if len(p.members) == from {
		return slog.AnyValue(map[string]any{}), nil
	}
	var own []slog.Attr
	if p.depth == 1 {
		at := len(p.lent)
		p.lent = append(p.lent, p.members[from:]...)
		own = slices.Clip(p.lent[at:])
	} else {
		own = slices.Clone(p.members[from:])
	}
	clear(p.members[from:])
	p.members = p.members[:from]
	return slog.GroupValue(own...), nil
}

// kept returns a value of the members that document returns, for keeping.
func kept(v slog.Value) slog.Value {
	if v.Kind() == slog.KindGroup {
		return slog.GroupValue(slices.Clone(v.Group())...)
	}
	return v
}

// list reads an array.
func (p *parser) list() (slog.Value, error) {
	if err := p.enter(); err != nil {
		return slog.Value{}, err
	}
	if p.next() == ']' {
		p.leave()
		return slog.AnyValue([]any{}), nil
	}
	from := len(p.items)
	for {
		v, err := p.value()
		if err != nil {
			return slog.Value{}, err
		}
		p.items = append(p.items, plain(v))
		switch p.next() {
		case ',':
			p.at++
		case ']':
			p.leave()
			own := slices.Clone(p.items[from:])
			clear(p.items[from:])
			p.items = p.items[:from]
			return slog.AnyValue(own), nil
		default:
			return slog.Value{}, p.unexpected(`"," or "]" after the value`)
		}
	}
}

// plain returns v as it stands in a list or map, where an object is a map.
func plain(v slog.Value) any {
	if v.Kind() != slog.KindGroup {
		return v.Any()
	}
	m := make(map[string]any, len(v.Group()))
	for _, a := range v.Group() {
		m[a.Key] = plain(a.Value)
	}
	return m
}

// value reads any value.
func (p *parser) value() (slog.Value, error) {
	if p.nodes++; p.nodes > p.limits.Nodes {
		return slog.Value{}, p.errorf(p.at, "the line has more than %d values", p.limits.Nodes)
	}
	switch c := p.next(); c {
	case '"':
		s, err := p.string()
		return slog.StringValue(s), err
	case '{':
		return p.group()
	case '[':
		return p.list()
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	case 't', 'f', 'n', 'N', 'I':
		return p.word()
	}
	return slog.Value{}, p.unexpected("a value")
}

// words are the values that are written as one.
var words = []struct {
	text  []byte
	value slog.Value
}{
	{[]byte("true"), slog.BoolValue(true)},
	{[]byte("false"), slog.BoolValue(false)},
	{[]byte("null"), slog.AnyValue(nil)},
	{[]byte("NaN"), slog.Float64Value(nan)},
	{[]byte("Infinity"), slog.Float64Value(infinity)},
	{[]byte("-Infinity"), slog.Float64Value(-infinity)},
}

func (p *parser) word() (slog.Value, error) {
	for i := range words {
		if bytes.HasPrefix(p.line[p.at:], words[i].text) {
			p.at += len(words[i].text)
			return words[i].value, nil
		}
	}
	return slog.Value{}, p.unexpected("a value: strings need quotes")
}

// string reads a string, which begins at hand.
func (p *parser) string() (string, error) {
	b, err := p.bytes()
	return p.texts.Text(b), err
}

// bytes reads a string, which begins at hand. What it returns is good until the next one.
func (p *parser) bytes() ([]byte, error) {
	from := p.at + 1
	i := run(p.line, from)
	if i < len(p.line) && p.line[i] == '"' {
		p.at = i + 1
		return p.line[from:i], nil
	}
	return p.escaped(from, i)
}
