package filter

import (
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/jackdaw-log/jackdaw/record"
)

// The words that stand between terms.
const (
	orWord  = "OR"
	andWord = "AND"
	notWord = "NOT"
)

// String returns the members with spaces between them, nothing for an empty And.
func (e And) String() string { return join(e, " ") }

// String returns the members with OR between them.
func (e Or) String() string { return join(e, " "+orWord+" ") }

func join(members []Expr, between string) string {
	var b strings.Builder
	for i, m := range members {
		if i > 0 {
			b.WriteString(between)
		}
		_, and := m.(And)
		switch {
		case isAll(m):
			b.WriteByte('*')
		case compound(m) && !(and && between != " "): // a b OR c is (a b) OR c
			b.WriteString("(" + m.String() + ")")
		default:
			b.WriteString(m.String())
		}
	}
	return b.String()
}

// compound reports whether e has members, and so needs parentheses in most places.
func compound(e Expr) bool {
	switch e.(type) {
	case And, Or:
		return true
	}
	return false
}

func (e Not) String() string {
	_, not := e.X.(Not)
	switch {
	case isAll(e.X):
		return "-*"
	case not || compound(e.X):
		return "-(" + e.X.String() + ")"
	}
	return "-" + e.X.String()
}

func (e Text) String() string {
	switch {
	case e.Field == "":
		return e.Pattern.text(false)
	case e.Whole:
		return nameText(e.Field) + "=" + e.Pattern.text(true)
	}
	return nameText(e.Field) + ":" + e.Pattern.text(true)
}

func (e Compare) String() string {
	p := Plain(e.Value)
	return nameText(e.Field) + string(e.Op) + p.text(true)
}

func (e Present) String() string { return hasField + ":" + nameText(e.Field) }

func (e Level) String() string {
	switch {
	case e.Max == MaxLevel && isBase(e.Min-1):
		return levelField + ">" + levelText(e.Min-1)
	case e.Max == MaxLevel:
		return levelField + ">=" + levelText(e.Min)
	case e == bandOf(record.LevelDebug):
		return levelField + ":" + levelText(record.LevelDebug)
	case e.Min == MinLevel && isBase(e.Max+1):
		return levelField + "<" + levelText(e.Max+1)
	case e.Min == MinLevel:
		return levelField + "<=" + levelText(e.Max)
	case e.Min == e.Max:
		return levelField + "=" + levelText(e.Min)
	}
	return levelField + ":" + levelText(e.Min)
}

func (e Time) String() string {
	at := e.At.UTC().Format(time.RFC3339Nano)
	switch {
	case e.Received && e.Before:
		return receivedField + "<" + at
	case e.Received:
		return receivedField + ">=" + at
	case e.Before:
		return untilField + ":" + at
	}
	return sinceField + ":" + at
}

func levelText(l slog.Level) string { return strings.ToLower(record.LevelName(l)) }

// text returns the pattern as it stands by itself, or as the value behind a name.
func (p *Pattern) text(value bool) string {
	switch {
	case p.Regexp != "":
		re := "/" + escapeSlashes(p.Regexp) + "/"
		if p.IgnoreCase {
			re += "i"
		}
		return re
	case p.wild():
		return p.wildText()
	case p.Parts[0] != "" && bare(p.Parts[0], value):
		return p.Parts[0]
	}
	return quoted(p.Parts[0])
}

// operators are the characters that end a name.
const operators = ":=<>"

// bare reports whether a text is read as itself without quotes.
func bare(s string, value bool) bool {
	switch {
	case strings.ContainsAny(s, `"()*\`) || strings.ContainsFunc(s, unicode.IsSpace):
		return false
	case startsWithAny(s, operators+strangeQuotes), regexpLen(s) > 0:
		return false
	case strings.HasPrefix(s, "/") && !strings.Contains(s[1:], "/"): // with a slash of what stands behind it, it may be a regular expression
		return false
	case value:
		return !strings.HasPrefix(s, "//")
	}
	return s[0] != '-' && !strings.ContainsAny(s, operators) && !isWordBetween(s)
}

// isWordBetween reports whether a bare word is not looked for, because it is read otherwise or
// because something else was meant.
func isWordBetween(s string) bool {
	switch s {
	case orWord, andWord, notWord, "||", "&&", "|", "&":
		return true
	}
	return false
}

// strangeQuotes are what a text begins with that was quoted otherwise than is right here.
const strangeQuotes = "'`‘’“”„«»"

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// nameText returns the name of a field as it stands before an operator.
func nameText(name string) string {
	if bareName(name) {
		return name
	}
	return quoted(name)
}

// bareName reports whether a name needs no quotes: a letter or one of _ @ $, then letters, digits and
// a few signs.
func bareName(name string) bool {
	for i, r := range name {
		switch {
		case unicode.IsLetter(r), r == '_', r == '@', r == '$':
		case i > 0 && (classOf(r) != apart || r == '-' || r == '.' || r == '/'):
		default:
			return false
		}
	}
	return name != ""
}

func (p *Pattern) wildText() string {
	var b strings.Builder
	for i, part := range p.Parts {
		if i > 0 {
			b.WriteByte('*')
		}
		for _, r := range part {
			if strings.ContainsRune(`"()*\`+operators, r) ||
				b.Len() == 0 && (r == '-' || r == '/' || strings.ContainsRune(strangeQuotes, r)) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapeSlashes puts a backslash before the slashes that have none.
func escapeSlashes(re string) string {
	if !strings.Contains(re, "/") {
		return re
	}
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		switch {
		case re[i] == '/':
			b.WriteByte('\\')
		case re[i] == '\\' && i+1 < len(re):
			b.WriteByte('\\')
			i++
		}
		b.WriteByte(re[i])
	}
	return b.String()
}
