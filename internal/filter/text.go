package filter

import (
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// glob is a text with or without wildcards, ready to be looked for.
type glob struct {
	// parts are the texts between the wildcards. None is empty, save the only one of the empty text.
	parts []literal
	// bounds say whether the first part begins the pattern and the last one ends it: where not, a
	// wildcard stands there.
	bounds edges
	// number is the number that the pattern is, if numeric is true.
	number  number
	numeric bool
	// timely is true where the text of a time may hold it.
	timely bool
}

func newGlob(p Pattern) glob {
	g := glob{bounds: edges{p.Parts[0] != "", p.Parts[len(p.Parts)-1] != ""}, timely: true}
	for _, part := range p.Parts {
		if part != "" {
			g.parts = append(g.parts, newLiteral(part))
			g.timely = g.timely && strings.Trim(folded(part), "0123456789-+:.tz") == ""
		}
	}
	if !p.wild() {
		g.bounds = edges{true, true}
		g.number, g.numeric = parseNumber(p.Parts[0])
		if p.Parts[0] == "" {
			g.parts = append(g.parts, newLiteral(""))
		}
	}
	return g
}

// in returns where in s, from on, the pattern first lies as a word or phrase: at the edges of terms
// where it does not begin or end with a wildcard, which stands for anything but white space. start is
// -1 where it does not.
func (g *glob) in(s string, from int) (start, end int) {
	first := &g.parts[0]
	if len(g.parts) == 1 {
		return first.index(s, from, g.bounds)
	}
	for from <= len(s) {
		start, at := first.index(s, from, edges{left: g.bounds.left})
		if start < 0 {
			break
		}
		// The parts hold no white space, so all lie within what is left of this run of other
		// characters. Where the rest does not, it does not behind a later place in the run either.
		run := at + spaceIndex(s[at:])
		if end := g.rest(s[:run], at); end >= 0 {
			return start, end
		}
		from = run + 1
	}
	return -1, -1
}

// rest returns where the parts behind the first end that lie in s in order from at on, -1 where they
// do not.
func (g *glob) rest(s string, at int) int {
	last := len(g.parts) - 1
	for i := 1; i <= last; i++ {
		_, end := g.parts[i].index(s, at, edges{right: i == last && g.bounds.right})
		if end < 0 {
			return -1
		}
		at = end
	}
	return at
}

// spaceIndex returns the index of the first white space in s, len(s) if there is none.
func spaceIndex(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c == ' ' || c >= '\t' && c <= '\r' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			return i
		}
		i += size
	}
	return len(s)
}

// is reports whether the pattern is the whole of s, where a wildcard stands for anything.
func (g *glob) is(s string) bool {
	last := len(g.parts) - 1
	if g.bounds.left {
		n := prefixLen(s, g.parts[0].text)
		if n < 0 || last == 0 && g.bounds.right {
			return n == len(s)
		}
		s = s[n:]
	}
	if g.bounds.right {
		n := suffixStart(s, g.parts[last].text)
		if n < 0 {
			return false
		}
		s = s[:n]
	}
	for i := range g.parts {
		if i == 0 && g.bounds.left || i == last && g.bounds.right {
			continue
		}
		_, end := g.parts[i].index(s, 0, edges{})
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return true
}

// globTester looks for a glob in values.
type globTester struct {
	glob
	whole bool
	// What the pattern is to the values that have few texts.
	isTrue, isFalse, isNull bool
	wild                    bool // so that it may be the text of a number
}

func newGlobTester(p Pattern, whole bool) *globTester {
	t := &globTester{glob: newGlob(p), whole: whole, wild: p.wild()}
	t.isTrue, t.isFalse, t.isNull = t.is("true"), t.is("false"), t.is("null")
	return t
}

func (t *globTester) test(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindString:
		return t.text(v.String())
	case slog.KindBool:
		return t.isTrue && v.Bool() || t.isFalse && !v.Bool()
	case slog.KindTime:
		return t.timely && t.text(v.Time().Format(time.RFC3339Nano))
	case slog.KindFloat64:
		if f := v.Float64(); f-f != 0 { // infinite, or no number
			return t.text(floatWord(f))
		}
	case slog.KindAny:
		if v.Any() == nil {
			return t.isNull
		}
	}
	return (t.numeric || t.wild) && t.testNumber(v)
}

func (t *globTester) testNumber(v slog.Value) bool {
	n, ok := numberOf(v)
	if !ok || t.numeric {
		return ok && compareNumbers(n, t.number) == 0
	}
	var buf [64]byte
	return t.is(string(n.append(buf[:0])))
}

func (t *globTester) text(s string) bool {
	if t.whole {
		return t.is(s)
	}
	start, _ := t.in(s, 0)
	return start >= 0
}

// floatWord is how the JSON form shows the floats that are no numbers.
func floatWord(f float64) string {
	switch {
	case f > 0:
		return "Infinity"
	case f < 0:
		return "-Infinity"
	}
	return "NaN"
}

// regexpTester holds values against a regular expression.
type regexpTester struct{ re *regexp.Regexp }

// begin returns as much of a text as regular expressions are held against.
func begin(s string) string {
	if len(s) <= MaxRegexpText {
		return s
	}
	end := MaxRegexpText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// scratch holds buffers for the text of numbers: a regular expression makes what it reads escape.
var scratch = sync.Pool{New: func() any { return new([64]byte) }}

func (t *regexpTester) test(v slog.Value) bool {
	if v.Kind() == slog.KindString {
		return t.re.MatchString(begin(v.String()))
	}
	if n, ok := numberOf(v); ok {
		buf := scratch.Get().(*[64]byte)
		defer scratch.Put(buf)
		return t.re.Match(n.append(buf[:0]))
	}
	return t.re.MatchString(valueText(v))
}

// valueText returns the text of a plain value as the JSON form has it, without quotes.
func valueText(v slog.Value) string {
	if n, ok := numberOf(v); ok {
		return string(n.append(nil))
	}
	switch v.Kind() {
	case slog.KindString:
		return v.String()
	case slog.KindBool:
		if v.Bool() {
			return "true"
		}
		return "false"
	case slog.KindFloat64:
		return floatWord(v.Float64())
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindAny:
		if n, ok := v.Any().(json.Number); ok {
			return string(n) // one that fits no number here
		}
	}
	return "null"
}
