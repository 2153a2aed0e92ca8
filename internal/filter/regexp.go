package filter

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// regexpSize returns the size of a regular expression, about that of its program: what it takes to
// hold one character against it.
func regexpSize(pattern string, ignoreCase bool) (int, error) {
	flags := syntax.Perl
	if ignoreCase {
		flags |= syntax.FoldCase
	}
	re, err := syntax.Parse(pattern, flags)
	if err != nil {
		return 0, err
	}
	return sizeOf(re), nil
}

// sizeOf counts the instructions of a program, repetitions written out. It stops counting soon after
// MaxRegexp.
func sizeOf(re *syntax.Regexp) int {
	size := 1
	switch re.Op {
	case syntax.OpLiteral:
		size = len(re.Rune)
	case syntax.OpCharClass:
		size = 1 + len(re.Rune)/16 // a class is searched through
	case syntax.OpRepeat:
		return 1 + sizeOf(re.Sub[0])*max(re.Min, re.Max)
	}
	for _, sub := range re.Sub {
		if size += sizeOf(sub); size > MaxRegexp {
			break
		}
	}
	return size
}

// compileRegexp returns the regular expression of a pattern.
func compileRegexp(p Pattern) (*regexp.Regexp, error) {
	if p.IgnoreCase {
		return regexp.Compile("(?i:" + p.Regexp + ")")
	}
	return regexp.Compile(p.Regexp)
}

// regexpProblem says what is wrong with a regular expression, and at which byte of it.
func regexpProblem(pattern string, err error) (at, width int, problem string) {
	e, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return 0, len(pattern), err.Error()
	}
	if e.Expr != "" && e.Expr != pattern {
		at = max(strings.Index(pattern, e.Expr), 0)
		width = min(len(e.Expr), len(pattern)-at)
	} else {
		width = len(pattern)
	}
	switch e.Code {
	case syntax.ErrMissingParen:
		at, width = unbalanced(pattern), 1
		problem = "a ( in the regular expression has no ); put a backslash before one that is to be found"
	case syntax.ErrUnexpectedParen:
		at, width = unbalanced(pattern), 1
		problem = "a ) in the regular expression has no (; put a backslash before one that is to be found"
	case syntax.ErrMissingBracket:
		problem = "a [ in the regular expression has no ]; put a backslash before one that is to be found"
	case syntax.ErrInvalidRepeatOp:
		problem = fmt.Sprintf("%s repeats what is repeated already; one of them is enough", e.Expr)
	case syntax.ErrMissingRepeatArgument:
		problem = fmt.Sprintf("nothing stands before %s in the regular expression that could be repeated; for any text write .*", e.Expr)
	case syntax.ErrInvalidPerlOp:
		problem = fmt.Sprintf("%s is not supported: no looking ahead or back, as in RE2", e.Expr)
	case syntax.ErrLarge, syntax.ErrNestingDepth, syntax.ErrInvalidRepeatSize:
		problem = fmt.Sprintf("the regular expression is too large: %s", e.Expr)
	default:
		problem = fmt.Sprintf("the regular expression is wrong: %s: %s", e.Code, e.Expr)
	}
	return at, width, problem
}

// unbalanced returns the place of the first parenthesis that has no other half.
func unbalanced(pattern string) int {
	var open []int
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			open = append(open, i)
		case c == ')' && len(open) == 0:
			return i
		case c == ')':
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return 0
	}
	return open[len(open)-1]
}
