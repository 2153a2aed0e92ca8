package filter

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// matcher is an expression ready to be held against records. It is immutable.
type matcher interface {
	match(r *record.Record) bool
	// cost says about how many nanoseconds that takes, so that the cheap ones come first.
	cost() int
}

// compiler makes matchers, and counts what they take.
type compiler struct {
	nodes  int
	regexp int // the size of all regular expressions
}

func (c *compiler) node() error {
	if c.nodes++; c.nodes > MaxNodes {
		return fmt.Errorf("more than %d terms; what is this long is better two filters", MaxNodes)
	}
	return nil
}

func (c *compiler) all(members []Expr) ([]matcher, error) {
	all := make([]matcher, 0, len(members))
	for _, m := range members {
		one, err := m.matcher(c)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b matcher) int { return a.cost() - b.cost() })
	return all, nil
}

type andMatcher []matcher

func (e And) matcher(c *compiler) (matcher, error) {
	all, err := c.all(e)
	return andMatcher(all), err
}

func (m andMatcher) match(r *record.Record) bool {
	for _, one := range m {
		if !one.match(r) {
			return false
		}
	}
	return true
}

func (m andMatcher) cost() int { return costOf(m) }

type orMatcher []matcher

func (e Or) matcher(c *compiler) (matcher, error) {
	all, err := c.all(e)
	return orMatcher(all), err
}

func (m orMatcher) match(r *record.Record) bool {
	for _, one := range m {
		if one.match(r) {
			return true
		}
	}
	return false
}

func (m orMatcher) cost() int { return costOf(m) }

func costOf(all []matcher) (cost int) {
	for _, one := range all {
		cost += one.cost()
	}
	return cost
}

type notMatcher struct{ matcher }

func (e Not) matcher(c *compiler) (matcher, error) {
	m, err := e.X.matcher(c)
	return notMatcher{m}, err
}

func (m notMatcher) match(r *record.Record) bool { return !m.matcher.match(r) }

func (e Level) matcher(c *compiler) (matcher, error) { return e, c.node() }

func (e Level) match(r *record.Record) bool { return r.Level >= e.Min && r.Level <= e.Max }

func (e Level) cost() int { return 1 }

type timeMatcher Time

func (e Time) matcher(c *compiler) (matcher, error) { return timeMatcher(e), c.node() }

func (m timeMatcher) match(r *record.Record) bool {
	at := &r.Time
	if m.Received {
		at = &r.Received
	}
	return !at.IsZero() && at.Before(m.At) == m.Before
}

func (timeMatcher) cost() int { return 3 }

// target is where the values of a field are: in the record, among its attrs, or both.
type target struct {
	own   func(r *record.Record, t tester) bool // nil for none
	attrs reach
	path  path
}

// reach says which attrs a target takes in.
type reach uint8

const (
	noAttrs reach = iota
	allAttrs
	pathAttrs // those that the path names
)

// any reports whether t takes one of the values; there is one, if t is nil.
func (p *target) any(r *record.Record, t tester) bool {
	if p.own != nil && p.own(r, t) {
		return true
	}
	w := walk{tester: t}
	switch p.attrs {
	case pathAttrs:
		return p.path.walk(r.Attrs, &w)
	case allAttrs:
		return w.attrs(r.Attrs)
	}
	return false
}

// targetOf returns where the values of a field are.
func targetOf(field string) (target, error) {
	switch field {
	case attrsField:
		return target{attrs: allAttrs}, nil
	case loggerField:
		return target{own: loggerName}, nil
	case timeField:
		return target{own: recordTime}, nil
	case receivedField:
		return target{own: receivedTime}, nil
	case "", levelField, sinceField, untilField, hasField:
		return target{}, fmt.Errorf("%q is no field that has a value", field)
	}
	if f, ok := ownFieldOf(field); ok {
		return target{f.values, pathAttrs, newPath(field)}, nil
	}
	if rest, ok := strings.CutPrefix(field, attrsField+"."); ok && rest != "" {
		field = rest
	}
	return target{nil, pathAttrs, newPath(field)}, nil
}

func loggerName(r *record.Record, t tester) bool { return text(r.Logger, t) }

func recordTime(r *record.Record, t tester) bool { return known(r.Time, t) }

func receivedTime(r *record.Record, t tester) bool { return known(r.Received, t) }

func known(at time.Time, t tester) bool { return !at.IsZero() && takes(t, slog.TimeValue(at)) }

// presence finds fields that are known.
type presence struct{ target }

func (e Present) matcher(c *compiler) (matcher, error) {
	t, err := targetOf(e.Field)
	if err != nil {
		return nil, err
	}
	return &presence{t}, c.node()
}

func (m *presence) match(r *record.Record) bool { return m.any(r, nil) }

func (*presence) cost() int { return 20 }

// fieldMatcher holds the values of a field against a tester.
type fieldMatcher struct {
	target
	tester tester
	price  int
}

func (m *fieldMatcher) match(r *record.Record) bool { return m.any(r, m.tester) }

func (m *fieldMatcher) cost() int { return m.price }

func (e Text) matcher(c *compiler) (matcher, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	t, price, err := c.tester(e)
	if err != nil {
		return nil, err
	}
	switch e.Field {
	case "":
		return &wordMatcher{t, idsOf(e.Pattern), 3 * price}, c.node()
	case loggerField:
		return &loggerMatcher{t, e.Whole || e.Pattern.Regexp != ""}, c.node()
	}
	to, err := targetOf(e.Field)
	if err != nil {
		return nil, err
	}
	if e.Field == "trace_id" || e.Field == "span_id" {
		ids := idsOf(e.Pattern)
		ids.only(e.Field)
		to.own = ids.values
	}
	return &fieldMatcher{to, t, price}, c.node()
}

// check reports what no text in the language stands for.
func (e Text) check() error {
	switch p := e.Pattern; {
	case (p.Regexp == "") == (len(p.Parts) == 0):
		return fmt.Errorf("a pattern is either a regular expression or parts")
	case e.Whole && e.Field == "":
		return fmt.Errorf("only a field has a whole value")
	case e.Whole && p.Regexp != "":
		return fmt.Errorf("a regular expression is looked for with a colon")
	case e.Field == timeField || e.Field == receivedField:
		return fmt.Errorf("a time is no text")
	case p.Regexp != "":
	case !e.Whole && !p.wild() && p.Parts[0] == "":
		return fmt.Errorf("an empty text is in every text")
	case p.wild() && strings.ContainsFunc(strings.Join(p.Parts, ""), isSpace):
		return fmt.Errorf("a text with wildcards has no white space")
	}
	return nil
}

// tester returns what holds values against the pattern, and about how long it takes.
func (c *compiler) tester(e Text) (tester, int, error) {
	if e.Pattern.Regexp == "" {
		t := newGlobTester(e.Pattern, e.Whole)
		if e.Whole {
			return t, 15, nil
		}
		return t, 30, nil
	}
	size, err := regexpSize(e.Pattern.Regexp, e.Pattern.IgnoreCase)
	if err != nil {
		return nil, 0, err
	}
	if c.regexp += size; c.regexp > MaxRegexp {
		return nil, 0, fmt.Errorf("the regular expressions are too large: %d instructions, want at most %d", c.regexp, MaxRegexp)
	}
	re, err := compileRegexp(e.Pattern)
	if err != nil {
		return nil, 0, err
	}
	return &regexpTester{re}, 1000, nil
}

// wordMatcher looks in what a record says: its message, exception, stack and attrs, and the ids of its
// trace.
type wordMatcher struct {
	tester tester
	ids    ids
	price  int
}

func (m *wordMatcher) match(r *record.Record) bool {
	w := walk{tester: m.tester}
	return text(r.Message, w.tester) || w.attrs(r.Attrs) || exceptionValues(r, w.tester) || text(r.Stack, w.tester) || m.ids.values(r, w.tester)
}

func (m *wordMatcher) cost() int { return m.price }

// loggerMatcher holds a logger's name against a pattern, and unless whole is true also the names of
// those above it.
type loggerMatcher struct {
	tester tester
	whole  bool
}

func (m *loggerMatcher) match(r *record.Record) bool {
	if r.Logger == "" {
		return false
	}
	g, ok := m.tester.(*globTester)
	if m.whole || !ok {
		return m.tester.test(slog.StringValue(r.Logger))
	}
	if len(g.parts) == 1 && g.bounds.left && g.bounds.right {
		n := prefixLen(r.Logger, g.parts[0].text)
		return n >= 0 && (n == len(r.Logger) || r.Logger[n] == '.')
	}
	for i := range len(r.Logger) {
		if r.Logger[i] == '.' && g.is(r.Logger[:i]) {
			return true
		}
	}
	return g.is(r.Logger)
}

func (*loggerMatcher) cost() int { return 4 }
