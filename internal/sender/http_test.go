package sender

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func newHTTP(t *testing.T, o HTTPOptions) *HTTP {
	t.Helper()
	s, err := NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// inbox is a server that keeps what it is sent.
type inbox struct {
	mu       sync.Mutex
	messages []string
	requests []*http.Request
	// answer says what to answer to messages that came together, 204 if it is nil or writes nothing.
	answer func(w http.ResponseWriter, messages []string)
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	var messages []string
	switch req.Header.Get("Content-Type") {
	case "application/x-ndjson":
		for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
			messages = append(messages, messageOf(lines.Bytes()))
		}
	case "application/json":
		var all []json.RawMessage
		_ = json.Unmarshal(body, &all)
		for _, one := range all {
			messages = append(messages, messageOf(one))
		}
	default:
		text := string(body)
		if req.Method == http.MethodGet {
			text = req.URL.RawQuery
		}
		form, _ := url.ParseQuery(text)
		messages = append(messages, form.Get("msg"))
	}
	status := &answered{ResponseWriter: w}
	if b.answer != nil {
		b.answer(status, messages)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, req)
	if status.status == 0 || status.status/100 == 2 {
		b.messages = append(b.messages, messages...)
	}
}

func messageOf(line []byte) string {
	var r struct{ Message string }
	if err := json.Unmarshal(line, &r); err != nil {
		return err.Error()
	}
	return r.Message
}

// answered knows the status that was written.
type answered struct {
	http.ResponseWriter
	status int
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (b *inbox) received() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.messages)
}

// serveHTTP starts the inbox as a server.
func serveHTTP(t *testing.T, b *inbox) (address string) {
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return server.URL
}

func TestHTTPContract(t *testing.T) {
	for _, o := range []HTTPOptions{{Body: "lines", RequestRecords: 7}, {Body: "array", RequestBytes: 500}, {Body: "form"}, {Body: "form", Method: "GET"}} {
		t.Run(o.Body+o.Method, func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				b := new(inbox)
				o := o
				o.URL = serveHTTP(t, b) + "/in?from=go"
				return handlertest.Subject{Handler: newHTTP(t, o), Messages: b.received}
			})
		})
	}
}

// A server of Python's reads records that HTTPHandler could have sent.
func TestHTTPPython(t *testing.T) {
	address, lines := startPython(t, "forms.py")
	at := time.Unix(1790000000, 123456000)
	r := record.Record{
		Time: at, Level: slog.LevelWarn, Logger: "shop.pay", Message: "100 % — größer & =", Process: record.Process{PID: 4242}, Source: slog.Source{File: "pay.py", Line: 10},
		Attrs:     []slog.Attr{slog.Int("user_id", 42), slog.Group("request", slog.String("path", "/"), slog.Any("codes", []any{int64(1), "x"}))},
		Exception: &record.Exception{Traceback: "Traceback (most recent call last):\nValueError: x"},
	}
	for _, o := range []HTTPOptions{{Method: "GET"}, {Method: "POST", User: "ann", Password: "p:w"}, {Token: "t"}} {
		o.Body, o.URL = "form", "http://"+address+"/log/here"
		s := newHTTP(t, o)
		for range 2 { // over one connection
			if err := s.Handle(t.Context(), []record.Record{r}); err != nil {
				t.Fatal(err)
			}
			if !lines.Scan() {
				t.Fatal(lines.Err())
			}
			want := map[string]any{
				"text": "WARNING:shop.pay:10:100 % — größer & =\nTraceback (most recent call last):\nValueError: x", "levelno": 30.0, "created": 1790000000.123456, "user_id": 42.0,
				"request": map[string]any{"path": "/", "codes": []any{1.0, "x"}}, "process": 4242.0, "path": "/log/here", "method": o.Method, "authorization": nil,
			}
			if o.Method == "" {
				want["method"] = "POST"
			}
			if value := o.authorization(); value != "" {
				want["authorization"] = value
			}
			var got map[string]any
			if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v:\n got %v\nwant %v", o, got, want)
			}
		}
	}
}

// refused is what delivery could not bring to a handler.
type refused struct{ messages []string }

func (l *refused) Handled(int)   {}
func (l *refused) Failing(error) {}

func (l *refused) Refused(_ context.Context, r *record.Record, _ error) error {
	l.messages = append(l.messages, r.Message)
	return nil
}

func messagesOf(n int) (batch []record.Record) {
	for i := range n {
		batch = append(batch, record.Record{Message: fmt.Sprint("m", i)})
	}
	return batch
}

// A server that is away, or busy, is tried again; a record that it will never take costs no other one.
func TestHTTPDelivery(t *testing.T) {
	calls := 0
	b := &inbox{answer: func(w http.ResponseWriter, messages []string) {
		switch calls++; {
		case calls == 2 || calls == 4:
			w.WriteHeader(http.StatusServiceUnavailable)
		case slices.Contains(messages, "m17"):
			http.Error(w, "what is m17?", http.StatusBadRequest)
		}
	}}
	s := newHTTP(t, HTTPOptions{URL: serveHTTP(t, b), RequestRecords: 8})
	var l refused
	if left := delivery.Deliver(t.Context(), s, messagesOf(40), &l); left != 0 {
		t.Errorf("%d records are left", left)
	}
	var want []string
	for _, r := range messagesOf(40) {
		if r.Message != "m17" {
			want = append(want, r.Message)
		}
	}
	if got := b.received(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []string{"m17"}; !slices.Equal(l.messages, want) {
		t.Errorf("refused: got %q, want %q", l.messages, want)
	}
	if st := s.Stats(); st.Acknowledged != 39 || st.Failed < 4 {
		t.Errorf("got %+v, want 39 acknowledged, and requests that failed", st)
	}
}

// What Jackdaw's receiver says it took of a request is not sent again, and what it rejected is counted and told.
func TestHTTPPartly(t *testing.T) {
	answers := []string{`{"accepted":2,"rejected":1,"error":"no room","line":4}`, `{"accepted":1,"rejected":1,"errors":[{"line":1,"error":"no record"}]}`}
	b := &inbox{}
	b.answer = func(w http.ResponseWriter, messages []string) {
		text := answers[0]
		answers = answers[1:]
		if len(answers) == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
		fmt.Fprint(w, text)
	}
	var told []string
	s := newHTTP(t, HTTPOptions{URL: serveHTTP(t, b), OnError: func(err error) { told = append(told, err.Error()) }})
	err := s.Handle(t.Context(), messagesOf(5))
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 3 || !strings.Contains(err.Error(), "answered 429 Too Many Requests") {
		t.Fatalf("got %v, want 3 records handled and 429", err)
	}
	if err := s.Handle(t.Context(), messagesOf(5)[3:]); err != nil {
		t.Fatal(err)
	}
	if got, want := s.Stats(), (HTTPStats{Acknowledged: 3, Rejected: 2, Requests: 2, Failed: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(told) != 2 || !strings.HasSuffix(told[1], "1 of 2 records were rejected: no record") {
		t.Errorf("told %q", told)
	}
}

// A request that was not answered comes again with the same key, another one with another.
func TestHTTPKeys(t *testing.T) {
	failing := true
	b := &inbox{answer: func(w http.ResponseWriter, _ []string) {
		if failing {
			w.WriteHeader(http.StatusBadGateway)
		}
	}}
	s := newHTTP(t, HTTPOptions{URL: serveHTTP(t, b)})
	for i := range 4 {
		failing = i == 0
		if err := s.Handle(t.Context(), messagesOf(min(i, 1) + 1)[:1]); (err == nil) == failing {
			t.Fatalf("request %d: got %v", i, err)
		}
	}
	var keys []string
	for _, req := range b.requests {
		keys = append(keys, req.Header.Get("Idempotency-Key"))
	}
	if len(keys) != 4 || keys[0] != keys[1] || keys[1] == keys[2] || keys[2] == keys[3] {
		t.Errorf("got %q, want the first two the same, and no others", keys)
	}
}

// Retry-After is heeded, as far as to ctx's end.
func TestHTTPRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHTTP(t, HTTPOptions{})
		calls := 0
		s.client.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			calls++
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"30"}}, Body: http.NoBody, Request: req}, nil
		})
		start := time.Now()
		for range 2 {
			if err := s.Handle(t.Context(), messagesOf(1)); err == nil || record.IsPermanent(err) {
				t.Errorf("got %v, want an error that is not permanent", err)
			}
		}
		if got := time.Since(start); got != 30*time.Second || calls != 2 {
			t.Errorf("two requests, of which %d were made, took %v, want 2 and 30s", calls, got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Handle(ctx, messagesOf(1)); !errors.Is(err, context.DeadlineExceeded) || calls != 2 {
			t.Errorf("got %v after %d requests, want none more, and the deadline", err, calls)
		}
	})
}

func TestHTTPOptions(t *testing.T) {
	f := func(o HTTPOptions, want string) {
		t.Helper()
		if _, err := NewHTTP(o); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", o, err, want)
		}
	}
	f(HTTPOptions{URL: "logs.example"}, `send by HTTP to "logs.example": want a URL like http://127.0.0.1:9024/ingest`)
	f(HTTPOptions{URL: "ftp://x", Body: "form"}, `send by HTTP to "ftp://x": want a URL like http://127.0.0.1:9022/`)
	f(HTTPOptions{URL: "http://ann:secret@x/"}, `send by HTTP to http://ann:xxxxx@x/: the URL holds a user; set User and Password`)
	f(HTTPOptions{Body: "xml"}, `send by HTTP to http://127.0.0.1:9024/ingest: got body "xml", want lines, array or form`)
	f(HTTPOptions{Method: "GET"}, `send by HTTP to http://127.0.0.1:9024/ingest: got method "GET" with body lines, want POST`)
	f(HTTPOptions{Method: "PUT", Body: "form"}, `send by HTTP to http://127.0.0.1:9022/: got method "PUT" with body form, want POST or GET`)
	f(HTTPOptions{User: "ann", Token: "t"}, `send by HTTP to http://127.0.0.1:9024/ingest: got a user and a token, want one of them`)
	f(HTTPOptions{Timeout: -1}, `send by HTTP to http://127.0.0.1:9024/ingest: got Timeout -1ns, RequestRecords 0, RequestBytes 0, want none below 0`)

	s := newHTTP(t, HTTPOptions{})
	_ = s.Close()
	if err := s.Handle(t.Context(), messagesOf(1)); !errors.Is(err, ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want ErrClosed", err)
	}
}

// A server that sends elsewhere has taken nothing.
func TestHTTPRedirect(t *testing.T) {
	b := new(inbox)
	to := serveHTTP(t, b)
	moved := httptest.NewServer(http.RedirectHandler(to+"/logs", http.StatusMovedPermanently))
	defer moved.Close()
	for _, o := range []HTTPOptions{{}, {Body: "form"}, {Body: "form", Method: "GET"}} {
		o.URL = moved.URL
		err := newHTTP(t, o).Handle(t.Context(), messagesOf(1))
		if err == nil || record.IsPermanent(err) || !strings.HasSuffix(err.Error(), "answered 301 Moved Permanently: the URL is now "+to+"/logs") {
			t.Errorf("%+v: got %v, want an error that says where the URL is", o, err)
		}
	}
	if len(b.requests) > 0 {
		t.Errorf("%d requests followed", len(b.requests))
	}
}
