package filter

import (
	"fmt"
	"unicode"

	"github.com/jackdaw-log/jackdaw/record"
)

// The limits of a filter. What goes beyond is an error.
const (
	// MaxLength bounds the text of a filter, as it was given and in its canonical form, in bytes.
	MaxLength = 8192
	// MaxNodes bounds the terms of a filter.
	MaxNodes = 256
	// MaxDepth bounds the nesting of parentheses.
	MaxDepth = 32
	// MaxRegexp bounds the size of all regular expressions of a filter together, in about the
	// instructions of their programs: how much may have to be done for one character.
	MaxRegexp = 500
	// MaxRegexpText bounds how many bytes at the beginning of a text regular expressions are held
	// against: with the bound above, what one record may take.
	MaxRegexpText = 64 << 10
)

// Filter is a filter ready for use. It is immutable, and its methods may be called from any goroutine.
// Every record matches a nil Filter.
type Filter struct {
	expr    Expr
	matcher matcher
	marks   []mark
}

// New returns the Filter of an expression, which it brings into its normal form. An expression that is
// beyond the limits, or that no text stands for, is an error.
func New(e Expr) (*Filter, error) {
	e = normal(e)
	f := &Filter{expr: e}
	var err error
	if f.matcher, err = e.matcher(new(compiler)); err != nil {
		return nil, err
	}
	if d := depthOf(e); d > MaxDepth {
		return nil, fmt.Errorf("nested %d deep, want at most %d", d, MaxDepth)
	}
	if n := len(e.String()); n > MaxLength {
		return nil, fmt.Errorf("%d bytes long, want at most %d", n, MaxLength)
	}
	f.marks = marksOf(nil, e)
	return f, nil
}

// depthOf returns how deep the parentheses of the canonical form are nested.
func depthOf(e Expr) (depth int) {
	switch e := e.(type) {
	case And:
		for _, m := range e {
			d := depthOf(m)
			if compound(m) {
				d++
			}
			depth = max(depth, d)
		}
	case Or:
		for _, m := range e {
			depth = max(depth, depthOf(m))
		}
	case Not:
		if depth = depthOf(e.X); compound(e.X) {
			depth++
		}
	}
	return depth
}

// All returns the Filter of the records that match each of the given ones.
func All(filters ...*Filter) (*Filter, error) {
	var and And
	for _, f := range filters {
		if f != nil {
			and = append(and, f.expr)
		}
	}
	return New(and)
}

// Match reports whether the record matches. It does not modify the record, and does not allocate
// unless it has to look at a value that is no plain one, at a time among the attrs as text, at a place
// of a call that is known by its PC alone, or at a trace by a part of its id.
func (f *Filter) Match(r *record.Record) bool { return f == nil || f.matcher.match(r) }

// Expr returns the filter's expression, in its normal form.
func (f *Filter) Expr() Expr {
	if f == nil {
		return all()
	}
	return f.expr
}

// String returns the filter in its canonical form, from which [Parse] makes an equal filter. Times
// that were relative are absolute in it.
func (f *Filter) String() string { return f.Expr().String() }

func isSpace(r rune) bool { return unicode.IsSpace(r) }
