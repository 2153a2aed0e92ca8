package filter

import (
	"encoding/json"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// MaxName bounds the names that an [Index] has values under, in bytes.
const MaxName = 128

// Index tells what records can be found by: the terms and values that a [Need] speaks of. It is for one
// goroutine, and makes no memory of its own for records of plain values without a trace. What the
// functions are given is valid during their call only, and may come more than once.
type Index struct {
	// Term is given each term of the texts that words are looked for in, folded and cut as [CutTerm]
	// does.
	Term func(term []byte)
	// Attr, if set, is given each value of at most [MaxTerm] bytes, folded, with the dotted name that it
	// is under, folded too. A value of a group is under the group's name as well. The record's own
	// fields have the names they have in the JSON form; those that words are looked for in, the level,
	// the logger and the times have none.
	Attr func(name, value []byte)

	name, term, value, number []byte
	depth                     depth
}

// Add tells what the record can be found by.
func (x *Index) Add(r *record.Record) {
	for i := range ownFields {
		f := &ownFields[i]
		switch {
		case f.parts || f.path != f.name: // its values come under the paths of its parts, or its own
		case f.searched:
			f.values(r, (*termTester)(x))
		case x.Attr != nil:
			x.name = append(x.name[:0], f.name...)
			f.values(r, (*attrTester)(x))
		}
	}
	x.name, x.depth = x.name[:0], depth{}
	x.attrs(r.Attrs)
}

// termTester and attrTester index the values that they are asked about.
type (
	termTester Index
	attrTester Index
)

func (x *termTester) test(v slog.Value) bool {
	(*Index)(x).terms(v.String())
	return false
}

func (x *attrTester) test(v slog.Value) bool {
	(*Index)(x).leaf(v, false)
	return false
}

func (x *Index) attrs(attrs []slog.Attr) {
	if !x.depth.enter() {
		return
	}
	for i := range attrs {
		a := &attrs[i]
		switch {
		case empty(a):
		case a.Key != "":
			x.member(a.Key, a.Value)
		default:
			x.inside(a.Value)
		}
	}
	x.depth.leave()
}

// member indexes what is under a key.
func (x *Index) member(key string, v slog.Value) {
	above := len(x.name)
	if above > 0 {
		x.name = append(x.name, '.')
	}
	x.name = appendFolded(x.name, key)
	x.inside(v)
	x.name = x.name[:above]
}

// inside indexes all that v is or holds.
func (x *Index) inside(v slog.Value) {
	switch v.Kind() {
	case slog.KindLogValuer:
		x.inside(v.Resolve())
		return
	case slog.KindGroup:
		x.attrs(v.Group())
		return
	case slog.KindAny:
		switch list := v.Any().(type) {
		case nil, json.Number:
		case []any, map[string]any:
			x.members(list)
			return
		default:
			if v, ok := plain(v); ok {
				x.inside(v)
			}
			return
		}
	}
	x.leaf(v, true)
}

// members indexes the members of a list or mapping. A nil one is null.
func (x *Index) members(list any) {
	if !x.depth.enter() {
		return
	}
	switch list := list.(type) {
	case []any:
		if list == nil {
			x.leaf(slog.Value{}, true)
		}
		for _, e := range list {
			x.inside(element(e))
		}
	case map[string]any:
		if list == nil {
			x.leaf(slog.Value{}, true)
		}
		for k, e := range list {
			x.member(k, element(e))
		}
	}
	x.depth.leave()
}

// leaf indexes a plain value under the name that is reached.
func (x *Index) leaf(v slog.Value, terms bool) {
	var s string
	if n, ok := numberOf(v); ok {
		x.number = n.append(x.number[:0])
		s = string(x.number)
	} else {
		s = valueText(v)
	}
	if terms {
		x.terms(s)
	}
	if x.Attr == nil || len(s) > 4*MaxTerm { // folding makes a text shorter by less
		return
	}
	if x.value = appendFolded(x.value[:0], s); len(x.value) > MaxTerm {
		return
	}
	for i := 1; i <= len(x.name) && i <= MaxName; i++ {
		if i == len(x.name) || x.name[i] == '.' {
			x.Attr(x.name[:i], x.value)
		}
	}
}

func (x *Index) terms(s string) {
	for {
		term, rest, ok := CutTerm(x.term[:0], s)
		x.term = term
		if !ok {
			return
		}
		x.Term(term)
		s = rest
	}
}
