package web

import (
	"log/slog"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// query returns which records are meant: by q, lv, from and to.
func (c *call) query() (q store.Query, err error) {
	if q.Filter, err = c.filter(); err != nil {
		return q, err
	}
	if q.From, _, err = c.moment("from"); err != nil {
		return q, err
	}
	_, q.To, err = c.moment("to")
	return q, err
}

// moment returns a time that is a parameter; zero where it is not given. A day has a beginning and an end.
func (c *call) moment(name string) (from, to time.Time, err error) {
	text := c.params.Get(name)
	if text == "" {
		return from, to, nil
	}
	if len(text) > 64 {
		return from, to, badf("%s: got %d characters, want a time", name, len(text))
	}
	if from, to, err = filter.ParseTime(text, c.now); err != nil {
		return from, to, badf("%s: %v", name, err)
	}
	return from, to, nil
}

// filter returns the filter of q and lv, nil where all records are meant.
func (c *call) filter() (*filter.Filter, error) {
	var both []*filter.Filter
	if text := c.params.Get("q"); strings.TrimSpace(text) != "" {
		f, err := filter.Parse(text, c.now)
		if err != nil {
			return nil, err
		}
		both = append(both, f)
	}
	if text := c.params.Get("lv"); text != "" {
		f, err := thresholds(text)
		if err != nil {
			return nil, err
		}
		both = append(both, f)
	}
	if len(both) == 0 {
		return nil, nil
	}
	return filter.All(both...)
}

// threshold is the lowest level of a logger, and of those below it that have none of their own.
type threshold struct {
	logger string // empty for the root: of all loggers
	level  slog.Level
	off    bool
}

// thresholds returns the filter of a text like shop.cart:debug,auth:off,root:info. The signs , : and \ stand in the
// name of a logger behind a \.
func thresholds(text string) (*filter.Filter, error) {
	var list []threshold
	seen := make(map[string]bool)
	for rest := text; rest != ""; {
		var logger, level string
		if logger, rest = cutUnescaped(rest, ':'); rest == "" {
			return nil, badf("lv: %.60q has no level; write LOGGER:LEVEL, as in shop.cart:debug,auth:off", logger)
		}
		level, rest, _ = strings.Cut(rest, ",")
		t := threshold{logger: logger, off: strings.EqualFold(level, "off")}
		if !t.off {
			var err error
			if t.level, err = record.ParseLevel(level); err != nil {
				return nil, badf("lv: logger %.60q: %v, or off", logger, err)
			}
		}
		if t.logger == record.RootLogger {
			t.logger = ""
		}
		if key := filter.Fold(t.logger); seen[key] {
			return nil, badf("lv: logger %.60q is there twice", logger)
		} else {
			seen[key] = true
		}
		list = append(list, t)
	}
	f, err := filter.New(passes(list))
	if err != nil {
		return nil, badf("lv: %v", err)
	}
	return f, nil
}

// cutUnescaped cuts s at the first sign that no backslash stands before, and takes backslashes away.
func cutUnescaped(s string, sign byte) (before, after string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == sign:
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// passes returns the expression of what is at the threshold of the nearest logger that has one: for each of them,
// a record is not of it, or is of one below it that has a threshold, or is at its level.
func passes(list []threshold) filter.Expr {
	var all filter.And
	for _, t := range list {
		var either filter.Or
		if t.logger != "" {
			either = append(either, filter.Not{X: under(t.logger)})
		}
		for _, o := range list {
			if isNearest(o.logger, t.logger, list) {
				either = append(either, under(o.logger))
			}
		}
		if !t.off {
			either = append(either, filter.Level{Min: t.level, Max: filter.MaxLevel})
		}
		all = append(all, either)
	}
	return all
}

// isNearest reports whether name is below the logger, with none between that has a threshold.
func isNearest(name, logger string, list []threshold) bool {
	if !isBelow(name, logger) {
		return false
	}
	for _, o := range list {
		if isBelow(name, o.logger) && isBelow(o.logger, logger) {
			return false
		}
	}
	return true
}

func isBelow(name, logger string) bool {
	if logger == "" {
		return name != ""
	}
	return strings.HasPrefix(filter.Fold(name), filter.Fold(logger)+".")
}

// under matches the logger and those below it.
func under(logger string) filter.Expr {
	return filter.Text{Field: "logger", Pattern: filter.Plain(logger)}
}
