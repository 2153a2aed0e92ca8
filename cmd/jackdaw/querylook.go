package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// lookFlags say which records query and tail show, and how.
type lookFlags struct {
	level         levelValue
	output, color choice
	fields        []string
	utc           bool
	tz            string
	sources, raw  bool

	zone     *time.Location
	explicit bool // the zone was asked for
	now      time.Time
}

func (l *lookFlags) addLevel(f *pflag.FlagSet) {
	l.level.level = record.LevelAll
	f.VarP(&l.level, "level", "l", "show `LEVEL` and above")
	f.Lookup("level").DefValue = ""
}

func (l *lookFlags) addForm(cmd *cobra.Command, words ...string) {
	l.output.words = words
	l.color = choice{word: "auto", words: []string{"auto", "always", "never"}}
	f := cmd.Flags()
	f.VarP(&l.output, "output", "o", "form of the records (pretty on a terminal, else text: one line\neach)")
	f.Var(&l.color, "color", "colours (auto: on a terminal, where NO_COLOR and TERM=dumb do not\nforbid them)")
	f.StringSliceVar(&l.fields, "fields", nil, "show `NAME,…` alone: time, level, host, pid, attrs …")
	f.BoolVar(&l.sources, "sources", false, "show which process each record is from, in a colour of its own")
	f.BoolVar(&l.utc, "utc", false, "show and read times in UTC, not in the local zone")
	f.StringVar(&l.tz, "tz", "", "show and read times in the `ZONE`, such as Europe/Berlin")
	f.BoolVar(&l.raw, "raw", false, "show messages with their control characters: they act on the terminal")
	inGroup(cmd, "Show", "output", "color", "fields", "sources", "utc", "tz", "raw")
}

// prepare checks the flags.
func (l *lookFlags) prepare() error {
	l.zone, l.explicit = time.Local, l.utc || l.tz != ""
	switch {
	case l.utc && l.tz != "":
		return usagef("--utc and --tz name two zones")
	case l.utc:
		l.zone = time.UTC
	case l.tz != "":
		zone, err := time.LoadLocation(l.tz)
		if err != nil {
			return usagef("--tz %s: it is no time zone that this machine knows; write for example Europe/Berlin", l.tz)
		}
		l.zone = zone
	}
	l.now = time.Now().In(l.zone)
	return nil
}

// parse reads a filter, whose words may be several arguments.
func (l *lookFlags) parse(args []string) (*filter.Filter, error) {
	text := strings.TrimSpace(strings.Join(args, " "))
	if text == "" {
		return nil, nil
	}
	f, err := filter.Parse(text, l.now)
	if e, ok := errors.AsType[*filter.Error](err); ok {
		return nil, usagef("the filter is wrong\n%s", picture(e))
	}
	return f, err
}

// picture shows what is wrong with a filter, where, and the filter that would be right, if that is certain.
func picture(e *filter.Error) string {
	text := strings.TrimRight(e.Picture(), "\n")
	if e.Fix == "" {
		return text
	}
	runes := []rune(e.Text)
	at := min(max(e.Column-1, 0), len(runes))
	fixed := string(runes[:at]) + e.Fix + string(runes[min(at+e.Width, len(runes)):])
	if _, err := filter.Parse(fixed, time.Now()); err != nil {
		return text
	}
	return text + "\ntry: " + printable(fixed)
}

// above returns the filter that also wants a level.
func above(f *filter.Filter, level levelValue) (*filter.Filter, error) {
	if level.level == record.LevelAll {
		return f, nil
	}
	atLeast, err := filter.New(filter.Level{Min: level.level, Max: filter.MaxLevel})
	if err != nil {
		return nil, err
	}
	if f == nil {
		return atLeast, nil
	}
	return filter.All(f, atLeast)
}

// moments reads --since and --until.
func (l *lookFlags) moments(since, until string) (from, to time.Time, err error) {
	if since != "" {
		if from, _, err = filter.ParseTime(since, l.now); err != nil {
			return from, to, usagef("--since: %v", err)
		}
	}
	if until != "" {
		if _, to, err = filter.ParseTime(until, l.now); err != nil {
			return from, to, usagef("--until: %v", err)
		}
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, usagef("--since %s is not before --until %s", since, until)
	}
	return from, to, nil
}

// form returns the word for the form of the output.
func (l *lookFlags) form(w io.Writer) string {
	switch {
	case l.output.word != "":
		return l.output.word
	case terminal.Is(w), l.color.word == "always":
		return "pretty"
	}
	return "text"
}

// pretty returns the form of records for people who look at w.
func (l *lookFlags) pretty(p *program, w io.Writer, highlight *filter.Filter) format.Format {
	return format.NewPretty(format.PrettyOptions{
		Color: terminal.Colored(l.color.word, terminal.Is(w), p.getenv), Zone: l.zone, Highlight: highlight,
		Origins: true, Names: l.sources, Raw: l.raw,
	})
}

// appendWithID appends the JSON form of a record, its id before all, and whether it is there as a neighbour only.
func appendWithID(dst []byte, e *record.Encoder, r *record.Record, neighbour bool) []byte {
	dst = append(dst, '{')
	if !r.ID.IsZero() {
		dst = fmt.Appendf(dst, `"id":"%s",`, r.ID)
	}
	if neighbour {
		dst = append(dst, `"context":true,`...)
	}
	at := len(dst)
	dst = e.AppendJSON(dst, r)
	return append(dst[:at], dst[at+1:]...) // a record has a level at least, so there is no comma too many
}

// checkFields finds slips among the names, which the filter language knows.
func (l *lookFlags) checkFields() error {
	for _, name := range l.fields {
		if name == "" {
			return usagef("--fields: a name is empty")
		}
		e, ok := errors.AsType[*filter.Error](func() error { _, err := filter.Parse("has:"+name, l.now); return err }())
		if ok && e.Fix != "" && name != "since" && name != "until" && name != "id" {
			return usagef("--fields %s: %s", name, e.Problem)
		}
	}
	return nil
}
