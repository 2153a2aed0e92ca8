package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is what the text of a filter consists of.
type token struct {
	kind       tokenKind
	start, end int
	// Of a term: the name of a field and an operator, empty where there are none, and what is looked
	// for.
	name  piece
	op    string
	value piece
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	openToken
	closeToken
	minusToken
	termToken
)

// piece is a name or a value.
type piece struct {
	kind       pieceKind
	start, end int // with quotes, slashes and escapes
	pattern    Pattern
}

type pieceKind uint8

const (
	barePiece pieceKind = iota
	quotedPiece
	regexpPiece
)

// scanner takes a text apart.
type scanner struct {
	text string
	at   int // the byte to be read next
}

// fail returns an error about text[start:end].
func (s *scanner) fail(start, end int, fix, problem string, args ...any) *Error {
	return &Error{
		Text:   s.text,
		Column: utf8.RuneCountInString(s.text[:start]) + 1, Width: utf8.RuneCountInString(s.text[start:end]),
		Problem: fmt.Sprintf(problem, args...), Fix: fix,
	}
}

// next returns the next token. Where its text is wrong, the token is what is there all the same, up to
// the place where reading can go on, and err says what is wrong.
func (s *scanner) next() (t token, err *Error) {
	s.at += len(s.text[s.at:]) - len(strings.TrimLeftFunc(s.text[s.at:], unicode.IsSpace))
	t.start = s.at
	switch c := s.peek(); {
	case s.at == len(s.text):
		t.kind = endToken
	case c == '(':
		t.kind = openToken
		s.at++
	case c == ')':
		t.kind = closeToken
		s.at++
	case c == '-' && !s.ends(s.at+1):
		t.kind = minusToken
		s.at++
	default:
		t.kind = termToken
		err = s.term(&t)
	}
	t.end = s.at
	return t, err
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// ends reports whether a term that goes up to i ends there.
func (s *scanner) ends(i int) bool {
	if i >= len(s.text) || s.text[i] == ')' {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return unicode.IsSpace(r)
}

func (s *scanner) term(t *token) *Error {
	first, err := s.piece(true)
	t.value = first
	if err != nil {
		return err
	}
	if first.kind != regexpPiece {
		t.op = s.operator(first)
	}
	if t.op == "" {
		return s.ended(t)
	}
	t.name = first
	if first.start == first.end {
		opEnd := s.at
		s.skipWord()
		whole := s.text[t.start:s.at]
		return s.fail(t.start, opEnd, "", "nothing stands before %s; write for example status%s500, or %s to look for this text",
			t.op, t.op, quoted(whole))
	}
	if s.ends(s.at) {
		t.value = piece{start: s.at, end: s.at, pattern: Plain("")}
		return s.noValue(t)
	}
	if s.peek() == '(' {
		t.value = piece{start: s.at, end: s.at, pattern: Plain("")}
		name := s.text[t.name.start:t.name.end]
		return s.fail(s.at, s.at+1, "", "a value cannot be a group; write for example (%s%sa OR %s%sb)", name, t.op, name, t.op)
	}
	if t.value, err = s.piece(false); err != nil {
		return err
	}
	return s.ended(t)
}

// noValue returns the error for a name and an operator with nothing behind them.
func (s *scanner) noValue(t *token) *Error {
	term := s.text[t.start:s.at]
	rest := strings.TrimLeftFunc(s.text[s.at:], unicode.IsSpace)
	after := scanner{text: rest}
	if next, err := after.next(); err == nil && next.kind == termToken && next.op == "" && rest != s.text[s.at:] {
		word := rest[next.start:next.end]
		return s.fail(t.start, len(s.text)-len(rest)+next.end, term+word,
			"no space stands after %s; write %s%s, or %s to look for this text", t.op, term, word, quoted(term))
	}
	return s.fail(s.at, s.at, "", "nothing stands after %s; write for example %s5, or %s to look for this text", term, term, quoted(term))
}

// ended returns an error where a term does not end at the next byte.
func (s *scanner) ended(t *token) *Error {
	if s.ends(s.at) {
		return nil
	}
	at := s.at
	s.skipWord()
	switch whole := s.text[t.start:s.at]; {
	case t.value.kind == quotedPiece:
		return s.fail(at, at+1, "", "a space is missing after the quote")
	case s.text[at] == '"':
		return s.fail(at, at+1, `\"`, `a quote within a word; put a backslash before it to look for it, or a space before it to begin a phrase`)
	default: // a bare piece ends at these two and at a parenthesis
		return s.fail(at, at+1, "", "a parenthesis within a word; write %s to look for this text, or put a space before it to begin a group", quoted(whole))
	}
}

// skipWord goes on to the next white space.
func (s *scanner) skipWord() { s.at += spaceIndex(s.text[s.at:]) }

// operator reads an operator, if one comes after a name.
func (s *scanner) operator(name piece) string {
	if name.kind == barePiece && name.start < name.end && !bareName(s.text[name.start:name.end]) {
		return ""
	}
	for _, op := range []string{":>=", ":<=", ":>", ":<", ":!=", ":=", ":", "!=", "==", "=", "<=", "<", ">=", ">"} {
		if strings.HasPrefix(s.text[s.at:], op) {
			s.at += len(op)
			switch op {
			case ":=", "==":
				return "="
			case ":":
				return ":"
			}
			return strings.TrimPrefix(op, ":")
		}
	}
	return ""
}

// piece reads a name or a value. One that may be a name ends at an operator.
func (s *scanner) piece(mayBeName bool) (piece, *Error) {
	p := piece{start: s.at}
	switch n := regexpLen(s.text[s.at:]); {
	case n > 0:
		p.kind = regexpPiece
		re := s.text[s.at : s.at+n]
		re, p.pattern.IgnoreCase = strings.CutSuffix(re, "i")
		p.pattern.Regexp = unescapeSlashes(re[1 : len(re)-1])
		s.at += n
	case s.peek() == '"':
		p.kind = quotedPiece
		return s.quoted(p)
	default:
		s.bare(&p, mayBeName)
	}
	p.end = s.at
	return p, nil
}

// regexpLen returns how long the regular expression is that s begins with: what stands between two
// slashes, without another one, up to the end of a word. It is 0 where s begins otherwise.
func regexpLen(s string) int {
	if !strings.HasPrefix(s, "/") {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			end := i + 1
			if strings.HasPrefix(s[end:], "i") {
				end++
			}
			if i == 1 || !(&scanner{text: s}).ends(end) {
				return 0
			}
			return end
		}
	}
	return 0
}

func (s *scanner) quoted(p piece) (piece, *Error) {
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		if c == '\\' && s.at+1 < len(s.text) && (s.text[s.at+1] == '"' || s.text[s.at+1] == '\\') {
			s.at++
			c = s.text[s.at]
		} else if c == '"' {
			s.at++
			p.end, p.pattern = s.at, Plain(b.String())
			return p, nil
		}
		b.WriteByte(c)
	}
	p.end, p.pattern = s.at, Plain(b.String())
	return p, s.fail(p.start, p.start+1, "", `this quote has no end; put another " where the phrase ends, or \" here to look for a quote`)
}

// bare reads up to white space, a quote or a parenthesis. A star is a wildcard, and a backslash before
// a sign takes its meaning away.
func (s *scanner) bare(p *piece, mayBeName bool) {
	var parts []string
	var b strings.Builder
	for s.at < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if unicode.IsSpace(r) || strings.ContainsRune(`"()`, r) {
			break
		}
		if mayBeName && s.operatorAt() && (s.at == p.start || bareName(s.text[p.start:s.at])) {
			break
		}
		s.at += size
		switch r {
		case '*':
			parts = append(parts, b.String())
			b.Reset()
			continue
		case '\\':
			if sign, size := utf8.DecodeRuneInString(s.text[s.at:]); size > 0 && classOf(sign) == apart && !unicode.IsSpace(sign) {
				s.at += size
				r = sign
			}
		}
		b.WriteRune(r)
	}
	p.pattern = Pattern{Parts: append(parts, b.String())}.normal()
}

// operatorAt reports whether an operator comes next.
func (s *scanner) operatorAt() bool {
	c := s.peek()
	return strings.IndexByte(operators, c) >= 0 || c == '!' && strings.HasPrefix(s.text[s.at:], "!=")
}
