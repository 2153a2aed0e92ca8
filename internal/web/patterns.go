package web

import (
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// patternRecords and patternTime bound how many records, from the newest on, are looked at for patterns, and for how
	// long.
	patternRecords = 100_000
	patternTime    = 3 * time.Second

	defaultPatterns = 100
	maxPatterns     = 1000
)

// listedPatterns are what records say, apart from what varies.
type listedPatterns struct {
	// Looked is how many records were looked at, from the newest on; Complete says that there were no more.
	Looked   int  `json:"looked"`
	Complete bool `json:"complete"`
	// Oldest is the time of the oldest of them, null where there is none or none is known.
	Oldest   *time.Time      `json:"oldest"`
	Patterns []listedPattern `json:"patterns"`
	// Others are those that are not listed.
	Others otherPatterns `json:"others"`
}

type otherPatterns struct {
	Patterns int `json:"patterns"`
	Records  int `json:"records"`
}

type listedPattern struct {
	// Template is the first line of the messages, with a star for each thing that varies.
	Template string     `json:"template"`
	Logger   string     `json:"logger"`
	Level    string     `json:"level"`
	File     string     `json:"file,omitempty"`
	Line     int        `json:"line,omitempty"`
	Records  int        `json:"records"`
	First    *time.Time `json:"first"`
	Last     *time.Time `json:"last"`
	// ID is of the newest record.
	ID string `json:"id"`
	// Filter means records of this pattern; empty where that cannot be said in a filter.
	Filter string `json:"filter"`
}

// patterns answers with the patterns of the newest records.
func (c *call) patterns() error {
	q := store.PageQuery{}
	var err error
	if q.Query, err = c.query(); err != nil {
		return err
	}
	most, err := c.number("limit", defaultPatterns, 1, maxPatterns)
	if err != nil {
		return err
	}
	p, a := newGrouping(), listedPatterns{}
	var unreadable uint64
	e, size := new(record.Encoder), 0
	var one []byte
	for began := time.Now(); a.Looked < patternRecords && time.Since(began) < patternTime; {
		q.Limit = min(patternRecords-a.Looked, atOnce(size, a.Looked))
		page, err := c.h.o.Store.Page(c.ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Records {
			p.add(&page.Records[i])
			one = e.AppendJSON(one[:0], &page.Records[i])
			size += len(one)
		}
		if n := len(page.Records); n > 0 {
			a.Oldest = orNull(moment(&page.Records[n-1]))
		}
		a.Looked += len(page.Records)
		unreadable += page.Unreadable
		if q.After = page.Next; q.After == nil {
			a.Complete = true
			break
		}
	}
	a.Patterns = []listedPattern{}
	all := p.ordered()
	for i, g := range all {
		if i < most {
			a.Patterns = append(a.Patterns, g.listed())
		} else {
			a.Others.Patterns++
			a.Others.Records += g.records
		}
	}
	a.Others.Records += p.beyond
	c.end(object(a), unreadable)
	return nil
}

// listed returns the form of a pattern in an answer.
func (p *pattern) listed() listedPattern {
	return listedPattern{
		Template: p.String(), Logger: p.at.logger, Level: record.LevelName(p.at.level), File: p.at.file, Line: p.at.line,
		Records: p.records, First: orNull(p.oldest), Last: orNull(p.newest), ID: p.id.String(), Filter: p.filter(),
	}
}

// orNull returns a time, nil where it is not known.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// filter returns the filter of the pattern's records, empty where that would be too large a one.
func (p *pattern) filter() string {
	all := filter.And{
		filter.Level{Min: p.at.level, Max: p.at.level},
		filter.Text{Field: "logger", Whole: true, Pattern: filter.Plain(p.at.logger)},
		nil,
	}
	if p.at.logger == "" {
		all[1] = filter.Not{X: filter.Present{Field: "logger"}}
	}
	for words := len(p.words); words > 0; words /= 2 { // the first words tell patterns apart well enough
		all[2] = p.message(words)
		f, err := filter.New(all)
		if err != nil {
			continue
		}
		text := "(" + f.String() + ")"
		if _, err := filter.Parse(text, time.Time{}); err == nil { // not all that a record may hold can be written
			return text
		}
	}
	return ""
}
