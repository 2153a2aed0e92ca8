package filter

import (
	"log/slog"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
)

// Need is a condition that every record meets that matches a filter, so that who searches many
// records can leave out most of them without a look: [NeedAll], [NeedAny], [NeedTerm], [NeedAttr],
// [NeedLevel], [NeedLogger] or [NeedTime]. It holds for a set of records too, in which each part may be
// met by another one. A part that the searcher has no index for is to be taken as met.
type Need interface{ need() }

// NeedAll is met where all of its parts are; an empty one always.
type NeedAll []Need

// NeedAny is met where one of its parts is; an empty one never.
type NeedAny []Need

// NeedTerm is met by a record that [Index] tells the term of, or, if Prefix is true, one that begins with it.
type NeedTerm struct {
	Term   string
	Prefix bool
}

// NeedAttr is met by a record that [Index] tells the value under the name of.
type NeedAttr struct{ Name, Value string }

// NeedLevel is met by the levels from Min to Max; [MinLevel] and [MaxLevel] are no bounds.
type NeedLevel struct{ Min, Max slog.Level }

// NeedLogger is met by the logger whose name, as [Fold] returns it, is Name, or, if Below is true,
// begins with Name and a dot.
type NeedLogger struct {
	Name  string
	Below bool
}

// NeedTime is met by a time at or after From and before To. A zero time is no bound. A record whose
// time is not known does not meet it.
type NeedTime struct {
	Received bool // the time is the one the record was received at
	From, To time.Time
}

func (NeedAll) need()    {}
func (NeedAny) need()    {}
func (NeedTerm) need()   {}
func (NeedAttr) need()   {}
func (NeedLevel) need()  {}
func (NeedLogger) need() {}
func (NeedTime) need()   {}

// Fold returns s with characters that differ by case alone made one, as terms and names in a [Need]
// are.
func Fold(s string) string { return folded(s) }

// Need returns what a record has to meet to match.
func (f *Filter) Need() Need { return needOf(f.Expr(), false) }

// needOf returns what is needed for e to match, or, if not is true, for it not to match.
func needOf(e Expr, not bool) Need {
	switch e := e.(type) {
	case And:
		return needMembers(e, not, not)
	case Or:
		return needMembers(e, not, !not)
	case Not:
		return needOf(e.X, !not)
	case Level:
		if not {
			return needOutside(e)
		}
		return NeedLevel(e)
	case Time:
		switch {
		case not: // a time that is not known matches then
		case e.Before:
			return NeedTime{Received: e.Received, To: e.At}
		default:
			return NeedTime{Received: e.Received, From: e.At}
		}
	case Text:
		if !not {
			return needText(e)
		}
	}
	return NeedAll{}
}

func needMembers(members []Expr, not, or bool) Need {
	needs := make([]Need, 0, len(members))
	for _, m := range members {
		needs = append(needs, needOf(m, not))
	}
	if or {
		return needAny(needs...)
	}
	return needAll(needs...)
}

// needAll joins needs, without repetition.
func needAll(needs ...Need) Need {
	var all NeedAll
	for _, n := range needs {
		switch n := n.(type) {
		case NeedAll:
			all = append(all, n...)
			continue
		case NeedAny:
			if len(n) == 0 {
				return n
			}
		}
		all = append(all, n)
	}
	return simple(all, func(needs []Need) Need { return NeedAll(needs) })
}

// needAny joins needs; what is always met makes the whole so.
func needAny(needs ...Need) Need {
	var choice NeedAny
	for _, n := range needs {
		switch n := n.(type) {
		case NeedAny:
			choice = append(choice, n...)
			continue
		case NeedAll:
			if len(n) == 0 {
				return n
			}
		}
		choice = append(choice, n)
	}
	return simple(choice, func(needs []Need) Need { return NeedAny(needs) })
}

// simple takes out leaves that are there already, and returns a single one by itself.
func simple(needs []Need, join func([]Need) Need) Need {
	kept := make([]Need, 0, len(needs))
	for _, n := range needs {
		if !slices.ContainsFunc(kept, func(k Need) bool { return equalLeaves(k, n) }) {
			kept = append(kept, n)
		}
	}
	if len(kept) == 1 {
		return kept[0]
	}
	return join(kept)
}

func equalLeaves(a, b Need) bool {
	switch a.(type) {
	case NeedAll, NeedAny:
		return false
	}
	switch b.(type) {
	case NeedAll, NeedAny:
		return false
	}
	return a == b
}

func needOutside(e Level) Need {
	var needs []Need
	if e.Min != MinLevel {
		needs = append(needs, NeedLevel{MinLevel, e.Min - 1})
	}
	if e.Max != MaxLevel {
		needs = append(needs, NeedLevel{e.Max + 1, MaxLevel})
	}
	return needAny(needs...)
}

func needText(e Text) Need {
	if e.Field == loggerField {
		return needLogger(e)
	}
	terms := needTerms(e.Pattern)
	own, isOwn := ownFieldOf(e.Field)
	if isOwn && !own.searched {
		terms = NeedAll{}
	}
	if !e.Whole || e.Pattern.wild() || e.Field == attrsField || own.searched {
		return terms
	}
	values := []string{e.Pattern.Parts[0]}
	if n, ok := parseNumber(values[0]); ok {
		values = append(values, n.forms()...)
	}
	names := []string{Fold(strings.TrimPrefix(e.Field, attrsField+"."))}
	if isOwn {
		names = append(names, own.path)
	}
	var choice []Need
	for _, value := range values {
		for _, name := range names {
			n := NeedAttr{name, Fold(value)}
			if !n.indexed() {
				return terms
			}
			choice = append(choice, n)
		}
	}
	return needAll(terms, needAny(choice...))
}

// indexed reports whether an Index tells such a value at all.
func (n NeedAttr) indexed() bool { return len(n.Name) <= MaxName && len(n.Value) <= MaxTerm }

// needLogger narrows by the part of a logger's name before the first wildcard.
func needLogger(e Text) Need {
	if e.Pattern.Regexp != "" {
		return NeedAll{}
	}
	name := Fold(e.Pattern.Parts[0])
	if !e.Pattern.wild() {
		return NeedLogger{Name: name, Below: !e.Whole}
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return NeedLogger{Name: name[:i], Below: true}
	}
	return NeedAll{}
}

// needTerms returns the terms without which no text matches the pattern.
func needTerms(p Pattern) Need {
	if p.Regexp != "" {
		flags := syntax.Perl
		if p.IgnoreCase {
			flags |= syntax.FoldCase
		}
		re, err := syntax.Parse(p.Regexp, flags)
		if err != nil {
			return NeedAll{}
		}
		return needAll(regexpTerms(re)...)
	}
	var needs []Need
	for i, part := range p.Parts {
		needs = appendTerms(needs, part, edges{left: i == 0, right: i == len(p.Parts)-1})
	}
	need := needAll(needs...)
	if n, ok := parseNumber(p.Parts[0]); ok && !p.wild() {
		choice := []Need{need}
		for _, form := range n.forms() {
			choice = append(choice, needAll(appendTerms(nil, form, edges{true, true})...))
		}
		need = needAny(fewest(choice)...)
	}
	return need
}

// fewest leaves out of alternatives those that need all that another one needs, and more.
func fewest(choice []Need) (kept []Need) {
	for i, a := range choice {
		needless := false
		for j, b := range choice {
			wider := contains(a, b)
			needless = needless || i != j && wider && (!contains(b, a) || j < i)
		}
		if !needless {
			kept = append(kept, a)
		}
	}
	return kept
}

// contains reports whether a needs all that b needs.
func contains(a, b Need) bool {
	has := func(n Need) bool {
		if all, ok := a.(NeedAll); ok {
			return slices.Contains(all, n)
		}
		return a == n
	}
	if all, ok := b.(NeedAll); ok {
		return !slices.ContainsFunc(all, func(n Need) bool { return !has(n) })
	}
	return has(b)
}

// appendTerms appends the terms of a text that is found in another one: those at its ends are whole
// terms there only if the edges say so.
func appendTerms(needs []Need, text string, e edges) []Need {
	for i := 0; ; {
		start, end := nextTerm(text, i)
		if start == end {
			return needs
		}
		i = end
		term := NeedTerm{Term: string(appendTerm(nil, text[start:end]))}
		if joinedAt(text, start) {
			if start == 0 && !e.left {
				continue // the end of a term
			}
			term.Prefix = end == len(text) && !e.right
		}
		needs = append(needs, term)
	}
}
