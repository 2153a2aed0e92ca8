package config

import "log/slog"

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
	// Handlers has each handler of the file at least once: first those that hang on the logger or above, nearest
	// first, each followed by those behind it, then the rest, by their names.
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
