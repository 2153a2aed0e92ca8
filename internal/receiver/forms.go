package receiver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/wire/form"
	"github.com/jackdaw-log/jackdaw/record"
)

// formType is the type of an HTML form.
const formType = "application/x-www-form-urlencoded"

// Forms takes what Python's HTTPHandler sends, at any path: a record as a form, in the query of a GET or the
// body of a POST. A body may be a JSON object, too, in the forms of package jsonl. It answers
//
//	204       when the record is in the handler's custody, not before
//	4xx       for what will never be right, with a line that says why
//	503       when the record was dropped
//
// HTTPHandler waits for the answer and reads nothing of it. It never comes again, so that nothing is given back: a
// record that the handler does not take within RetryTimeout is dropped, as one that came in a frame.
func (r *Receiver) Forms() http.Handler {
	l := r.ledger("http")
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		no := func() *refusal {
			q, no := r.enter(l, w, req)
			if no != nil {
				return no
			}
			defer q.leave()
			return q.form()
		}()
		if no == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		no.setHeaders(w.Header())
		switch no.status {
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Basic realm="jackdaw"`)
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", "GET, POST")
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(no.status)
		io.WriteString(w, no.text+"\n")
	})
}

// form takes the record of the request.
func (q *request) form() *refusal {
	if no := q.expectForm(); no != nil {
		return q.turnAway(no)
	}
	b := []byte(q.req.URL.RawQuery)
	if q.req.Method == http.MethodPost {
		body, no := q.body(q.req.Context(), q.req.Header.Get("Content-Encoding"))
		if no != nil {
			return q.notRead(no)
		}
		if len(body) > 0 {
			b = body
		}
	}
	if len(b) == 0 {
		return q.turnAway(&refusal{http.StatusBadRequest, Unsupported, "there is no record: this address takes Python's HTTPHandler, a form with msg or message among its keys", 0})
	}
	q.charge(recordSize)
	batch := make([]record.Record, 1)
	if no := q.atWork(q.req.Context(), len(b), func() *refusal { return q.decodeForm(b, &batch[0]) }); no != nil {
		return no
	}
	return q.keep(batch)
}

// expectForm says what is wrong with a request for a record, before its body is read.
func (q *request) expectForm() *refusal {
	h := q.req.Header
	if q.req.Method != http.MethodGet && q.req.Method != http.MethodPost {
		return &refusal{http.StatusMethodNotAllowed, Unsupported, "use GET with a query, or POST with a form", 0}
	}
	// A GET that a page makes is not among what the standard library's protection keeps out, since it is to
	// change nothing.
	if site := h.Get("Sec-Fetch-Site"); site != "" && site != "none" || h.Get("Origin") != "" || h.Get("Referer") != "" {
		return &refusal{http.StatusForbidden, CrossOrigin, "a page may not send here", 0}
	}
	switch mediaType(q.req) {
	case "", formType, jsonType, "text/plain":
		return nil
	}
	return &refusal{http.StatusUnsupportedMediaType, Unsupported, "the content is to be " + formType + ", as Python's HTTPHandler sends it, or " + jsonType, 0}
}

// decodeForm decodes a form, or a JSON object, or rejects it.
func (q *request) decodeForm(b []byte, rec *record.Record) *refusal {
	err := delivery.Contain(func() (err error) {
		// A decoder that panics is not put back.
		if first := bytes.TrimLeft(b, " \t\r\n"); len(first) > 0 && first[0] == '{' {
			decoder := q.r.lineDecoders.take()
			err = decoder.Decode(b, rec)
			q.r.lineDecoders.put(decoder)
		} else {
			decoder := q.r.formDecoders.take()
			err = decoder.Decode(b, rec)
			q.r.formDecoders.put(decoder)
		}
		return err
	})
	if err == nil {
		return nil
	}
	no := &refusal{http.StatusBadRequest, Undecodable, err.Error(), 0}
	if delivery.Panicked(err) {
		no.reason = Panicked
	}
	q.reject(no, b)
	return no
}

// keep hands records over whose sender will not send them again, even when it leaves meanwhile.
func (q *request) keep(batch []record.Record) *refusal {
	now := time.Now()
	for i := range batch {
		batch[i].Peer, batch[i].Received = q.peer, now
	}
	q.l.frames.Add(uint64(len(batch)))
	ctx := whole(q.req.Context())
	err := q.r.handle(ctx, batch)
	if err == nil {
		q.l.accepted.Add(uint64(len(batch)))
		return nil
	}
	if dropped := q.r.offer(ctx, q.l, batch, q.peer, err); dropped > 0 {
		return &refusal{http.StatusServiceUnavailable, Unhandled, fmt.Sprintf("the record was dropped: %v", err), 0}
	}
	return nil
}

// wholeKey is the key of the context of all requests of an address, which does not end with one of them.
type wholeKey struct{}

// withWhole returns ctx with itself in it, for whole.
func withWhole(ctx context.Context) context.Context { return context.WithValue(ctx, wholeKey{}, ctx) }

// whole returns the context that ends when Close gives up, of one of a request, which ends when its client leaves.
func whole(ctx context.Context) context.Context {
	if all, ok := ctx.Value(wholeKey{}).(context.Context); ok {
		return all
	}
	return context.WithoutCancel(ctx)
}

// formDecoders are decoders that are not in use.
type formDecoders struct{ pool sync.Pool }

func (d *formDecoders) take() *form.Decoder {
	if decoder, ok := d.pool.Get().(*form.Decoder); ok {
		return decoder
	}
	return new(form.Decoder)
}

func (d *formDecoders) put(decoder *form.Decoder) { d.pool.Put(decoder) }
