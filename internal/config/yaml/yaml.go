// Package yaml reads a configuration in YAML into the tree that package config checks.
//
// What a plain scalar means is decided here, and as in Python's yaml.safe_load, which is YAML 1.1: yes and off are
// booleans, 0640 is 416. Two things that surprise there are left out: 12:30 is not 750, and 2026-11-22 is no date; both
// are texts. A key that a mapping has twice is an error, and so are tags other than those of plain values, a second
// document, and more than [config.MaxNodes] values, those of aliases counted each time.
package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	library "go.yaml.in/yaml/v4"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// Parse reads a configuration. A byte order mark before it is passed over. The error is a [*config.Errors] with the
// first thing that is wrong.
func Parse(file string, text []byte) (*config.Node, error) {
	r := &reader{file: file, made: map[*library.Node]made{}, open: map[*library.Node]bool{}}
	if len(text) > config.MaxBytes {
		return nil, config.NewErrors(r.errorf(config.Place{}, "got %d bytes, want at most %d", len(text), config.MaxBytes))
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r.lines = breaks.Split(string(text), -1)
	n, err := r.document(text)
	if err != nil {
		return nil, config.NewErrors(err)
	}
	return n, nil
}

// breaks are what ends a line of YAML.
var breaks = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

// opening is where a value begins with a bracket, which may be one of a text.
var opening = regexp.MustCompile(`:\s+[{\[]`)

// reader makes the tree of one file.
type reader struct {
	file  string
	lines []string
	made  map[*library.Node]made
	open  map[*library.Node]bool // those that are being made, whose aliases would be a circle
	depth int
}

// made is a value that was made, and how many values it is with those in it.
type made struct {
	node *config.Node
	size int
}

func (r *reader) errorf(at config.Place, format string, args ...any) *config.Error {
	return &config.Error{File: r.file, Place: at, Text: fmt.Sprintf(format, args...)}
}

func place(n *library.Node) config.Place { return config.Place{Line: n.Line, Column: n.Column} }

func (r *reader) document(text []byte) (*config.Node, *config.Error) {
	if err := r.checkText(); err != nil {
		return nil, err
	}
	loader, err := library.NewLoader(bytes.NewReader(text))
	if err != nil {
		return nil, r.explain(err)
	}
	var first, second library.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF) || err == nil && len(first.Content) == 0:
		return &config.Node{Place: config.Place{Line: 1, Column: 1}}, nil
	case err != nil:
		return nil, r.explain(err)
	}
	if err := loader.Load(&second); err == nil {
		return nil, r.errorf(place(&second), "got a second document, want one in a file")
	} else if !errors.Is(err, io.EOF) {
		return nil, r.explain(err)
	}
	n, failed := r.value(first.Content[0])
	if failed != nil {
		return nil, failed
	}
	return n.node, nil
}

// checkText reports a byte that is no text, which the library does without its place.
func (r *reader) checkText() *config.Error {
	for i, line := range r.lines {
		column := 1
		for j, c := range line {
			if _, size := utf8.DecodeRuneInString(line[j:]); c == utf8.RuneError && size == 1 {
				return r.errorf(config.Place{Line: i + 1, Column: column}, "got a byte %#02x, which is no UTF-8", line[j])
			}
			column++
		}
	}
	return nil
}

// explain returns the error of the library, with what is usually behind it.
func (r *reader) explain(err error) *config.Error {
	e, ok := errors.AsType[*library.LoadError](err)
	if !ok {
		return r.errorf(config.Place{}, "%s", err)
	}
	at := config.Place{Line: e.Mark.Line, Column: e.Mark.Column}
	if last := len(r.lines); at.Line > last { // the end of a file whose last line has no break
		at = config.Place{Line: last, Column: utf8.RuneCountInString(r.lines[last-1]) + 1}
	}
	before, here := split(r.lines[max(at.Line, 1)-1], at.Column)
	switch {
	case strings.Contains(before[:len(before)-len(strings.TrimLeft(before, " \t"))]+indent(here), "\t"):
		return r.errorf(at, "got a tab; YAML is indented by spaces")
	case here != "" && strings.ContainsRune("%@`", rune(here[0])) && strings.Contains(e.Message, "cannot start any token"):
		return r.errorf(at, "got %q, with which no plain text begins; put the text in quotes", here[:1])
	case strings.Contains(e.Message, "mapping values are not allowed"):
		return r.errorf(at, "got a colon in a plain text, or a key that stands too far to the right; put a text with \": \" in it in quotes")
	case strings.Contains(e.Message, "unknown anchor"):
		return r.errorf(at, "got an alias of an anchor that there is not: %s", e.Message)
	}
	text := e.Message
	if e.ContextMsg != "" {
		text += ", " + e.ContextMsg
		if e.ContextMark.Line > 0 && e.ContextMark.Line != at.Line {
			text += fmt.Sprintf(" that begins in line %d", e.ContextMark.Line)
		}
	}
	if opening.MatchString(before) {
		text += "; a text that begins with { or [ is put in quotes"
	}
	return r.errorf(at, "got what is no YAML: %s", text)
}

// split cuts a line at a column.
func split(line string, column int) (before, here string) {
	at := len(line)
	for i := range line {
		if column--; column == 0 {
			at = i
			break
		}
	}
	return line[:at], line[at:]
}

// indent returns the white space at the beginning of a text.
func indent(text string) string { return text[:len(text)-len(strings.TrimLeft(text, " \t"))] }

// value makes a value of the tree.
func (r *reader) value(n *library.Node) (made, *config.Error) {
	if n.Kind == library.AliasNode {
		if r.open[n.Alias] {
			return made{}, r.errorf(place(n), "got the alias *%s within what it stands for", n.Value)
		}
		n = n.Alias
	}
	if m, ok := r.made[n]; ok {
		return m, nil
	}
	if r.depth++; r.depth > config.MaxDepth {
		return made{}, r.errorf(place(n), "got lists and mappings nested more than %d deep", config.MaxDepth)
	}
	r.open[n] = true
	m := made{&config.Node{Place: place(n)}, 1}
	var err *config.Error
	switch n.Kind {
	case library.ScalarNode:
		err = r.scalar(n, m.node)
	case library.SequenceNode:
		err = r.sequence(n, &m)
	case library.MappingNode:
		err = r.mapping(n, &m)
	default:
		err = r.errorf(place(n), "got what is no value")
	}
	delete(r.open, n)
	r.depth--
	if err == nil {
		r.made[n] = m
	}
	return m, err
}

// add counts the values of a member.
func (r *reader) add(n *library.Node, m *made, member made) *config.Error {
	if m.size += member.size; m.size > config.MaxNodes {
		return r.errorf(place(n), "got more than %d values, those of aliases counted each time", config.MaxNodes)
	}
	return nil
}

// tag returns an error for a tag that the file has and that is none of those wanted.
func (r *reader) tag(n *library.Node, want ...string) *config.Error {
	if n.Style&library.TaggedStyle == 0 {
		return nil
	}
	for _, w := range want {
		if n.ShortTag() == w {
			return nil
		}
	}
	return r.errorf(place(n), "got the tag %s, want none: a configuration is texts, numbers, booleans, lists and mappings", n.Tag)
}

func (r *reader) sequence(n *library.Node, m *made) *config.Error {
	m.node.Kind = config.ListKind
	if err := r.tag(n, "!!seq"); err != nil {
		return err
	}
	for _, item := range n.Content {
		v, err := r.value(item)
		if err != nil {
			return err
		}
		if err := r.add(item, m, v); err != nil {
			return err
		}
		m.node.Items = append(m.node.Items, v.node)
	}
	return nil
}

func (r *reader) mapping(n *library.Node, m *made) *config.Error {
	m.node.Kind = config.MapKind
	if err := r.tag(n, "!!map"); err != nil {
		return err
	}
	own := map[string]config.Place{}
	var merges []*library.Node
	merged := config.Place{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			if merged.Line > 0 {
				return config.DuplicateKey(r.file, key.Value, place(key), merged)
			}
			merges, merged = sources(value), place(key)
			continue
		}
		name, err := r.key(key)
		if err != nil {
			return err
		}
		if before, ok := own[name]; ok {
			return config.DuplicateKey(r.file, name, place(key), before)
		}
		own[name] = place(key)
		v, err := r.value(value)
		if err != nil {
			return err
		}
		if err := r.add(value, m, v); err != nil {
			return err
		}
		m.node.Members = append(m.node.Members, config.Member{Key: name, Place: place(key), Value: v.node})
	}
	for _, source := range merges {
		if err := r.merge(source, m, own); err != nil {
			return err
		}
	}
	return nil
}

// key returns a key as it is written.
func (r *reader) key(n *library.Node) (string, *config.Error) {
	if n.Kind == library.AliasNode {
		n = n.Alias
	}
	if n.Kind != library.ScalarNode || n.Value == "" && n.Style == 0 {
		return "", r.errorf(place(n), "got a key that is no text")
	}
	return n.Value, r.tag(n, "!!str", "!!int", "!!bool", "!!float")
}

// isMerge reports whether a key is <<, which merges other mappings into the one it stands in.
func isMerge(n *library.Node) bool {
	return n.Kind == library.ScalarNode && n.Value == "<<" && n.Style == 0
}

// sources returns the mappings to merge, the first of which goes before the next.
func sources(n *library.Node) []*library.Node {
	at := n
	if at.Kind == library.AliasNode {
		at = at.Alias
	}
	if at.Kind == library.SequenceNode {
		return at.Content
	}
	return []*library.Node{n}
}

// merge adds the members of a mapping that are not there yet.
func (r *reader) merge(source *library.Node, m *made, own map[string]config.Place) *config.Error {
	v, err := r.value(source)
	if err != nil {
		return err
	}
	if v.node.Kind != config.MapKind {
		return r.errorf(place(source), "got %s to merge by <<, want a mapping, or a list of mappings", v.node.Kind)
	}
	if err := r.add(source, m, v); err != nil {
		return err
	}
	for _, member := range v.node.Members {
		if _, ok := own[member.Key]; !ok {
			own[member.Key] = member.Place
			m.node.Members = append(m.node.Members, member)
		}
	}
	return nil
}
