package sender

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// collector is an OTLP/HTTP receiver that does what answer says, and else takes everything.
type collector struct {
	answer func(n int, w http.ResponseWriter) (done bool) // to request n, from 0

	mu       sync.Mutex // guards below
	requests []*http.Request
	messages [][]string // of each request
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	p, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	records, err := otlp.NewDecoder(otlp.Limits{}).Decode(p, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var messages []string
	for _, r := range records {
		messages = append(messages, r.Message)
	}
	c.mu.Lock()
	n := len(c.requests)
	c.requests, c.messages = append(c.requests, r), append(c.messages, messages)
	c.mu.Unlock()
	if c.answer != nil && c.answer(n, w) {
		c.mu.Lock()
		c.messages[n] = nil
		c.mu.Unlock()
	}
}

func (c *collector) taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.messages...)
}

func (c *collector) header(n int, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests[n].Header.Get(name)
}

// collect starts c and returns an OTLP that sends to it.
func collect(t *testing.T, c *collector, o OTLPOptions) *OTLP {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	o.URL = server.URL
	s, err := NewOTLP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func numbered(n int) (batch []record.Record) {
	for i := range n {
		batch = append(batch, record.Record{Time: time.Unix(1700000000, int64(i)), Message: fmt.Sprint("message ", i)})
	}
	return batch
}

func TestOTLPContract(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		c := &collector{}
		return handlertest.Subject{Handler: collect(t, c, OTLPOptions{RequestRecords: 7}), Messages: c.taken}
	})
}

func TestOTLPRequest(t *testing.T) {
	c := &collector{}
	s := collect(t, c, OTLPOptions{Token: "secret", Header: http.Header{"x-team": {"shop"}}})
	if err := s.Handle(t.Context(), numbered(2)); err != nil {
		t.Fatal(err)
	}
	r := c.requests[0]
	if r.Method != "POST" || r.URL.Path != "/v1/logs" {
		t.Errorf("got %s %s, want POST /v1/logs", r.Method, r.URL.Path)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-protobuf", "Content-Encoding": "", "Authorization": "Bearer secret", "X-Team": "shop",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got, want := s.Stats(), (OTLPStats{Acknowledged: 2, Requests: 1}); got != want {
		t.Errorf("Stats: got %+v, want %+v", got, want)
	}
}

// To another machine requests are compressed.
func TestOTLPGzip(t *testing.T) {
	s, err := NewOTLP(OTLPOptions{URL: "http://logs.example"})
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("record "), 100)
	req, err := s.request(t.Context(), "text/plain", body, "key")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, body) || req.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %q (%v), encoding %q, want the body in gzip", got, err, req.Header.Get("Content-Encoding"))
	}
}

// A batch that was not acknowledged has the same key when it is sent again; one that was, and comes
// again, is another.
func TestOTLPIdempotencyKey(t *testing.T) {
	c := &collector{answer: func(n int, w http.ResponseWriter) bool {
		if n == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return n == 0
	}}
	s := collect(t, c, OTLPOptions{})
	batch := numbered(3)
	if err := s.Handle(t.Context(), batch); err == nil || record.IsPermanent(err) {
		t.Fatalf("got %v, want an error that is not permanent", err)
	}
	for range 2 {
		if err := s.Handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := c.header(0, "Idempotency-Key"), c.header(1, "Idempotency-Key"), c.header(2, "Idempotency-Key")
	if first != second || second == third || len(first) != 34 {
		t.Errorf("keys: got %s, %s and %s, want twice the same and then another", first, second, third)
	}
	other := collect(t, c, OTLPOptions{})
	if err := other.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if got := c.header(3, "Idempotency-Key"); got == first || got == third {
		t.Errorf("the key of another sender: got %s as well", got)
	}
}

func TestOTLPErrors(t *testing.T) {
	f := func(code int, contentType, answer string, permanent bool, want string) {
		t.Helper()
		c := &collector{answer: func(_ int, w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			io.WriteString(w, answer)
			return true
		}}
		s := collect(t, c, OTLPOptions{})
		err := s.Handle(t.Context(), numbered(1))
		if err == nil || !strings.HasSuffix(err.Error(), want) || !strings.Contains(err.Error(), "/v1/logs: answered") {
			t.Errorf("%d %q: got %v, want it to end in %q", code, answer, err, want)
		}
		if record.IsPermanent(err) != permanent {
			t.Errorf("%d %q: permanent: got %v, want %v", code, answer, !permanent, permanent)
		}
		if got, want := s.Stats(), (OTLPStats{Requests: 1, Failed: 1}); got != want {
			t.Errorf("%d: Stats: got %+v, want %+v", code, got, want)
		}
	}
	status := string(otlp.AppendStatus(nil, otlp.Status{Code: 3, Message: "field 2 is no text"}))
	f(400, "application/x-protobuf", status, true, "400 Bad Request: field 2 is no text")
	f(413, "text/plain", "at most 4 MiB\n", true, "413 Request Entity Too Large: at most 4 MiB")
	f(422, "", "", true, "422 Unprocessable Entity")
	f(429, "", "slow\x1b[31m down", false, "429 Too Many Requests: slow [31m down")
	f(503, "text/html; charset=utf-8", "<html>no</html>", false, "503 Service Unavailable")
	f(401, "text/plain", "no token", false, "401 Unauthorized: no token")
	f(404, "text/plain", strings.Repeat("x", 500), false, "404 Not Found: "+strings.Repeat("x", 200)+"…")
}

// What was acknowledged before a request that failed is not asked for again.
func TestOTLPPartial(t *testing.T) {
	for _, inFlight := range []int{1, 3} {
		c := &collector{answer: func(n int, w http.ResponseWriter) bool {
			if n == 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			return n == 2
		}}
		s := collect(t, c, OTLPOptions{RequestRecords: 10, InFlight: inFlight})
		batch := numbered(45)
		left := batch
		for range 10 {
			err := s.Handle(t.Context(), left)
			if err == nil {
				left = nil
				break
			}
			partial, ok := errors.AsType[*record.PartialError](err)
			if !ok || partial.Handled%10 != 0 || inFlight == 1 && partial.Handled != 20 {
				t.Fatalf("got %#v, want a PartialError behind whole requests", err)
			}
			left = left[partial.Handled:]
		}
		if len(left) > 0 {
			t.Fatalf("%d records are left", len(left))
		}
		got := c.taken()
		slices.Sort(got)
		got = slices.Compact(got)
		if len(got) != len(batch) || inFlight == 1 && len(c.taken()) != len(batch) {
			t.Errorf("%d in flight: got %d messages, %d of them different, want %d", inFlight, len(c.taken()), len(got), len(batch))
		}
	}
}

// The receiver's word on when to come again is kept.
func TestOTLPRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		s, err := NewOTLP(OTLPOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.client.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			asked++
			resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
			if asked == 1 {
				resp.StatusCode = 429
				resp.Header.Set("Retry-After", "7")
			}
			return resp, nil
		})
		begin := time.Now()
		if err := s.Handle(t.Context(), numbered(1)); err == nil {
			t.Fatal("got no error")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Handle(ctx, numbered(1)); !errors.Is(err, context.DeadlineExceeded) || asked != 1 {
			t.Errorf("within the pause: got %v after %d requests, want the context's error after 1", err, asked)
		}
		if err := s.Handle(t.Context(), numbered(1)); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(begin); got != 7*time.Second {
			t.Errorf("came again after %v, want 7s", got)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request that the receiver took in part counts what it rejected, and tells it.
func TestOTLPRejected(t *testing.T) {
	c := &collector{answer: func(_ int, w http.ResponseWriter) bool {
		w.Write(otlp.AppendAnswer(nil, otlp.Answer{Rejected: 2, Message: "too old"}))
		return false
	}}
	var told []string
	s := collect(t, c, OTLPOptions{OnError: func(err error) { told = append(told, err.Error()) }})
	if err := s.Handle(t.Context(), numbered(5)); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Stats(), (OTLPStats{Acknowledged: 3, Rejected: 2, Requests: 1}); got != want {
		t.Errorf("Stats: got %+v, want %+v", got, want)
	}
	if len(told) != 1 || !strings.HasSuffix(told[0], "2 of 5 records were rejected: too old") {
		t.Errorf("told: got %q", told)
	}
}

func TestOTLPClosed(t *testing.T) {
	s := collect(t, &collector{}, OTLPOptions{})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Handle(t.Context(), numbered(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestOTLPOptions(t *testing.T) {
	f := func(o OTLPOptions, want string) {
		t.Helper()
		if _, err := NewOTLP(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", o, err, want)
		}
	}
	f(OTLPOptions{URL: "127.0.0.1:4318"}, `want a URL like http://127.0.0.1:4318/v1/logs`)
	f(OTLPOptions{URL: "ftp://x"}, "want a URL like")
	f(OTLPOptions{URL: "http://me:pw@x"}, "http://me:xxxxx@x: the URL holds a user")
	f(OTLPOptions{InFlight: -1}, "InFlight -1")
	s, err := NewOTLP(OTLPOptions{URL: "https://logs.example/otlp/v1/logs"})
	if err != nil || s.o.URL != "https://logs.example/otlp/v1/logs" || s.o.NoGzip {
		t.Errorf("got %+v, %v", s.o, err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f := func(header string, want time.Duration) {
		t.Helper()
		if got := putOffFor(header, now); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
	f("", 0)
	f("3", 3*time.Second)
	f("-3", 0)
	f("99999999999", maxPutOff)
	f("1048577", maxPutOff)
	f("Sun, 22 Nov 2026 10:00:30 GMT", 30*time.Second)
	f("Sun, 22 Nov 2026 09:00:30 GMT", 0)
	f("soon", 0)
}
