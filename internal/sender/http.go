package sender

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/wire/form"
	"github.com/jackdaw-log/jackdaw/record"
)

// HTTP is a handler that sends records to a server over HTTP: batches as JSON to Jackdaw's /ingest or any other
// collector, or one by one as the forms that Python's HTTPHandler sends. Its Handle returns nil when the server has
// answered with a status of 2xx. Its methods may be called from any goroutine; requests are made one after another.
//
// A request with JSON carries the header Idempotency-Key, which is the same when the same records are sent again
// because no answer came. Jackdaw's receiver takes them once then.
type HTTP struct {
	exchange
	o      HTTPOptions
	turn   chan struct{}
	counts struct{ acknowledged, rejected, requests, failed atomic.Uint64 }
}

// NewHTTP returns an HTTP. It checks the options and does not connect yet.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &HTTP{o: o, turn: make(chan struct{}, 1)}
	s.exchange.open(o.URL, o.Timeout, o.TLS, 1)
	s.gzip, s.header = !o.NoGzip, o.Header.Clone()
	if value := o.authorization(); value != "" {
		s.authorize(value)
	}
	return s, nil
}

// Handle sends the batch, and returns when all requests for it were answered or one was not. It tries each once: who
// calls it tries again. An error is a [record.PartialError] where records before were taken, and permanent where
// sending the same records again cannot mend it.
func (s *HTTP) Handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for taken := 0; taken < len(batch); {
		n, handled, err := s.send(ctx, batch[taken:])
		if err == nil {
			taken += n
			continue
		}
		return partial(taken+handled, n, err)
	}
	return nil
}

// partial is the error of a Handle that has got through so many records, and then failed with a request for n others. A
// refusal of several speaks against all of them, and none in particular: before any was taken it is for the whole batch,
// and after that it is to be tried again, when it will be.
func partial(handled, n int, err error) error {
	if n > 1 && record.IsPermanent(err) {
		if handled == 0 {
			return err
		}
		err = errors.New(err.Error())
	}
	return &record.PartialError{Handled: handled, Err: err}
}

// send makes one request with n records. After an error handled of them were taken all the same.
func (s *HTTP) send(ctx context.Context, batch []record.Record) (n, handled int, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, 0, err
	}
	s.counts.requests.Add(1)
	if s.o.Body == "form" {
		n, err = 1, s.sendForm(ctx, &batch[0])
		if err == nil {
			s.counts.acknowledged.Add(1)
		}
	} else {
		n, handled, err = s.sendJSON(ctx, batch)
	}
	if err != nil {
		s.counts.failed.Add(1)
		return n, handled, s.about(err)
	}
	return n, 0, nil
}

// sendForm sends one record as a form.
func (s *HTTP) sendForm(ctx context.Context, r *record.Record) error {
	var own record.Record
	body := form.Append(nil, signed(r, &own))
	at := s.url
	if s.o.Method == http.MethodGet {
		sep := "?"
		if strings.Contains(at, "?") {
			sep = "&"
		}
		at, body = at+sep+string(body), nil
	}
	req, err := http.NewRequestWithContext(ctx, s.o.Method, at, bytes.NewReader(body))
	if err != nil {
		return err
	}
	s.sign(req)
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	_, err = s.do(req)
	return err
}

// sendJSON sends as many of the records as one request carries.
func (s *HTTP) sendJSON(ctx context.Context, batch []record.Record) (n, handled int, err error) {
	array := s.o.Body == "array"
	body, kind := []byte(nil), "application/x-ndjson"
	if array {
		body, kind = append(body, '['), "application/json"
	}
	var own record.Record
	for n < len(batch) && n < s.o.RequestRecords {
		from := len(body)
		if array && n > 0 {
			body = append(body, ',')
		}
		body = record.AppendJSON(body, signed(&batch[n], &own))
		if !array {
			body = append(body, '\n')
		}
		if n > 0 && len(body) > s.o.RequestBytes {
			body = body[:from]
			break
		}
		n++
	}
	if array {
		body = append(body, ']')
	}
	answer, err := s.post(ctx, kind, body)
	var a ingestAnswer
	if !array && json.Unmarshal(answer, &a) != nil {
		a = ingestAnswer{}
	}
	if err == nil {
		s.took(n, a)
	} else {
		handled = min(max(a.Line-1, 0), n)
		s.took(handled, a)
	}
	return n, handled, err
}

// ingestAnswer is what Jackdaw's receiver answers to lines. Where it could not take all, Line is the first, from 1,
// that is to be sent again.
type ingestAnswer struct {
	Rejected, Line int
	Errors         []struct {
		Line  int
		Error string
	}
}

// took counts records that are the server's affair, and tells of those that it rejected.
func (s *HTTP) took(n int, a ingestAnswer) {
	rejected := min(max(a.Rejected, 0), n)
	s.counts.acknowledged.Add(uint64(n - rejected))
	s.counts.rejected.Add(uint64(rejected))
	if rejected == 0 || s.o.OnError == nil {
		return
	}
	why := ""
	if len(a.Errors) > 0 {
		why = ": " + printable(a.Errors[0].Error)
	}
	s.o.OnError(s.about(fmt.Errorf("%d of %d records were rejected%s", rejected, n, why)))
}

// HTTPStats are the counts of an [HTTP].
type HTTPStats struct {
	// Acknowledged is how many records the server took, without those that it said it rejected.
	Acknowledged uint64
	// Rejected is how many records the server said it rejected.
	Rejected uint64
	// Requests is how many requests were made, Failed how many of them were not answered with 2xx.
	Requests, Failed uint64
}

// Stats returns the counts. It never waits.
func (s *HTTP) Stats() HTTPStats {
	return HTTPStats{
		Acknowledged: s.counts.acknowledged.Load(), Rejected: s.counts.rejected.Load(),
		Requests: s.counts.requests.Load(), Failed: s.counts.failed.Load(),
	}
}
