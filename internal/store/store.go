// Package store says what can be asked of the records that are kept, and in which order they are, whatever
// engine keeps them: the one in this program (package sqlite) or that of a cluster. Package storetest holds an
// engine to it.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// Reader is asked about the records that an engine keeps. All methods may be called at any time from any
// goroutine, while records come in too: an answer has all that was handled when the question was asked, and it
// may have what came after. What they return is the caller's. They return ctx's error soon after it ends, and
// ErrClosed after the engine was closed.
//
// Records that cannot be read because the engine's files are damaged are left out of an answer, which says how many
// may be missing.
type Reader interface {
	// Page returns the records that are meant, a page at a time.
	Page(ctx context.Context, q PageQuery) (*Page, error)
	// Around returns a record by its id, and those around it in the order of time; ErrNotFound if there is
	// none.
	Around(ctx context.Context, q AroundQuery) (*Around, error)
	// Count counts the records that are meant by logger and level.
	Count(ctx context.Context, q Query) (*Counts, error)
	// Histogram counts them by time and level.
	Histogram(ctx context.Context, q HistogramQuery) (*Histogram, error)
	// Values returns what values an attr or a field has, for completion.
	Values(ctx context.Context, q ValuesQuery) (*Values, error)
}

var (
	// ErrClosed is the error of what needs an engine that is open.
	ErrClosed = errors.New("store is closed")
	// ErrNotFound says that there is no record of an id.
	ErrNotFound = errors.New("no such record")
)

// Query says which records are meant: those that match the filter, and whose moment (see [Moment]) is at or after
// From and before To. A nil filter matches all, a zero time is no bound.
type Query struct {
	Filter   *filter.Filter
	From, To time.Time
}

// Order is an order of records.
type Order int

// Records are ordered by their [Place].
const (
	NewestFirst Order = iota
	OldestFirst
)

// The bounds of answers.
const (
	DefaultPage = 100
	MaxPage     = 10_000
	// MaxLoggers bounds the loggers of a Counts, MaxBuckets the buckets of a Histogram, MaxValues the values of a
	// Values.
	MaxLoggers = 10_000
	MaxBuckets = 10_000
	MaxValues  = 1000
)

// PageQuery asks for a page.
type PageQuery struct {
	Query
	Order Order
	// After is where to begin: behind this place, in the order asked for. Nil begins at the first one. Who
	// goes on after the last record of a page sees each record once that was there from the beginning,
	// whatever came meanwhile.
	After *Place
	// Limit bounds the records of the page. Defaults to DefaultPage if zero; more than MaxPage are
	// MaxPage.
	Limit int
}

// Page is some records, in the order that was asked for.
type Page struct {
	Records []record.Record
	// Next is where the next page begins, nil if there was nothing more. That page may turn out empty.
	Next *Place
	// Unreadable is how many records were in the range asked for, and may match, that cannot be read.
	Unreadable uint64
}

// AroundQuery asks for a record with its neighbours.
type AroundQuery struct {
	ID record.ID
	// Filter says which neighbours are meant; nil means all.
	Filter *filter.Filter
	// Before and After bound the neighbours of each side; more than MaxPage are MaxPage.
	Before, After int
}

// Around is a record with its neighbours, all from the oldest to the newest.
type Around struct {
	Record        record.Record
	Before, After []record.Record
	Unreadable    uint64
}

// Counts counts records by logger and level.
type Counts struct {
	// Loggers are in the order of their names. Of more than MaxLoggers some are in Total alone.
	Loggers    []LoggerCount
	Total      queue.Levels
	Unreadable uint64
}

// LoggerCount counts the records of a logger, without those of loggers below it.
type LoggerCount struct {
	Logger string
	queue.Levels
}

// HistogramQuery asks for a histogram.
type HistogramQuery struct {
	Query
	// Width is how long each bucket is, a second at least. Buckets begin at From, or, if that is not set, at
	// multiples of Width since 1970. A range that has more than MaxBuckets is an error. With a From
	// and a Width of whole minutes, and without a filter, a histogram costs next to nothing.
	Width time.Duration
}

// Histogram counts records by time and level.
type Histogram struct {
	// Buckets are in the order of time. Those without a record are left out.
	Buckets []Bucket
	// Timeless counts the records of which no time is known, where no range was asked for.
	Timeless   queue.Levels
	Unreadable uint64
}

// Bucket counts the records from Start up to the next bucket.
type Bucket struct {
	Start time.Time
	queue.Levels
}

// ValuesQuery asks for values.
type ValuesQuery struct {
	Query
	// Name is the name of an attr, or of a field, as the filter language has it. Empty asks for the names of
	// attrs.
	Name string
	// Prefix is what the values begin with, case aside.
	Prefix string
	// Limit bounds the values. Defaults to 20 if zero; more than MaxValues are MaxValues.
	Limit int
}

// Values are the different values found, from the most frequent one on, and of equal ones in the order of the alphabet.
type Values struct {
	Values []Value
	// Complete is true if all records that are meant were looked at. Else the newest ones were.
	Complete bool
}

// Value is a value as text, and how many of the records that were looked at have it.
type Value struct {
	Text    string
	Records uint64
}
