package filter

import (
	"strings"
)

// Kind says what is expected at a place in the text of a filter.
type Kind string

// The kinds.
const (
	// NothingExpected: a regular expression, a number, or what is not known.
	NothingExpected Kind = ""
	// TermExpected: a word, or the name of a field or an attr.
	TermExpected Kind = "term"
	// NameExpected: the name of a field or an attr, as behind has:
	NameExpected Kind = "name"
	// LevelExpected: the name of a level.
	LevelExpected Kind = "level"
	// LoggerExpected: the name of a logger.
	LoggerExpected Kind = "logger"
	// TimeExpected: a moment or a day.
	TimeExpected Kind = "time"
	// ValueExpected: a value of a field or an attr.
	ValueExpected Kind = "value"
)

// Completion says what is expected at a place in the text of a filter.
type Completion struct {
	Kind Kind
	// Name is the field or attr that a value is expected for.
	Name string
	// Typed is what is there already before the cursor, without quotes and escapes.
	Typed string
	// Start and End are the bytes of the text that are to be replaced by what is chosen.
	Start, End int
	// Words are the words of the language that fit here and begin with Typed: names of fields with
	// their colon, levels, times.
	Words []string
}

// Complete says what is expected at the cursor, a byte offset in the text of a filter. The text may be
// wrong elsewhere, or not finished.
func Complete(text string, cursor int) Completion {
	cursor = min(max(cursor, 0), len(text))
	if len(text) > MaxLength {
		return Completion{Start: cursor, End: cursor}
	}
	s := scanner{text: text}
	for {
		t, _ := s.next()
		switch {
		case t.kind == endToken || cursor < t.start || cursor == t.start && t.kind != termToken:
			return expect(Completion{Kind: TermExpected, Start: cursor, End: cursor})
		case cursor > t.end || cursor == t.end && t.kind != termToken:
			continue
		}
		return expect(completeTerm(text, cursor, t))
	}
}

// completeTerm completes a term that the cursor is in or directly behind.
func completeTerm(text string, cursor int, t token) Completion {
	if t.op == "" || cursor <= t.name.end {
		p := t.value
		if t.op != "" {
			p = t.name
		}
		c := Completion{Kind: TermExpected, Start: p.start, End: max(p.end, cursor), Typed: typed(text, p, cursor)}
		if p.kind == regexpPiece || strings.HasPrefix(text[p.start:], "/") {
			c.Kind = NothingExpected
		}
		return c
	}
	if cursor < t.value.start || t.name.start == t.name.end { // within the operator, or nothing before it
		return Completion{Start: cursor, End: cursor}
	}
	c := Completion{Name: t.name.pattern.Parts[0], Start: t.value.start, End: max(t.value.end, cursor), Typed: typed(text, t.value, cursor)}
	switch field := normalName(c.Name); {
	case t.value.kind == regexpPiece:
	case field == levelField:
		c.Kind = LevelExpected
	case field == loggerField && !isOrder(t.op):
		c.Kind = LoggerExpected
	case field == sinceField, field == untilField, field == timeField, field == receivedField:
		c.Kind = TimeExpected
	case field == hasField:
		c.Kind = NameExpected
	case field != loggerField:
		c.Kind, c.Name = ValueExpected, field
	}
	if c.Kind != ValueExpected {
		c.Name = ""
	}
	return c
}

// typed returns what stands in a piece before the cursor.
func typed(text string, p piece, cursor int) string {
	if p.kind == regexpPiece {
		return ""
	}
	s := scanner{text: text[:cursor], at: p.start}
	before, _ := s.piece(false)
	return strings.Join(before.pattern.Parts, "*")
}

// timeWords are times worth offering.
var timeWords = []string{"-5m", "-15m", "-1h", "-6h", "-1d", "-7d", "today", "yesterday"}

// expect adds the words that fit.
func expect(c Completion) Completion {
	var words []string
	switch c.Kind {
	case TermExpected:
		for _, f := range fieldNames {
			if f != attrsField {
				words = append(words, f+":")
			}
		}
		if c.Start > 0 {
			words = append(words, orWord)
		}
	case NameExpected:
		for _, f := range fieldNames {
			if f != sinceField && f != untilField && f != hasField && f != levelField {
				words = append(words, f)
			}
		}
	case LevelExpected:
		words = levelWords
	case TimeExpected:
		words = timeWords
	}
	for _, w := range words {
		if _, ok := cutPrefixFold(w, Fold(c.Typed)); ok {
			c.Words = append(c.Words, w)
		}
	}
	return c
}
