package jackdaw

import (
	"context"
	"crypto/tls"
	"net/http"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// HTTPOptions say where an [HTTP] sends to, and in which form. The zero value sends to a receiver on this machine.
type HTTPOptions struct {
	// URL is where requests go. Defaults to http://127.0.0.1:9024/ingest if empty, which is Jackdaw's, and for
	// the body form to http://127.0.0.1:9022/.
	URL string
	// Body is what a request carries: lines (JSON lines), array (a JSON array), or form (one record, as Python's
	// HTTPHandler sends it). Defaults to lines if empty.
	Body string
	// Method is POST, or GET for the body form. Defaults to POST if empty.
	Method string
	// User and Password are sent by Basic authentication; Token as "Authorization: Bearer TOKEN". None is if
	// all are empty.
	User, Password, Token string
	// Header is sent with each request.
	Header http.Header
	// TLS says how https is spoken. Nil is the system's way.
	TLS *tls.Config
	// Timeout bounds one request, from dialling to the end of the answer. Defaults to 10 s if zero.
	Timeout time.Duration
	// NoGzip sends requests as they are. By default JSON is compressed, unless it goes to this machine.
	NoGzip bool
	// RequestRecords and RequestBytes bound what one request carries. They default to 1000 and 1 MiB if zero.
	RequestRecords, RequestBytes int
	// OnError is told what the server rejected out of requests that it took. It must not block.
	OnError func(error)
}

// HTTP is a handler that sends records to a server over HTTP: batches as JSON, or one by one as the forms of
// Python's HTTPHandler. A record is handled when the server answered with a status of 2xx. What it cannot take now is
// tried again, with growing and jittered pauses, or when the server said; what it will never take (400, 413, 422) is
// narrowed to the records that are at fault, and only these are dropped.
//
// A request with JSON has an Idempotency-Key, the same when it is sent again because no answer came: Jackdaw's
// receiver takes its records once.
type HTTP struct{ http *sender.HTTP }

// NewHTTP returns an HTTP. It checks the options and does not connect yet.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	s, err := sender.NewHTTP(sender.HTTPOptions{
		URL: o.URL, Body: o.Body, Method: o.Method, User: o.User, Password: o.Password, Token: o.Token, Header: o.Header, TLS: o.TLS, Timeout: o.Timeout,
		NoGzip: o.NoGzip, RequestRecords: o.RequestRecords, RequestBytes: o.RequestBytes, OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &HTTP{s}, nil
}

// Handle sends the batch and returns nil when all of it was answered. It tries each request once.
func (h *HTTP) Handle(ctx context.Context, batch []record.Record) error {
	return h.http.Handle(ctx, batch)
}

// Close closes idle connections.
func (h *HTTP) Close() error { return h.http.Close() }

// HTTPStats are the counts of an [HTTP].
type HTTPStats struct {
	// Acknowledged is how many records the server took, Rejected how many it said it rejected.
	Acknowledged, Rejected uint64
	// Requests is how many requests were made, Failed how many of them were not answered with 2xx.
	Requests, Failed uint64
}

// Stats returns the counts. It never waits.
func (h *HTTP) Stats() HTTPStats {
	st := h.http.Stats()
	return HTTPStats{Acknowledged: st.Acknowledged, Rejected: st.Rejected, Requests: st.Requests, Failed: st.Failed}
}
