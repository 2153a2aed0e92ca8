package config

import (
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// Explanation says what becomes of the records of one logger and level.
type Explanation struct {
	Logger string
	Level  slog.Level
	// Effective is the logger's effective level, and From the logger whose own level that is: "root" also where
	// the file says nothing of the root. Below it nothing is handled at all, which Below says.
	Effective slog.Level
	From      string
	Below     bool
	// Undecided are the filters of the logger itself that a logger and a level do not decide, Kept the one that
	// keeps all such records back, nil if there is none.
	Undecided []*Filter
	Kept      *Filter
	// Handlers has each handler of the file at least once, and one that hangs on several loggers for each of them, though
	// it gets a record once: first those that hang on the logger or above, nearest first, each followed by
	// those behind it, then the rest, by their names.
	Handlers []Verdict
}

// Verdict says whether one handler gets the record.
type Verdict struct {
	Handler *Handler
	// On is the logger that it hangs on, by which the record would reach it; empty if none.
	On string
	// Via is the memory or queue in front of it, by which the record would reach it, nil if none.
	Via *Handler
	// Gets is whether it gets the record. It is true too where that depends on Undecided.
	Gets bool
	// Why is the reason that it does not.
	Why Reason
	// At is the logger at which propagate is off, for [NotPropagated].
	At string
	// Filter is the one that keeps the record back, for [KeptByFilter].
	Filter *Filter
	// Undecided are filters on the way that depend on more than logger and level.
	Undecided []*Filter
}

// Reason is why a handler does not get a record.
type Reason uint8

// The reasons.
const (
	Reached       Reason = iota
	BelowLogger          // the record is below the effective level of its logger
	KeptByLogger         // a filter of the logger keeps it back
	NotPropagated        // the handler hangs above a logger whose propagate is off
	BelowHandler         // the record is below the handler's level
	KeptByFilter         // a filter of the handler keeps it back
	NotOnTheWay          // it hangs on none of the loggers from this one to the root
	NotHandedOn          // what it is behind does not get the record
)

// String returns what the reason says of a handler.
func (r Reason) String() string {
	return [...]string{
		"it gets it", "it is below the level of the logger", "a filter of the logger keeps it", "propagate is off below it",
		"it is below the level of the handler", "a filter of the handler keeps it", "it hangs on no logger above", "what is in front of it does not get it",
	}[r]
}

// Explain says who gets the records of a logger and a level, as package hierarchy routes them and package assembly
// puts the handlers together. It holds for a configuration that is not incremental.
func (c *Config) Explain(logger string, level slog.Level) *Explanation {
	if logger == "" {
		logger = record.RootLogger
	}
	e := &explainer{config: c, record: record.Record{Logger: logger, Level: level}}
	e.Explanation = Explanation{Logger: logger, Level: level, Effective: c.RootLevel, From: record.RootLogger}
	e.effective()
	e.Below = level < e.Effective
	if own := e.logger(logger); own != nil {
		e.Kept, e.Undecided = e.filters(own.Filters)
	}
	e.walk()
	for _, behind := range []bool{false, true} { // what is in front tells of what is behind it
		for _, h := range c.Handlers {
			if h.Behind == behind && !e.seen[h] {
				e.handler(Verdict{Handler: h, Why: NotOnTheWay}, true, nil)
			}
		}
	}
	return &e.Explanation
}

// explainer makes an Explanation.
type explainer struct {
	Explanation
	config *Config
	record record.Record // one of that logger and level
	seen   map[*Handler]bool
}

// logger returns what the file says of a logger, nil if nothing.
func (e *explainer) logger(name string) *Logger {
	if name == record.RootLogger {
		return e.config.Root
	}
	for _, l := range e.config.Loggers {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// above returns the name of the logger above, and false for the root.
func (e *explainer) above(name string) (string, bool) {
	if name == record.RootLogger {
		return "", false
	}
	for up := range hierarchy.Parents(name) {
		if e.logger(up) != nil {
			return up, true
		}
	}
	return record.RootLogger, true
}

func (e *explainer) effective() {
	for name, ok := e.Logger, true; ok && name != record.RootLogger; name, ok = e.above(name) {
		if l := e.logger(name); l != nil && l.Level != nil {
			e.Effective, e.From = *l.Level, name
			return
		}
	}
}

// walk visits the handlers from the logger up to the root.
func (e *explainer) walk() {
	e.seen = map[*Handler]bool{}
	stop := ""
	for name, ok := e.Logger, true; ok; name, ok = e.above(name) {
		l := e.logger(name)
		if l == nil {
			continue
		}
		for _, h := range l.Handlers {
			v := Verdict{Handler: h, On: name}
			switch {
			case stop != "":
				v.Why, v.At = NotPropagated, stop
			case e.Below:
				v.Why = BelowLogger
			case e.Kept != nil:
				v.Why = KeptByLogger
			}
			e.handler(v, true, e.Undecided)
		}
		if !l.Propagates() && stop == "" {
			stop = name
		}
	}
}

// handler completes a verdict, and adds it and those of the handlers behind. levels is whether the handler's own level
// counts, and undecided the filters on the way so far.
func (e *explainer) handler(v Verdict, levels bool, undecided []*Filter) {
	h := v.Handler
	e.seen[h] = true
	kept, more := e.filters(h.Filters)
	switch {
	case v.Why != Reached:
	case levels && h.Level != nil && e.Level < *h.Level:
		v.Why = BelowHandler
	case kept != nil:
		v.Why, v.Filter = KeptByFilter, kept
	default:
		v.Gets = true
		v.Undecided = append(undecided[:len(undecided):len(undecided)], more...)
	}
	e.Handlers = append(e.Handlers, v)
	queue, isQueue := h.Params.(*Queue)
	for _, next := range h.behind() {
		behind := Verdict{Handler: next, On: v.On, Via: h}
		if !v.Gets {
			behind.Why = NotHandedOn
		}
		// A memory hands records to its target whatever the level of that is, as in Python.
		e.handler(behind, isQueue && queue.RespectHandlerLevel, v.Undecided)
	}
}

// filters asks filters about the record, as far as they ask for its logger and level alone: one that keeps it back,
// nil if none does, and those that are not decided.
func (e *explainer) filters(filters []*Filter) (kept *Filter, undecided []*Filter) {
	for _, f := range filters {
		switch f.decide(&e.record) {
		case no:
			return f, nil
		case maybe:
			undecided = append(undecided, f)
		}
	}
	return nil, undecided
}

// answer is what is known of a condition.
type answer int8

const (
	no    answer = -1
	maybe answer = 0
	yes   answer = 1
)

// decide asks a filter about a record of which the logger and the level are known alone.
func (f *Filter) decide(r *record.Record) answer {
	if f.parsed == nil {
		return truth(f.Pass()(r))
	}
	return decide(f.parsed.Expr(), r)
}

func truth(b bool) answer {
	if b {
		return yes
	}
	return no
}

// decide is Kleene's logic of three values.
func decide(x filter.Expr, r *record.Record) answer {
	switch x := x.(type) {
	case filter.And:
		all := yes
		for _, one := range x {
			all = min(all, decide(one, r))
		}
		return all
	case filter.Or:
		one := answer(math.MinInt8)
		for _, next := range x {
			one = max(one, decide(next, r))
		}
		return max(one, no)
	case filter.Not:
		return -decide(x.X, r)
	case filter.Level:
		return truth(r.Level >= x.Min && r.Level <= x.Max)
	case filter.Text:
		if x.Field == "logger" {
			if f, err := filter.New(x); err == nil {
				return truth(f.Match(r))
			}
		}
	}
	return maybe
}
