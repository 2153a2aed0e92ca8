package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// zipFrom is the length from which on an answer is worth to be compressed.
const zipFrom = 1400

// zips are compressors that are not in use.
type zips struct{ pool sync.Pool }

func (z *zips) take(w io.Writer) *gzip.Writer {
	zip, ok := z.pool.Get().(*gzip.Writer)
	if !ok {
		zip, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a right one
	}
	zip.Reset(w)
	return zip
}

func (z *zips) put(zip *gzip.Writer) { z.pool.Put(zip) }

// zipped reports whether who asks takes gzip.
func zipped(req *http.Request) bool {
	for part := range strings.SplitSeq(req.Header.Get("Accept-Encoding"), ",") {
		name, weight, weighed := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, text, _ := strings.Cut(weight, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return !weighed || err == nil && q > 0
	}
	return false
}

// answer writes a value as JSON.
func (c *call) answer(status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // of plain structs
	}
	c.write(status, body)
}

const (
	// smallAnswer is how long an answer may be for others to ask the store while it is written: that takes as long as
	// the client likes, and a large one takes memory meanwhile.
	smallAnswer = 1 << 20
	// answerPatience is how long a client may take to read an answer.
	answerPatience = 30 * time.Second
)

// write writes JSON. The error of writing is that the client left.
func (c *call) write(status int, body []byte) {
	if len(body) <= smallAnswer {
		c.leave()
	}
	rc := http.NewResponseController(c.w)
	_ = rc.SetWriteDeadline(time.Now().Add(answerPatience)) // if that can be set, which it can of a connection
	defer func() { _ = rc.SetWriteDeadline(time.Time{}) }() // it may be used again
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Add("Vary", "Accept-Encoding")
	if len(body) < zipFrom || !zipped(c.req) {
		c.w.WriteHeader(status)
		_, _ = c.w.Write(append(body, '\n'))
		return
	}
	h.Set("Content-Encoding", "gzip")
	c.w.WriteHeader(status)
	zip := c.h.zips.take(c.w)
	_, _ = zip.Write(append(body, '\n'))
	_ = zip.Close()
	c.h.zips.put(zip)
}

// appendRecord appends the JSON form of a record with its id first.
func appendRecord(dst []byte, e *record.Encoder, r *record.Record) []byte {
	dst = append(dst, `{"id":"`...)
	dst = append(dst, r.ID.String()...)
	dst = append(dst, '"')
	n := len(dst)
	dst = e.AppendJSON(dst, r)
	dst[n] = ',' // in the place of the brace
	return dst
}

// appendRecords appends a list of records as a member of an object.
func appendRecords(dst []byte, name string, records []record.Record, e *record.Encoder) []byte {
	dst = append(append(append(dst, '"'), name...), `":[`...)
	for i := range records {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendRecord(dst, e, &records[i])
	}
	return append(dst, ']')
}

// forPages returns JSON without the characters that mean something in HTML.
func forPages(body []byte) []byte {
	if !bytes.ContainsAny(body, "<>&") {
		return body
	}
	var b bytes.Buffer
	b.Grow(len(body) + len(body)/16)
	json.HTMLEscape(&b, body)
	return b.Bytes()
}
