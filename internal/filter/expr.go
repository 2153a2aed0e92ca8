package filter

import (
	"log/slog"
	"math"
	"time"
)

// Expr is a node of a filter: [And], [Or], [Not], [Text], [Compare], [Present], [Level] or [Time]. An
// Expr that [Parse] made is in its normal form; what else is made of these is brought into it by
// [New]. It is not to be modified.
//
// The normal form: no And directly in an And, no Or in an Or, no Not in a Not, none of the first two
// with a single member. An empty And, which every record matches, stands at the top or in a Not, and
// an empty Or is Not{And{}}.
type Expr interface {
	// String returns the expression in the canonical form that [Parse] reads back.
	String() string
	// matcher returns what holds records against the expression.
	matcher(c *compiler) (matcher, error)
}

// And matches a record that all its members match.
type And []Expr

// Or matches a record that one of its members matches.
type Or []Expr

// Not matches a record that X does not match.
type Not struct{ X Expr }

// Text looks for a text.
type Text struct {
	// Field is where to look: the name of a field or an attr, empty for all that a record says.
	Field string
	// Whole is true where the whole value is held against the pattern, not any words in it.
	Whole bool
	// Pattern is what to look for.
	Pattern Pattern
}

// Compare compares a field's value with Value, as numbers where both are numbers.
type Compare struct {
	Field string
	Op    Op
	Value string
}

// Op is an order.
type Op string

// The orders.
const (
	Less         Op = "<"
	LessEqual    Op = "<="
	Greater      Op = ">"
	GreaterEqual Op = ">="
)

// Present matches a record on which the field is known, an attr that is null or empty included.
type Present struct{ Field string }

// Level matches the levels from Min to Max.
type Level struct{ Min, Max slog.Level }

// MinLevel and MaxLevel stand for no bound in a [Level].
const (
	MinLevel = slog.Level(math.MinInt)
	MaxLevel = slog.Level(math.MaxInt)
)

// Time matches a time that is known, and at or after At, or, if Before is true, before At. The time is
// that of the record, or the one it was received at.
type Time struct {
	Received bool
	Before   bool
	At       time.Time
}

// all is the expression that every record matches, none the one that none does.
func all() Expr  { return And{} }
func none() Expr { return Not{And{}} }

func isAll(e Expr) bool {
	and, ok := e.(And)
	return ok && len(and) == 0
}

func isNone(e Expr) bool {
	not, ok := e.(Not)
	return ok && isAll(not.X)
}

// normal returns e in its normal form.
func normal(e Expr) Expr {
	switch e := e.(type) {
	case And:
		return joinAnd(e)
	case Or:
		return joinOr(e)
	case Not:
		x := normal(e.X)
		if not, ok := x.(Not); ok {
			return not.X
		}
		return Not{x}
	case Text:
		e.Field = normalName(e.Field)
		e.Pattern = e.Pattern.normal()
		switch {
		case !e.Pattern.anything():
			return e
		case e.Field == "":
			return all()
		}
		return normal(Present{e.Field})
	case Compare:
		e.Field = normalName(e.Field)
		return e
	case Present:
		e.Field = normalName(e.Field)
		if e.Field == levelField {
			return all() // there is no record without one
		}
		return e
	case Level:
		return normalLevel(e)
	case Time:
		e.At = e.At.UTC().Round(0)
		return e
	}
	return e
}

// normalLevel makes two levels of one that has no form of its own.
func normalLevel(e Level) Expr {
	switch {
	case e.Min > e.Max:
		return none()
	case e.Min == MinLevel && e.Max == MaxLevel:
		return all()
	case e.Min == MinLevel || e.Max == MaxLevel || e.Min == e.Max || e == bandOf(e.Min):
		return e
	}
	return And{Level{e.Min, MaxLevel}, Level{MinLevel, e.Max}}
}

func joinAnd(members And) Expr {
	joined := make(And, 0, len(members))
	for _, m := range members {
		switch m := normal(m).(type) {
		case And:
			joined = append(joined, m...)
		default:
			if isNone(m) {
				return none()
			}
			joined = append(joined, m)
		}
	}
	if len(joined) == 1 {
		return joined[0]
	}
	return joined
}

func joinOr(members Or) Expr {
	joined := make(Or, 0, len(members))
	for _, m := range members {
		switch m := normal(m).(type) {
		case Or:
			joined = append(joined, m...)
		default:
			if isAll(m) {
				return all()
			}
			if !isNone(m) {
				joined = append(joined, m)
			}
		}
	}
	switch len(joined) {
	case 0:
		return none()
	case 1:
		return joined[0]
	}
	return joined
}

// normalName returns the name of a field in lower case, and that of an attr with attrs. in front where
// it has to be there, and only there.
func normalName(name string) string {
	for _, f := range fieldNames {
		if equalFold(name, f) {
			return f
		}
	}
	if rest, ok := cutPrefixFold(name, attrsField+"."); ok {
		return plainName(attrsField + "." + rest)
	}
	if meant(name) != "" {
		return attrsField + "." + name
	}
	return name
}
