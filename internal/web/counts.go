package web

import (
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// byLevel counts by the name of a level; what is zero is absent.
type byLevel map[string]uint64

// counted is how records are counted by logger and level.
type counted struct {
	Loggers []countedLogger `json:"loggers"`
	Total   byLevel         `json:"total"`
}

type countedLogger struct {
	Logger string  `json:"logger"`
	Counts byLevel `json:"counts"`
}

// count answers with counts by logger and level.
func (c *call) count() error {
	q, err := c.query()
	if err != nil {
		return err
	}
	n, err := c.h.o.Store.Count(c.ctx, q)
	if err != nil {
		return err
	}
	a := counted{Loggers: make([]countedLogger, len(n.Loggers)), Total: n.Total.Map()}
	for i := range n.Loggers {
		l := &n.Loggers[i]
		a.Loggers[i] = countedLogger{l.Logger, l.Map()}
	}
	c.end(object(a), n.Unreadable)
	return nil
}

// drawn is a histogram.
type drawn struct {
	// From and To are null where nothing is kept.
	From     *time.Time `json:"from"`
	To       *time.Time `json:"to"`
	Width    int64      `json:"width"` // in seconds
	Buckets  []bucket   `json:"buckets"`
	Timeless byLevel    `json:"timeless"`
}

type bucket struct {
	Time   time.Time `json:"time"`
	Counts byLevel   `json:"counts"`
}

// defaultBuckets is about how many buckets a histogram has.
const defaultBuckets = 120

// histogram answers with counts by time and level. The range is widened to whole buckets, unless who asks says where
// the first one begins, and how long they are.
func (c *call) histogram() error {
	q, err := c.query()
	if err != nil {
		return err
	}
	buckets, err := c.number("buckets", defaultBuckets, 1, store.MaxBuckets/4)
	if err != nil {
		return err
	}
	width, err := c.width()
	if err != nil {
		return err
	}
	open, whole := q.From.IsZero(), q.From.IsZero() && q.To.IsZero()
	if err := c.bound(&q); err != nil {
		return err
	}
	a := drawn{Buckets: []bucket{}, Timeless: byLevel{}}
	if q.From.IsZero() {
		a.Width = int64(max(width, time.Second) / time.Second)
		c.end(object(a), 0)
		return nil
	}
	exact := width != 0 && !open
	if width == 0 {
		width = widthOf(q.To.Sub(q.From), buckets)
	}
	if !exact {
		q.From, q.To = floor(q.From, width), floor(q.To.Add(width-1), width)
	}
	if n := q.To.Sub(q.From) / width; n > store.MaxBuckets {
		return badf("width: the range has %d buckets of %v, want at most %d", n, width, store.MaxBuckets)
	}
	a.From, a.To, a.Width = &q.From, &q.To, int64(width/time.Second)
	ask := store.HistogramQuery{Query: q, Width: width}
	if whole { // what has no time is counted too
		ask.From, ask.To = time.Time{}, time.Time{}
	}
	found, err := c.h.o.Store.Histogram(c.ctx, ask)
	if err != nil {
		return err
	}
	for i := range found.Buckets {
		a.Buckets = append(a.Buckets, bucket{found.Buckets[i].Start.UTC(), found.Buckets[i].Map()})
	}
	a.Timeless = found.Timeless.Map()
	c.end(object(a), found.Unreadable)
	return nil
}

// floor returns the last multiple of width since 1970 that is not after t.
func floor(t time.Time, width time.Duration) time.Time {
	seconds := int64(width / time.Second)
	over := t.Unix() % seconds
	if over < 0 {
		over += seconds
	}
	return time.Unix(t.Unix()-over, 0).UTC()
}

// width returns how long a bucket is to be; 0 where nobody says.
func (c *call) width() (time.Duration, error) {
	text := c.params.Get("width")
	if text == "" {
		return 0, nil
	}
	width, err := time.ParseDuration(text)
	if err != nil || width < time.Second || width%time.Second != 0 || width > 100*24*365*time.Hour {
		return 0, badf("width: got %.40q, want whole seconds, as in 60s or 1h", text)
	}
	return width, nil
}

// bound sets the bounds that are open to those of what is kept. They stay open where that is nothing.
func (c *call) bound(q *store.Query) error {
	var ends [2]time.Time
	for order := range ends {
		open := q.To
		if store.Order(order) == store.OldestFirst {
			open = q.From
		}
		if !open.IsZero() {
			continue
		}
		p := store.PageQuery{Query: store.Query{From: q.From, To: q.To}, Order: store.Order(order), Limit: 1}
		if p.Order == store.OldestFirst {
			p.After = &store.Place{Moment: store.NoMoment, ID: lastID}
		}
		page, err := c.h.o.Store.Page(c.ctx, p)
		if err != nil {
			return err
		}
		if len(page.Records) > 0 {
			if at := store.Moment(&page.Records[0]); at != store.NoMoment {
				ends[order] = time.Unix(0, at).UTC()
			}
		}
	}
	oldest, newest := ends[store.OldestFirst], ends[store.NewestFirst]
	if q.From.IsZero() {
		if q.From = oldest; oldest.IsZero() {
			return nil
		}
	}
	if q.To.IsZero() {
		q.To = newest.Add(1)
		if newest.IsZero() {
			q.To = q.From
		}
	}
	if q.To.Before(q.From) {
		q.To = q.From
	}
	return nil
}

// lastID is at or behind every id.
var lastID = record.ID{Epoch: 1<<64 - 1, Sequence: 1<<64 - 1, Index: 1<<32 - 1}

// widths are those that a clock has marks for, as far as an hour; beyond are days.
var widths = []time.Duration{
	1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	1 * time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	1 * time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// widthOf returns the least width by which a range has so many buckets at most.
func widthOf(length time.Duration, buckets int) time.Duration {
	least := length / time.Duration(buckets)
	if i := slices.IndexFunc(widths, func(w time.Duration) bool { return w >= least }); i >= 0 {
		return widths[i]
	}
	const day = 24 * time.Hour
	return (least + day - 1) / day * day
}
