package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/record"
)

// explained is what becomes of the records of a logger and a level.
type explained struct {
	*config.Explanation
	// as is the logger that the records are handled as, if all are handled as one.
	as       string
	hasStore bool
}

// explain says which handlers get a record, and why.
func (p *program) explain(f *checkFlags, flags *pflag.FlagSet, c *config.Config, logger, word string) error {
	level, err := record.ParseLevel(word)
	if err != nil {
		return usagef("--explain %s %s: %v", logger, word, err)
	}
	e := explained{hasStore: f.beside.hasStore(c, flags), as: f.beside.nameOf(c, flags)}
	e.Explanation = f.beside.apply(c, flags).Explain(cmp.Or(e.as, logger), level)
	if f.json {
		return p.output(func(w io.Writer) error { return json.NewEncoder(w).Encode(e.form()) })
	}
	return p.output(e.write)
}

// write writes the explanation for a person.
func (e *explained) write(w io.Writer) error {
	if e.as != "" {
		fmt.Fprintf(w, "every record is handled as the logger %s's\n", printable(e.as))
	}
	fmt.Fprintln(w, printable(e.head()))
	width := 0
	for _, v := range e.outcomes() {
		width = max(width, len(printable(v.name)))
	}
	for _, v := range e.outcomes() {
		mark := "no "
		if v.gets {
			mark = "yes"
		}
		if _, err := fmt.Fprintf(w, "  %s  %-*s  %s\n", mark, width, printable(v.name), printable(v.why)); err != nil {
			return err
		}
	}
	return nil
}

// head says what holds at the logger.
func (e *explained) head() string {
	text := fmt.Sprintf("%s at %s: ", e.Logger, record.LevelName(e.Level))
	switch {
	case e.Below:
		return text + "nobody gets it; " + e.effective()
	case e.Kept != nil:
		return text + "nobody gets it; the filter " + e.Kept.Name + " of the logger keeps it"
	}
	return text + e.effective() + undecided(" of the logger", e.Undecided)
}

func (e *explained) effective() string {
	if e.Effective == math.MinInt {
		return "no level is set, so every record is handled"
	}
	return fmt.Sprintf("the level is %s, by %s", record.LevelName(e.Effective), e.From)
}

// undecided says which filters decide.
func undecided(whose string, filters []*config.Filter) string {
	if len(filters) == 0 {
		return ""
	}
	var names []string
	for _, f := range filters {
		names = append(names, f.Name)
	}
	what := "if the filter "
	if len(names) > 1 {
		what = "if the filters "
	}
	return "; " + what + strings.Join(names, ", ") + whose + " let it pass"
}

// outcome is what becomes of the record at one handler.
type outcome struct {
	name string
	gets bool
	why  string
}

// ways are the verdicts, one for each handler: of several ways to it the first by which it gets the record.
func (e *explained) ways() []*config.Verdict {
	var all []*config.Verdict
	for i := range e.Handlers {
		v := &e.Handlers[i]
		at := slices.IndexFunc(all, func(o *config.Verdict) bool { return o.Handler == v.Handler })
		switch {
		case at < 0:
			all = append(all, v)
		case v.Gets && !all[at].Gets:
			all[at] = v
		}
	}
	return all
}

// atStore reports whether the store gets the record.
func (e *explained) atStore() bool { return e.hasStore && !e.Below && e.Kept == nil }

// outcomes are those of all handlers, and of the store.
func (e *explained) outcomes() []outcome {
	var all []outcome
	for _, v := range e.ways() {
		all = append(all, outcome{v.Handler.Name, v.Gets, e.why(v)})
	}
	if e.hasStore {
		store := outcome{"the store", e.atStore(), "it gets what is handled at all" + undecided(" of the logger", e.Undecided)}
		if !store.gets {
			store.why = "it gets what is handled alone"
		}
		all = append(all, store)
	}
	return all
}

// why says why a handler gets the record, or does not.
func (e *explained) why(v *config.Verdict) string {
	switch v.Why {
	case config.BelowLogger:
		return fmt.Sprintf("%s is below %s, the level of %s", record.LevelName(e.Level), record.LevelName(e.Effective), e.From)
	case config.KeptByLogger:
		return fmt.Sprintf("the filter %s of %s keeps it", e.Kept.Name, e.Logger)
	case config.NotPropagated:
		return fmt.Sprintf("it hangs on %s, and propagate is off at %s", v.On, v.At)
	case config.BelowHandler:
		return fmt.Sprintf("%s is below its level, %s", record.LevelName(e.Level), record.LevelName(*v.Handler.Level))
	case config.KeptByFilter:
		return fmt.Sprintf("its filter %s keeps it", v.Filter.Name)
	case config.NotOnTheWay:
		return fmt.Sprintf("it hangs on no logger from %s to the root", e.Logger)
	case config.NotHandedOn:
		return fmt.Sprintf("%s, which it is behind, does not get it", v.Via.Name)
	}
	text := "it hangs on " + v.On
	if v.Via != nil {
		text = fmt.Sprintf("it is behind %s, which hangs on %s", v.Via.Name, v.On)
	}
	return text + undecided("", v.Undecided)
}

// explainedForm is what --json says.
type explainedForm struct {
	Logger    string        `json:"logger"`
	Level     string        `json:"level"`
	Effective string        `json:"effective_level,omitempty"` // absent where none is set
	From      string        `json:"level_of"`
	Handlers  []verdictForm `json:"handlers"`
	Store     bool          `json:"store"` // it gets the record
}

type verdictForm struct {
	Handler string   `json:"handler"`
	Gets    bool     `json:"gets"`
	On      string   `json:"on,omitempty"`
	Via     string   `json:"via,omitempty"`
	Why     string   `json:"why"`
	Filters []string `json:"filters,omitempty"` // that decide
}

func (e *explained) form() explainedForm {
	out := explainedForm{Logger: e.Logger, Level: record.LevelName(e.Level), From: e.From, Handlers: []verdictForm{}, Store: e.atStore()}
	if e.Effective != math.MinInt {
		out.Effective = record.LevelName(e.Effective)
	}
	for _, v := range e.ways() {
		form := verdictForm{Handler: v.Handler.Name, Gets: v.Gets, On: v.On, Why: e.why(v)}
		if v.Via != nil {
			form.Via = v.Via.Name
		}
		for _, f := range v.Undecided {
			form.Filters = append(form.Filters, f.Name)
		}
		out.Handlers = append(out.Handlers, form)
	}
	return out
}
