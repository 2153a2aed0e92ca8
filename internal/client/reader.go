package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

var _ store.Reader = (*Client)(nil)

// parameters are those of any question about some records.
func parameters(q store.Query) url.Values {
	v := url.Values{}
	if text := q.Filter.String(); text != "" {
		v.Set("q", text)
	}
	for _, bound := range []struct {
		name string
		at   time.Time
	}{{"from", q.From}, {"to", q.To}} {
		if !bound.at.IsZero() {
			v.Set(bound.name, bound.at.UTC().Format(time.RFC3339Nano))
		}
	}
	return v
}

// Page implements [store.Reader].
func (c *Client) Page(ctx context.Context, q store.PageQuery) (*store.Page, error) {
	v := parameters(q.Query)
	if q.Order == store.OldestFirst {
		v.Set("order", "oldest")
	}
	if q.After != nil {
		v.Set("cursor", q.After.String())
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(min(q.Limit, store.MaxPage)))
	}
	var answer struct {
		Records    []json.RawMessage
		Next       string
		Unreadable uint64
		Window     bool
	}
	if err := c.ask(ctx, "/api/records", v, &answer); err != nil {
		return nil, err
	}
	c.note(answer.Window)
	p := &store.Page{Unreadable: answer.Unreadable}
	if answer.Next != "" {
		next, err := store.ParsePlace(answer.Next)
		if err != nil {
			return nil, err
		}
		p.Next = &next
	}
	var d decoder
	var err error
	p.Records, err = d.records(answer.Records)
	return p, err
}

func (c *Client) note(window bool) {
	if window {
		c.window.Store(true)
	}
}

// Around implements [store.Reader].
func (c *Client) Around(ctx context.Context, q store.AroundQuery) (*store.Around, error) {
	v := parameters(store.Query{Filter: q.Filter})
	for _, side := range []struct {
		name string
		n    int
	}{{"before", q.Before}, {"after", q.After}} {
		if side.n > 0 {
			v.Set(side.name, strconv.Itoa(min(side.n, store.MaxPage)))
		}
	}
	var answer struct {
		Record        json.RawMessage
		Before, After []json.RawMessage
		Unreadable    uint64
	}
	if err := c.ask(ctx, "/api/records/"+url.PathEscape(q.ID.String()), v, &answer); err != nil {
		if e, ok := errors.AsType[*AnswerError](err); ok && e.Status == http.StatusNotFound && e.Message != "" {
			return nil, fmt.Errorf("%s: %w", q.ID, store.ErrNotFound)
		}
		return nil, err
	}
	a := &store.Around{Unreadable: answer.Unreadable}
	var d decoder
	var err error
	if a.Record, err = d.record(answer.Record); err != nil {
		return nil, err
	}
	if a.Before, err = d.records(answer.Before); err != nil {
		return nil, err
	}
	a.After, err = d.records(answer.After)
	return a, err
}

// levels are counts by the names of levels.
type levels map[string]uint64

func (l levels) counts() (n queue.Levels) {
	for name, count := range l {
		if level, err := record.ParseLevel(name); err == nil {
			n[queue.Band(level)] += count
		}
	}
	return n
}

// Count implements [store.Reader].
func (c *Client) Count(ctx context.Context, q store.Query) (*store.Counts, error) {
	var answer struct {
		Loggers []struct {
			Logger string
			Counts levels
		}
		Total      levels
		Unreadable uint64
		Window     bool
	}
	if err := c.ask(ctx, "/api/count", parameters(q), &answer); err != nil {
		return nil, err
	}
	c.note(answer.Window)
	n := &store.Counts{Total: answer.Total.counts(), Unreadable: answer.Unreadable}
	for _, l := range answer.Loggers {
		n.Loggers = append(n.Loggers, store.LoggerCount{Logger: l.Logger, Levels: l.Counts.counts()})
	}
	return n, nil
}

// Histogram implements [store.Reader].
func (c *Client) Histogram(ctx context.Context, q store.HistogramQuery) (*store.Histogram, error) {
	v := parameters(q.Query)
	v.Set("width", q.Width.String())
	var answer struct {
		Buckets []struct {
			Time   time.Time
			Counts levels
		}
		Timeless   levels
		Unreadable uint64
		Window     bool
	}
	if err := c.ask(ctx, "/api/histogram", v, &answer); err != nil {
		return nil, err
	}
	c.note(answer.Window)
	h := &store.Histogram{Timeless: answer.Timeless.counts(), Unreadable: answer.Unreadable}
	for _, b := range answer.Buckets {
		h.Buckets = append(h.Buckets, store.Bucket{Start: b.Time, Levels: b.Counts.counts()})
	}
	return h, nil
}

// Values implements [store.Reader].
func (c *Client) Values(ctx context.Context, q store.ValuesQuery) (*store.Values, error) {
	v := parameters(q.Query)
	v.Set("name", q.Name)
	v.Set("prefix", q.Prefix)
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	var answer struct {
		Values []struct {
			Value   string
			Records uint64
		}
		Complete bool
		Window   bool
	}
	if err := c.ask(ctx, "/api/values", v, &answer); err != nil {
		return nil, err
	}
	c.note(answer.Window)
	values := &store.Values{Complete: answer.Complete}
	for _, a := range answer.Values {
		values.Values = append(values.Values, store.Value{Text: a.Value, Records: a.Records})
	}
	return values, nil
}

// Item is something that the text of a filter could go on with.
type Item struct {
	Text    string
	Kind    string
	Records uint64
}

// Complete returns what the characters from..to of a filter could be, when at character at somebody stopped
// typing.
func (c *Client) Complete(ctx context.Context, text string, at int) (from, to int, items []Item, err error) {
	var answer struct {
		From, To int
		Items    []Item
	}
	err = c.ask(ctx, "/api/complete", url.Values{"q": {text}, "at": {strconv.Itoa(at)}}, &answer)
	return answer.From, answer.To, answer.Items, err
}

// Reach returns nil if a server answers, whatever it says.
func (c *Client) Reach(ctx context.Context) error {
	body, err := c.get(ctx, "/api/server", url.Values{}, "application/json")
	if err == nil {
		return body.Close()
	}
	if _, ok := errors.AsType[*AnswerError](err); ok {
		return nil
	}
	return err
}
