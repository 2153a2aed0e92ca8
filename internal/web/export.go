package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// exportPage is how many records are read at once at most.
	exportPage = 2000
	// maxExports bounds the exports that are under way: each holds a page in memory, as long as its client takes.
	maxExports = 16
	// maxFields bounds the columns of a table.
	maxFields = 100
	// defaultFields are the columns of a table that nobody says more of.
	defaultFields = "time,level,logger,message,attrs,exception,host,process.pid,id"
)

// export answers with all records that are meant, however many there are. An answer that ends early is broken off, and
// not ended.
func (c *call) export() error {
	q := store.PageQuery{Limit: firstRecords}
	var err error
	if q.Query, err = c.query(); err != nil {
		return err
	}
	order, err := c.word("order", "oldest", "newest")
	if err != nil {
		return err
	}
	if order == "oldest" {
		q.Order = store.OldestFirst
	}
	kind, err := c.word("format", "json", "csv", "text")
	if err != nil {
		return err
	}
	form, err := c.form(kind)
	if err != nil {
		return err
	}
	select {
	case c.h.exports <- struct{}{}:
		defer func() { <-c.h.exports }()
	default:
		return &failure{status: http.StatusServiceUnavailable, Message: fmt.Sprintf("%d exports are under way, which is the limit", maxExports), retryAfter: 10}
	}
	page, err := c.page(q)
	if err != nil {
		return err
	}
	head := c.w.Header()
	head.Set("Content-Type", map[string]string{"json": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "text": "text/plain; charset=utf-8"}[kind])
	suffix := map[string]string{"json": "jsonl", "csv": "csv", "text": "log"}[kind]
	head.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="jackdaw-%s.%s"`, c.now.Format("20060102-150405"), suffix))
	head.Add("Vary", "Accept-Encoding")
	out := c.stream()
	for n := 0; ; {
		n += len(page.Records)
		if err = form(out, page.Records); err != nil {
			break
		}
		if page.Next == nil {
			err = out.end(page.Unreadable)
			break
		}
		q.After, q.Limit = page.Next, min(exportPage, atOnce(out.bytes, n))
		if page, err = c.page(q); err != nil {
			break
		}
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client is to see that it has not got all
	}
	return nil
}

// page returns the next records, as one query among others.
func (c *call) page(q store.PageQuery) (*store.Page, error) {
	own := *c
	if err := own.admitted(); err != nil {
		return nil, err
	}
	defer own.leave()
	return c.h.o.Store.Page(own.ctx, q)
}

// form returns what writes records.
func (c *call) form(kind string) (func(io.Writer, []record.Record) error, error) {
	fields := c.params.Get("fields")
	if kind == "csv" {
		return c.table(fields)
	}
	if fields != "" {
		return nil, badf("fields: they are for format=csv")
	}
	var b []byte
	var encoder record.Encoder
	one := format.Format(func(dst []byte, r *record.Record) []byte { return append(appendRecord(dst, &encoder, r), '\n') })
	if kind == "text" {
		one = format.Text
	}
	return func(w io.Writer, records []record.Record) error {
		b = b[:0]
		for i := range records {
			b = one(b, &records[i])
		}
		_, err := w.Write(b)
		return err
	}, nil
}

// table returns what writes records as a table, with a line of names first.
func (c *call) table(fields string) (func(io.Writer, []record.Record) error, error) {
	if fields == "" {
		fields = defaultFields
	}
	names := strings.Split(fields, ",")
	if len(names) > maxFields {
		return nil, badf("fields: got %d, want at most %d", len(names), maxFields)
	}
	columns := make([]format.Column, len(names))
	for i, name := range names {
		if name == "" {
			return nil, badf("fields: a name is missing; write for example time,level,message,user_id")
		}
		columns[i] = format.NewColumn(name)
	}
	begun := false
	row := make([]string, len(names))
	var b []byte
	return func(w io.Writer, records []record.Record) error {
		t := csv.NewWriter(w)
		if !begun {
			begun = true
			for i, name := range names {
				row[i] = harmless(name)
			}
			_ = t.Write(row) // Error has it
		}
		for i := range records {
			for n := range columns {
				b = columns[n].AppendValue(b[:0], &records[i], c.now.Location())
				row[n] = harmless(string(b))
			}
			_ = t.Write(row)
		}
		t.Flush()
		return t.Error()
	}, nil
}

// harmless returns a text of which no spreadsheet makes a formula: one that begins like one, and is no number, is
// given an apostrophe.
func harmless(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return text
	}
	return "'" + text
}

// streamed is an answer without a length.
type streamed struct {
	c   *call
	rc  *http.ResponseController
	out io.Writer
	end func(unreadable uint64) error
	// bytes is how many were written, before they were compressed.
	bytes int
}

// stream begins an answer that goes on as long as the client reads.
func (c *call) stream() *streamed {
	s := &streamed{c: c, rc: http.NewResponseController(c.w), out: c.w}
	c.w.Header().Set("Trailer", unreadableTrailer)
	s.end = s.finish
	if zipped(c.req) {
		c.w.Header().Set("Content-Encoding", "gzip")
		zip := c.h.zips.take(c.w)
		s.out = zip
		s.end = func(unreadable uint64) error {
			if err := zip.Close(); err != nil {
				return err
			}
			c.h.zips.put(zip)
			return s.finish(unreadable)
		}
	}
	return s
}

// unreadableTrailer says at the end how many records could not be read.
const unreadableTrailer = "Jackdaw-Unreadable"

func (s *streamed) finish(unreadable uint64) error {
	s.c.w.Header().Set(unreadableTrailer, strconv.FormatUint(unreadable, 10))
	err := s.rc.SetWriteDeadline(time.Time{}) // the connection may be used again
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// Write writes, as long as the client reads on.
func (s *streamed) Write(b []byte) (int, error) {
	if err := s.rc.SetWriteDeadline(time.Now().Add(readPatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	s.bytes += len(b)
	return s.out.Write(b)
}
