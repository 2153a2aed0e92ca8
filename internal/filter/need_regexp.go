package filter

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

// run is a text that a regular expression cannot match without, gathered from neighbours.
type run struct {
	text  strings.Builder
	edges edges
	needs []Need
}

// regexpTerms returns the terms without which no text matches re. It sees what stands one after
// another; alternatives and what may be left out need nothing.
func regexpTerms(re *syntax.Regexp) []Need {
	var r run
	r.add(re)
	r.end(false)
	return r.needs
}

// add goes on with what re matches.
func (r *run) add(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			r.add(sub)
		}
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 && !foldsAlike(c) {
				r.end(false)
				continue
			}
			r.text.WriteRune(c)
		}
	case syntax.OpBeginText, syntax.OpBeginLine, syntax.OpEndText, syntax.OpEndLine:
		r.end(true)
	case syntax.OpCharClass:
		r.end(isApart(re))
	case syntax.OpPlus:
		r.end(isApart(re.Sub[0]))
	case syntax.OpRepeat:
		r.end(re.Min > 0 && isApart(re.Sub[0]))
	case syntax.OpEmptyMatch:
	default:
		r.end(false)
	}
}

// end ends the run, at an edge of terms or not.
func (r *run) end(edge bool) {
	r.edges.right = edge
	r.needs = appendTerms(r.needs, r.text.String(), r.edges)
	r.text.Reset()
	r.edges = edges{left: edge}
}

// foldsAlike reports whether the characters that a regular expression takes for c, case aside, are
// those that fold takes for it.
func foldsAlike(c rune) bool {
	for o := unicode.SimpleFold(c); o != c; o = unicode.SimpleFold(o) {
		if fold(o) != fold(c) {
			return false
		}
	}
	return true
}

// maxClass bounds the characters of a class that are looked at.
const maxClass = 64

// isApart reports whether all characters of a class stand between terms, as in \s.
func isApart(re *syntax.Regexp) bool {
	if re.Op != syntax.OpCharClass {
		return false
	}
	n := 0
	for i := 0; i < len(re.Rune); i += 2 {
		for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
			if n++; n > maxClass || classOf(c) != apart {
				return false
			}
		}
	}
	return n > 0
}
