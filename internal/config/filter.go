package config

import (
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// Filter is what a file says of one filter.
type Filter struct {
	// Name is what the file calls it.
	Name string
	Place
	// Logger is the name of logging.Filter: that logger passes, and all below it. Text is a filter in Jackdaw's own
	// language, in its canonical form. At most one is set; with neither every record passes.
	Logger string
	Text   string

	parsed *filter.Filter
}

// Pass returns the filter as a function, which may run in several goroutines at once.
func (f *Filter) Pass() hierarchy.Filter {
	if f.parsed != nil {
		return func(r *record.Record) bool { return f.parsed.Match(r) }
	}
	if f.Logger == record.RootLogger {
		// All loggers are below the root, but to a filter of Python's its name is one as any other.
		return func(r *record.Record) bool {
			return r.Logger == record.RootLogger || strings.HasPrefix(r.Logger, record.RootLogger+".")
		}
	}
	return hierarchy.NamePrefix(f.Logger)
}

func sameFilters(a, b []*Filter) bool {
	return slices.EqualFunc(a, b, func(a, b *Filter) bool { return a.Logger == b.Logger && a.Text == b.Text })
}
