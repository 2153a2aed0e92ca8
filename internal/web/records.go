package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// maxAround bounds the neighbours of a record, on each side.
const maxAround = store.MaxPage

// records answers with a page of records.
func (c *call) records() error {
	q := store.PageQuery{}
	var err error
	if q.Query, err = c.query(); err != nil {
		return err
	}
	order, err := c.word("order", "newest", "oldest")
	if err != nil {
		return err
	}
	if order == "oldest" {
		q.Order = store.OldestFirst
	}
	limit, err := c.number("limit", store.DefaultPage, 1, store.MaxPage)
	if err != nil {
		return err
	}
	if text := c.params.Get("cursor"); text != "" {
		at, err := store.ParsePlace(text)
		if err != nil {
			return badf("cursor: %.200q is none; take the next of an answer", text)
		}
		q.After = &at
	}
	e := new(record.Encoder)
	body := []byte(`{"records":[`)
	var unreadable uint64
	for n := 0; n < limit && len(body) < maxAnswer; {
		q.Limit = min(limit-n, atOnce(len(body), n))
		page, err := c.h.o.Store.Page(c.ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Records {
			if n++; n > 1 {
				body = append(body, ',')
			}
			body = appendRecord(body, e, &page.Records[i])
		}
		unreadable += page.Unreadable
		if q.After = page.Next; q.After == nil {
			break
		}
	}
	body = append(body, ']')
	if q.After != nil {
		body = append(append(append(body, `,"next":"`...), q.After.String()...), '"')
	}
	c.end(body, unreadable)
	return nil
}

const (
	// maxAnswer bounds an answer of records, about.
	maxAnswer = 32 << 20
	// firstRecords is how many are asked for when nothing is known of their size.
	firstRecords = 200
)

// atOnce returns how many records the store is asked for, when n of them took so many bytes: with records of a
// megabyte a whole page would be too many.
func atOnce(bytes, n int) int {
	if n == 0 {
		return firstRecords
	}
	return max(1, min(store.MaxPage, maxAnswer/2/max(1, bytes/n)))
}

// end ends the object of an answer with what all have, and writes it.
func (c *call) end(body []byte, unreadable uint64) {
	if unreadable > 0 {
		body = strconv.AppendUint(append(body, `,"unreadable":`...), unreadable, 10)
	}
	if c.h.o.Window {
		body = append(body, `,"window":true`...)
	}
	c.write(http.StatusOK, forPages(append(body, '}')))
}

// around answers with a record and those around it.
func (c *call) around() error {
	id, err := record.ParseID(c.req.PathValue("id"))
	if err != nil {
		return badf("%.100q is no id of a record; one is <epoch>-<sequence>-<index>", c.req.PathValue("id"))
	}
	q := store.AroundQuery{ID: id}
	if q.Filter, err = c.filter(); err != nil {
		return err
	}
	if q.Before, err = c.number("before", 0, 0, maxAround); err != nil {
		return err
	}
	if q.After, err = c.number("after", 0, 0, maxAround); err != nil {
		return err
	}
	a, err := c.h.o.Store.Around(c.ctx, q)
	if err != nil {
		return err
	}
	e := new(record.Encoder)
	body := appendRecord([]byte(`{"record":`), e, &a.Record)
	body = appendRecords(append(body, ','), "before", a.Before, e)
	body = appendRecords(append(body, ','), "after", a.After, e)
	c.end(body, a.Unreadable)
	return nil
}

// object returns the JSON of a struct without its last brace, for end.
func object(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // of plain structs
	}
	return []byte(strings.TrimSuffix(string(body), "}"))
}
