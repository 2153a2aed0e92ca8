package filter

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Parse returns the Filter that a text describes; see the package's documentation for the language. An
// empty text is a filter that every record matches. Times that are relative, or have no zone, are
// those as seen from now. The error is an [*Error].
func Parse(text string, now time.Time) (*Filter, error) {
	p := parser{scanner: scanner{text: text}, now: now}
	e, problem := p.parse()
	if problem != nil {
		return nil, problem
	}
	f, err := New(e)
	if err != nil {
		return nil, p.fail(0, 0, "", "the filter is too large: %v", err)
	}
	return f, nil
}

// parser reads the grammar
//
//	or      = and { "OR" and }
//	and     = unary { ["AND"] unary }
//	unary   = [ "-" | "NOT" ] primary
//	primary = "(" or ")" | term
type parser struct {
	scanner
	now    time.Time
	token  token
	err    *Error // of token
	nodes  int
	regexp int
}

func (p *parser) parse() (Expr, *Error) {
	if i := len(p.text); i > MaxLength {
		return nil, p.fail(0, 0, "", "the filter is too long: %d bytes, want at most %d", i, MaxLength)
	}
	if !utf8.ValidString(p.text) {
		i := strings.IndexFunc(p.text, func(r rune) bool { return r == utf8.RuneError })
		return nil, p.fail(i, i+1, "", "this is no UTF-8")
	}
	if p.advance(); p.token.kind == endToken {
		return all(), nil
	}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind == closeToken {
		return nil, p.fail(p.token.start, p.token.end, `\)`, `this ) has no (; put a backslash before it to look for it`)
	}
	return normal(e), nil
}

func (p *parser) advance() { p.token, p.err = p.scanner.next() }

// word returns the bare word that comes next if it is one that stands between terms, OR for example.
func (p *parser) word() string {
	t := p.token
	if t.kind != termToken || t.op != "" || t.value.kind != barePiece {
		return ""
	}
	if w := p.text[t.start:t.end]; isWordBetween(w) {
		return w
	}
	return ""
}

func (p *parser) or(depth int) (Expr, *Error) {
	var members Or
	for {
		m, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
		if p.word() != orWord {
			return members, nil
		}
		p.advance()
	}
}

func (p *parser) and(depth int) (Expr, *Error) {
	var members And
	for {
		m, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
		switch {
		case p.token.kind == endToken, p.token.kind == closeToken, p.word() == orWord:
			return members, nil
		case p.word() == andWord:
			p.advance()
		}
	}
}

func (p *parser) unary(depth int) (Expr, *Error) {
	minus := p.token
	if minus.kind != minusToken && p.word() != notWord {
		return p.primary(depth)
	}
	p.advance()
	switch again := p.token; {
	case minus.kind == minusToken && again.kind == minusToken:
		p.skipWord()
		word := p.text[minus.start:p.at]
		return nil, p.fail(minus.start, p.at, quoted(word), "two minus signs; write %s to look for this text", quoted(word))
	case again.kind == minusToken, p.word() == notWord:
		return nil, p.fail(minus.start, again.end, "", "negated twice; leave out both")
	}
	x, err := p.primary(depth)
	return Not{x}, err
}

func (p *parser) primary(depth int) (Expr, *Error) {
	t := p.token
	switch {
	case p.err != nil:
		return nil, p.err
	case t.kind == openToken:
		return p.group(depth + 1)
	case t.kind == endToken, t.kind == closeToken:
		return nil, p.fail(t.start, t.start, "", "a term is missing here")
	case p.word() != "":
		return nil, p.between()
	}
	p.nodes++
	if p.nodes > MaxNodes {
		return nil, p.fail(t.start, t.end, "", "more than %d terms; so long a filter is better made of several", MaxNodes)
	}
	e, err := p.term(t)
	if err != nil {
		return nil, err
	}
	p.advance()
	return e, nil
}

// between returns the error for a word like OR where a term is to stand.
func (p *parser) between() *Error {
	t := p.token
	switch w := p.word(); w {
	case "|", "||":
		return p.fail(t.start, t.end, orWord, `write OR in place of %s, or %s to look for it`, w, quoted(w))
	case "&", "&&":
		return p.fail(t.start, t.end, andWord, `write AND in place of %s, or leave it out; write %s to look for it`, w, quoted(w))
	default:
		return p.fail(t.start, t.end, quoted(w), `%s needs a term on both sides; write %s to look for the word`, w, quoted(w))
	}
}

func (p *parser) group(depth int) (Expr, *Error) {
	open := p.token
	if depth > MaxDepth {
		return nil, p.fail(open.start, open.end, "", "parentheses nested deeper than %d", MaxDepth)
	}
	if p.advance(); p.token.kind == closeToken {
		right := quoted(p.text[open.start:p.token.end])
		return nil, p.fail(open.start, p.token.end, right, `nothing stands between the parentheses; write %s to look for them`, right)
	}
	e, err := p.or(depth)
	if err != nil {
		return nil, err
	}
	if p.token.kind != closeToken {
		return nil, p.fail(open.start, open.end, `\(`, `this ( has no ); put a backslash before it to look for it`)
	}
	end := p.token.end
	p.advance()
	if !p.ends(end) && p.text[end] != ')' {
		return nil, p.fail(end, end+1, "", "a space is missing after the parenthesis")
	}
	return e, nil
}

// term returns the expression of a term.
func (p *parser) term(t token) (Expr, *Error) {
	if t.op == "" {
		return p.looked(t)
	}
	name := t.name.pattern.Parts[0]
	if name == "" {
		return nil, p.fail(t.name.start, t.name.end, "", "the name is empty")
	}
	switch field := normalName(name); field {
	case levelField:
		return p.level(t)
	case sinceField, untilField:
		return p.bound(t, field)
	case timeField, receivedField:
		return p.time(t, field)
	case hasField:
		return p.has(t)
	default:
		if err := p.slip(t.name, name); err != nil {
			return nil, err
		}
		return p.field(t, field)
	}
}

// slip returns an error where a name is a slip of a field's.
func (p *parser) slip(at piece, name string) *Error {
	near := meant(name)
	if near == "" {
		return nil
	}
	return p.fail(at.start, at.end, near, "field %q is unknown; did you mean %s? (an attr of that name is %s)",
		name, near, nameText(attrsField+"."+name))
}

// looked returns the expression of a term without a field.
func (p *parser) looked(t token) (Expr, *Error) {
	if raw := p.text[t.start:t.end]; raw == "-" {
		return nil, p.fail(t.start, t.end, quoted(raw), `a minus stands directly before what is not to be found; write "-" to look for one`)
	}
	return p.search(t, "", false)
}

// search returns the expression that looks for a term's value in a field.
func (p *parser) search(t token, field string, whole bool) (Expr, *Error) {
	v := t.value
	switch raw := p.text[v.start:v.end]; {
	case v.kind == barePiece && startsWithAny(raw, strangeQuotes):
		return nil, p.strangelyQuoted(v)
	case v.kind == regexpPiece:
		if err := p.checkRegexp(v); err != nil {
			return nil, err
		}
	case !whole && !v.pattern.wild() && v.pattern.Parts[0] == "":
		fix := ""
		if field != "" {
			fix = fmt.Sprintf(`; write %s="" for an empty value, or has:%s for any`, nameText(field), nameText(field))
		}
		return nil, p.fail(v.start, v.end, "", "an empty text is in every text%s", fix)
	}
	return Text{field, whole, v.pattern}, nil
}

func startsWithAny(s, chars string) bool {
	first, size := utf8.DecodeRuneInString(s)
	return size > 0 && strings.ContainsRune(chars, first)
}

// strangelyQuoted returns the error for a text in quotes that are none here.
func (p *parser) strangelyQuoted(v piece) *Error {
	_, size := utf8.DecodeRuneInString(p.text[v.start:])
	inner := p.text[v.start+size:]
	if i := strings.IndexAny(inner, strangeQuotes); i > 0 {
		_, last := utf8.DecodeRuneInString(inner[i:])
		right := quoted(inner[:i])
		return p.fail(v.start, v.start+size+i+last, right, "a phrase stands in straight double quotes: %s", right)
	}
	raw := p.text[v.start:v.end]
	return p.fail(v.start, v.end, quoted(raw), "a phrase stands in straight double quotes; write %s to look for this text", quoted(raw))
}

func (p *parser) checkRegexp(v piece) *Error {
	start, end := v.start+1, v.end-1
	if v.pattern.IgnoreCase {
		end--
	}
	size, err := regexpSize(v.pattern.Regexp, v.pattern.IgnoreCase)
	if err != nil {
		at, width, problem := regexpProblem(v.pattern.Regexp, err)
		if strings.Contains(p.text[start:end], `\/`) {
			at, width = 0, end-start // places have moved
		}
		return p.fail(start+at, start+at+width, "", "%s", problem)
	}
	if p.regexp += size; p.regexp > MaxRegexp {
		return p.fail(start, end, "", "the regular expressions are too large: %d instructions, want at most %d", p.regexp, MaxRegexp)
	}
	return nil
}

var orders = []string{"<", "<=", ">", ">="}

func isOrder(op string) bool { return slices.Contains(orders, op) }
