package web

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
)

const (
	// completeTime is how long the store is asked while somebody types.
	completeTime = time.Second
	// maxItems bounds what is offered to somebody who types, of the words of the language and of values each.
	maxItems = 20
)

// valued are the values of a field.
type valued struct {
	Values   []value `json:"values"`
	Complete bool    `json:"complete"`
}

type value struct {
	Value   string `json:"value"`
	Records uint64 `json:"records"`
}

// values answers with the values of a field or an attr, or the names of attrs.
func (c *call) values() error {
	q := store.ValuesQuery{Name: c.params.Get("name"), Prefix: c.params.Get("prefix")}
	if len(q.Name) > filter.MaxName {
		return badf("name: got %d bytes, want at most %d", len(q.Name), filter.MaxName)
	}
	var err error
	if q.Query, err = c.query(); err != nil {
		return err
	}
	if q.Limit, err = c.number("limit", maxItems, 1, store.MaxValues); err != nil {
		return err
	}
	v, err := c.h.o.Store.Values(c.ctx, q)
	if err != nil {
		return err
	}
	a := valued{Values: make([]value, len(v.Values)), Complete: v.Complete}
	for i, f := range v.Values {
		a.Values[i] = value{f.Text, f.Records}
	}
	c.end(object(a), 0)
	return nil
}

// completed is what the text of a filter could go on with.
type completed struct {
	// From and To are the characters that are to be replaced by what is chosen.
	From  int    `json:"from"`
	To    int    `json:"to"`
	Items []item `json:"items"`
}

type item struct {
	Text string `json:"text"`
	// Kind is name, value, logger, level, time or word.
	Kind string `json:"kind"`
	// Records is how many of those that were looked at have it, 0 where that does not apply.
	Records uint64 `json:"records,omitempty"`
}

// complete answers with what the text of a filter could go on with.
func (c *call) complete() error {
	text := c.params.Get("q")
	characters := utf8.RuneCountInString(text)
	at, err := c.number("at", characters, 0, characters)
	if err != nil {
		return err
	}
	e := filter.Complete(text, bytesOf(text, at))
	a := completed{From: utf8.RuneCountInString(text[:e.Start]), To: utf8.RuneCountInString(text[:e.End]), Items: []item{}}
	for _, w := range e.Words[:min(len(e.Words), 2*maxItems)] {
		a.Items = append(a.Items, item{Text: w, Kind: kindOf(e.Kind, w)})
	}
	if c.h.o.Store != nil {
		a.Items = append(a.Items, c.found(e)...)
	}
	c.answer(http.StatusOK, a)
	return nil
}

// bytesOf returns how many bytes the first n characters have.
func bytesOf(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// kindOf returns the kind of a word of the language.
func kindOf(k filter.Kind, word string) string {
	switch {
	case k == filter.LevelExpected:
		return "level"
	case k == filter.TimeExpected:
		return "time"
	case k == filter.NameExpected, strings.HasSuffix(word, ":"):
		return "name"
	}
	return "word"
}

// found returns what the store has that could come next. Where it does not answer soon, or has too much to do, that is
// nothing: somebody types, and will ask again.
func (c *call) found(e filter.Completion) []item {
	q := store.ValuesQuery{Prefix: e.Typed, Limit: maxItems}
	kind := "value"
	switch e.Kind {
	case filter.TermExpected, filter.NameExpected:
		kind = "name"
	case filter.LoggerExpected:
		kind, q.Name = "logger", "logger"
	case filter.ValueExpected:
		q.Name = e.Name
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(c.ctx, completeTime)
	defer cancel()
	own := *c
	own.ctx = ctx
	if own.admitted() != nil {
		return nil
	}
	defer own.leave()
	v, err := c.h.o.Store.Values(own.ctx, q)
	if err != nil {
		return nil
	}
	var items []item
	for _, f := range v.Values {
		items = append(items, item{Text: written(e.Kind, f.Text), Kind: kind, Records: f.Records})
	}
	return items
}

// written returns a value as it is written in a filter.
func written(k filter.Kind, text string) string {
	switch k {
	case filter.TermExpected:
		return strings.TrimSuffix(filter.Text{Field: text, Pattern: filter.Plain("x")}.String(), "x")
	case filter.NameExpected:
		return strings.TrimSuffix(filter.Text{Field: text, Pattern: filter.Plain("x")}.String(), ":x")
	}
	return strings.TrimPrefix(filter.Text{Field: "a", Pattern: filter.Plain(text)}.String(), "a:")
}

// checked is a filter that is right.
type checked struct {
	OK bool `json:"ok"`
	// Canonical is the filter in its canonical form, in which times are absolute.
	Canonical string `json:"canonical"`
	// Texts are what it looks for in records, to be marked where they are shown.
	Texts []soughtText `json:"texts"`
}

// soughtText is a word, a phrase or a regular expression.
type soughtText struct {
	// Name is where it is looked for; empty for all that a record says.
	Name string `json:"name,omitempty"`
	// Parts are the texts between its wildcards, one where it has none. A regular expression has none.
	Parts      []string `json:"parts,omitempty"`
	Regexp     string   `json:"regexp,omitempty"`
	IgnoreCase bool     `json:"ignore_case,omitempty"`
}

// check answers whether a filter is right.
func (c *call) check() error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, checked{true, f.String(), texts([]soughtText{}, f.Expr())})
	return nil
}

// texts appends the texts that an expression looks for. What must not be there, and what is held against a whole value,
// is not among them.
func texts(dst []soughtText, e filter.Expr) []soughtText {
	switch e := e.(type) {
	case filter.And:
		for _, x := range e {
			dst = texts(dst, x)
		}
	case filter.Or:
		for _, x := range e {
			dst = texts(dst, x)
		}
	case filter.Text:
		if !e.Whole {
			dst = append(dst, soughtText{e.Field, e.Pattern.Parts, e.Pattern.Regexp, e.Pattern.IgnoreCase})
		}
	}
	return dst
}
