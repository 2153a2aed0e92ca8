package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxBars is how many bars a plot has at most where no width is given, and maxBar how long the longest is.
	maxBars = 40
	maxBar  = 60
)

// widths are the widths of bars that people count in.
var widths = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 28 * day,
}

// plot is a histogram that is drawn with a line for each bar.
type plot struct {
	*store.Histogram
	from, to time.Time // to is behind the last bar
	width    time.Duration
	zone     *time.Location
	color    bool
}

// plotOf counts records by time, in bars of a width or, if it is zero, of one that makes a fair number of them. Nil is
// for no record.
func plotOf(ctx context.Context, from store.Reader, q store.Query, width time.Duration, zone *time.Location) (*plot, error) {
	first, last, err := span(ctx, from, q)
	if err != nil || first.IsZero() {
		return nil, err
	}
	p := &plot{width: width, zone: zone}
	if p.width == 0 {
		p.width = widths[len(widths)-1]
		for _, w := range widths {
			if bars(floor(first, w, zone), last, w) <= maxBars {
				p.width = w
				break
			}
		}
	}
	p.from = floor(first, p.width, zone)
	n := bars(p.from, last, p.width)
	if n > store.MaxBuckets {
		return nil, usagef("--histogram=%v: that makes %s; choose a greater width, or a shorter time with --since", width, of(n, "bar"))
	}
	p.to = p.from.Add(time.Duration(n) * p.width)
	end := p.to
	if !q.To.IsZero() && q.To.Before(end) {
		end = q.To
	}
	begin := p.from
	if q.From.After(begin) {
		if q.Filter, err = notBefore(q.Filter, q.From); err != nil {
			return nil, err
		}
	}
	p.Histogram, err = from.Histogram(ctx, store.HistogramQuery{Query: store.Query{Filter: q.Filter, From: begin, To: end}, Width: p.width})
	return p, err
}

// notBefore returns the filter that also wants a time.
func notBefore(f *filter.Filter, at time.Time) (*filter.Filter, error) {
	since, err := filter.New(filter.Time{At: at})
	if err != nil || f == nil {
		return since, err
	}
	return filter.All(f, since)
}

// bars returns how many bars there are from a time to another one, which is in the last of them.
func bars(from, last time.Time, width time.Duration) int { return int(last.Sub(from)/width) + 1 }

// floor returns the multiple of width, of the day in its zone, at or before a time.
func floor(t time.Time, width time.Duration, zone *time.Location) time.Time {
	t = t.In(zone)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	if width >= day {
		return midnight
	}
	return midnight.Add(t.Sub(midnight) / width * width)
}

// span returns when the first and the last of the records were; zero if there is none.
func span(ctx context.Context, from store.Reader, q store.Query) (first, last time.Time, err error) {
	if q.From.IsZero() {
		q.From = time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC) // those of which no time is known are in no bar
	}
	for _, end := range []struct {
		order store.Order
		at    *time.Time
	}{{store.OldestFirst, &first}, {store.NewestFirst, &last}} {
		page, err := from.Page(ctx, store.PageQuery{Query: q, Order: end.order, Limit: 1})
		if err != nil || len(page.Records) == 0 {
			return time.Time{}, time.Time{}, err
		}
		*end.at = time.Unix(0, store.Moment(&page.Records[0]))
	}
	if last.Before(first) { // one came meanwhile
		last = first
	}
	return first, last, nil
}

// levelBar is how a level is drawn: in a colour or, where there is none, as a letter.
var levelBars = map[string]struct{ letter, color string }{
	"CRITICAL": {"C", "\x1b[1;35m"}, "ERROR": {"E", "\x1b[31m"}, "WARNING": {"W", "\x1b[33m"}, "INFO": {"i", "\x1b[32m"}, "DEBUG": {"d", "\x1b[94m"},
}

// at returns the counts of the bar that begins at a time, and the rest of the buckets.
func at(buckets []store.Bucket, from time.Time) (queue.Levels, []store.Bucket) {
	if len(buckets) > 0 && buckets[0].Start.Equal(from) {
		return buckets[0].Levels, buckets[1:]
	}
	return queue.Levels{}, buckets
}

// write writes the plot in one of the forms, for a screen of so many columns.
func (p *plot) write(w io.Writer, form string, columns int) error {
	var b bytes.Buffer
	switch form {
	case "json":
		for _, k := range p.Buckets {
			fmt.Fprintf(&b, `{"time":"%s","seconds":%s,"counts":{`, record.AppendTime(nil, k.Start.In(p.zone)), strconv.FormatFloat(p.width.Seconds(), 'f', -1, 64))
			comma := ""
			byLevel(k.Levels, func(name string, n uint64) {
				fmt.Fprintf(&b, `%s"%s":%d`, comma, name, n)
				comma = ","
			})
			b.WriteString("}}\n")
		}
	case "csv":
		out := csv.NewWriter(&b)
		_ = out.Write(append(append([]string{"time"}, levelNames...), "records")) // into memory
		for _, k := range p.Buckets {
			row := []string{string(record.AppendTime(nil, k.Start.In(p.zone)))}
			counts := k.Map()
			for _, name := range levelNames {
				row = append(row, strconv.FormatUint(counts[name], 10))
			}
			_ = out.Write(append(row, strconv.FormatUint(k.Total(), 10)))
		}
		out.Flush()
	default:
		p.draw(&b, columns)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// draw draws a line for each bar, after the date where that is another one, and what the parts stand for below.
func (p *plot) draw(w io.Writer, columns int) {
	var total queue.Levels
	most := uint64(1)
	for _, k := range p.Buckets {
		total.Add(k.Levels)
		most = max(most, k.Total())
	}
	layout := "15:04"
	switch {
	case p.width < time.Minute:
		layout = "15:04:05"
	case p.width >= day:
		layout = "Mon 2006-01-02"
	}
	digits := len(count(most))
	room := max(10, min(maxBar, columns-len(layout)-digits-4))
	today, rest := "", p.Buckets
	for t := p.from; t.Before(p.to); t = t.Add(p.width) {
		local := t.In(p.zone)
		if date := local.Format("Monday 2006-01-02"); date != today && p.width < day {
			fmt.Fprintln(w, date)
			today = date
		}
		var n queue.Levels
		n, rest = at(rest, t)
		bar, length := p.bar(n, most, room)
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%s  %s%s  %*s", local.Format(layout), bar, strings.Repeat(" ", room-length), digits, known(n.Total())), " "))
	}
	var legend []string
	byLevel(total, func(name string, n uint64) {
		sign := levelBars[name].letter
		if p.color {
			sign = levelBars[name].color + "█\x1b[0m"
		}
		legend = append(legend, sign+" "+name+" "+count(n))
	})
	fmt.Fprintf(w, "%s: %s\n", of(total.Total(), "record"), strings.Join(legend, "  "))
	if n := p.Timeless.Total(); n > 0 {
		fmt.Fprintf(w, "%s without a time\n", of(n, "record"))
	}
}

// known is a number, and nothing for zero.
func known(n uint64) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

// bar returns a bar, and how many columns it takes. Its parts are the levels, the worst first; what there is
// of a level is seen, be it one record of a million.
func (p *plot) bar(n queue.Levels, most uint64, room int) (bar string, length int) {
	var b strings.Builder
	total := n.Total()
	whole := int(math.Ceil(float64(total) / float64(most) * float64(room)))
	var parts int
	byLevel(n, func(string, uint64) { parts++ })
	whole = max(whole, parts)
	left, rest := whole, total
	byLevel(n, func(name string, records uint64) {
		parts--
		cells := max(1, min(left-parts, int(math.Round(float64(records)/float64(rest)*float64(left)))))
		left -= cells
		rest -= records
		if p.color {
			b.WriteString(levelBars[name].color + strings.Repeat("█", cells) + "\x1b[0m")
		} else {
			b.WriteString(strings.Repeat(levelBars[name].letter, cells))
		}
		length += cells
	})
	return b.String(), length
}
