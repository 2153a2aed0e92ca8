package web

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxTemplates bounds how many templates are told apart, maxJoined how many at one place of a program before others are
	// no longer held against them.
	maxTemplates = 20_000
	maxJoined    = 32
)

// grouping puts records with the same template together. At one place of a program, templates that differ in some words
// are one: those words were arguments.
type grouping struct {
	groups    map[place]*group
	templates int
	beyond    int // records whose templates are too many
}

// place is where in a program a record is from, as far as that is known.
type place struct {
	logger string
	level  slog.Level
	file   string
	line   int
}

type group struct {
	known    map[string]*pattern // by the key of each template
	patterns []*pattern
}

// pattern are the records of a place that have a template.
type pattern struct {
	template
	at             place
	records        int
	oldest, newest time.Time
	id             record.ID // of the newest
}

func newGrouping() *grouping { return &grouping{groups: map[place]*group{}} }

// add takes a record; each is older than the ones before.
func (p *grouping) add(r *record.Record) {
	at := place{r.Logger, r.Level, r.Source.File, r.Source.Line}
	g := p.groups[at]
	if g == nil {
		g = &group{known: map[string]*pattern{}}
	}
	t := templateOf(r.Message)
	key := t.key()
	found := g.known[key]
	if found == nil {
		if p.templates >= maxTemplates {
			p.beyond++
			return
		}
		p.templates++
		at.logger, at.file = strings.Clone(at.logger), strings.Clone(at.file) // nothing holds on to records
		p.groups[at] = g
		found = g.find(t.clone(), &at, r)
		g.known[strings.Clone(key)] = found
	}
	found.records++
	found.oldest = moment(r)
}

// find returns the pattern that a template belongs to.
func (g *group) find(t template, at *place, r *record.Record) *pattern {
	if at.line > 0 {
		for _, p := range g.patterns[:min(len(g.patterns), maxJoined)] {
			if p.joins(&t) {
				p.join(&t)
				return p
			}
		}
	}
	p := &pattern{template: t, at: *at, newest: moment(r), id: r.ID}
	g.patterns = append(g.patterns, p)
	return p
}

// moment returns when a record was logged, or else received.
func moment(r *record.Record) time.Time {
	if r.Time.IsZero() {
		return r.Received
	}
	return r.Time
}

// ordered returns the patterns from the one with the most records on.
func (p *grouping) ordered() []*pattern {
	var all []*pattern
	for _, g := range p.groups {
		all = append(all, g.patterns...)
	}
	slices.SortFunc(all, func(a, b *pattern) int {
		if a.records != b.records {
			return b.records - a.records
		}
		return b.newest.Compare(a.newest)
	})
	return all
}

// message returns what the first words of the template say of a message.
func (t *template) message(words int) filter.Expr {
	text, more := strings.Join(t.words[:words], " "), t.more || words < len(t.words)
	if !more && text == "" {
		return filter.Not{X: filter.Present{Field: "message"}}
	}
	if !more && !strings.ContainsAny(text, string([]rune{varies, variesQuoted})) {
		return filter.Text{Field: "message", Whole: true, Pattern: filter.Plain(text)}
	}
	re := "^" + strings.NewReplacer(string(varies), `[^ ]*`, string(variesQuoted), `.*`).Replace(regexp.QuoteMeta(text))
	if !more {
		re += "$"
	}
	return filter.Text{Field: "message", Pattern: filter.Pattern{Regexp: re}}
}
