package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/store"
)

// says is a server that says the same to every question.
type says string

// RoundTrip implements http.RoundTripper.
func (s says) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(s))), Request: req}, nil
}

// Whatever answers, nothing panics, and what is told are records, gaps and errors.
func FuzzAnswers(f *testing.F) {
	f.Add(hello("a-1-0") + some("a-2-0", "a-3-0") + ": alive\n\nevent: gap\nid: a-9-0\ndata: {\"records\":3,\ndata: \"why\":\"slow\"}\n\n")
	f.Add(`{"records":[{"id":"a-1-0","level":"INFO","message":"m"},{"id":"","message":""}],"next":"5~a-1-0","unreadable":1}`)
	f.Add(`{"record":{"id":"a-1-0","level":"INFO","message":"m"},"before":[null],"after":[{"id":"a-1-0"}]}`)
	f.Add(`{"loggers":[{"logger":"a","counts":{"ERROR":1,"x":2}}],"total":null,"buckets":[{"time":"2026-11-22T12:00:00Z"}],"values":[{}]}`)
	f.Add("event: records\ndata: {\"records\":[{\"id\":\"" + strings.Repeat("x", 200) + "\"}]}\n\n")
	f.Fuzz(func(t *testing.T, answer string) {
		c := client.New(client.Options{URL: "http://server", Transport: says(answer)})
		lost := errors.New("lost")
		err := c.Follow(t.Context(), client.TailQuery{Last: 5}, func(e client.Event) error {
			if e.Lost != nil {
				return lost
			}
			if e.Hello == nil && e.Gap == nil && len(e.Records) == 0 {
				t.Errorf("got an event of nothing: %+v", e)
			}
			return nil
		})
		if err == nil {
			t.Error("got no error of a connection that ended")
		}
		_, _ = c.Page(t.Context(), store.PageQuery{})
		_, _ = c.Around(t.Context(), store.AroundQuery{})
		_, _ = c.Count(t.Context(), store.Query{})
		_, _ = c.Histogram(t.Context(), store.HistogramQuery{})
		_, _ = c.Values(t.Context(), store.ValuesQuery{})
	})
}
