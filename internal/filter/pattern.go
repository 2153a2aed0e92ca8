package filter

import (
	"strings"
)

// Pattern is what a text is held against: a text with or without wildcards, or a regular expression.
type Pattern struct {
	// Parts are the texts between the wildcards, in order: one for a plain text, "a" and "" for a*.
	// Case is no difference. White space in the parts goes with a plain text only.
	Parts []string
	// Regexp is a regular expression of Go's syntax, in place of Parts.
	Regexp string
	// IgnoreCase makes the regular expression ignore case.
	IgnoreCase bool
}

// Plain returns the Pattern that is a text without wildcards.
func Plain(text string) Pattern { return Pattern{Parts: []string{text}} }

// normal returns the pattern without wildcards beside each other, and with the slashes in a regular
// expression as they are.
func (p Pattern) normal() Pattern {
	if p.Regexp != "" {
		return Pattern{Regexp: unescapeSlashes(p.Regexp), IgnoreCase: p.IgnoreCase}
	}
	parts := make([]string, 0, len(p.Parts))
	for i, part := range p.Parts {
		if part != "" || i == 0 || i == len(p.Parts)-1 {
			parts = append(parts, part)
		}
	}
	return Pattern{Parts: parts}
}

// wild reports whether there is a wildcard in it, anything whether there is nothing else.
func (p *Pattern) wild() bool { return len(p.Parts) > 1 }

func (p *Pattern) anything() bool {
	return len(p.Parts) == 2 && p.Parts[0] == "" && p.Parts[1] == ""
}

// unescapeSlashes takes the backslash from before slashes.
func unescapeSlashes(re string) string {
	if !strings.Contains(re, `\/`) {
		return re
	}
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] == '\\' && i+1 < len(re) {
			if i++; re[i] != '/' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(re[i])
	}
	return b.String()
}
