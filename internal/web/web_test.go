package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/web"
)

var update = flag.Bool("update", false, "rewrite the text that is expected of the metrics")

// sample are counts of every kind.
func sample() web.Stats {
	at := time.Date(2026, 11, 22, 10, 41, 41, 500e6, time.UTC)
	return web.Stats{
		Version: `jackdaw "1"`, Host: "h", PID: 42, Started: at, Time: at.Add(time.Minute), Problems: []string{"file a: disk full"},
		Receivers: []web.Receiver{{
			Name: "tcp", Read: 20, Accepted: 12, Waiting: 1, Bytes: 4096, Connections: 2, ConnectionsTotal: 3,
			Rejected: web.ByReason{"half": 2}, Dropped: web.ByReason{"closed": 4}, Returned: web.ByReason{"full": 1},
			ConnectionsRefused: web.ByReason{}, RequestsRefused: web.ByReason{}, Known: web.Reasons{Rejected: []string{"half", "empty"}},
		}},
		HeldBytes: 7,
		Stream: &web.Stream{
			Counts:   web.Counts{Accepted: 12, Handled: 10, Waiting: 1, Dropped: map[string]web.ByReason{"closed": {"INFO": 1}}},
			Repeated: 2, Unhandled: 5, Durability: "sync", Bytes: 1 << 20, MaxBytes: 1 << 31, DiskFree: 1 << 33, DiskFloor: 1 << 29, LastID: "x-1-0",
		},
		Queue: web.Queue{Counts: web.Counts{Accepted: 3, Handled: 3, Known: []string{"queue full"}}, Unrouted: 1, MaxBytes: 64 << 20},
		Handlers: []web.Handled{
			{Name: "console", Present: true, Counts: web.Counts{Accepted: 3, Handled: 3}},
			{Name: "file a\\b\n\"\xff", Present: true, Counts: web.Counts{Accepted: 12, Handled: 9, Waiting: 1, Dropped: map[string]web.ByReason{
				"stream full": {"DEBUG": 1}, "handler error": {"ERROR": 1},
			}}, WaitingBytes: 100, Error: "disk full"},
			{Name: "file old", Counts: web.Counts{Accepted: 4, Waiting: 4}, WaitingBytes: 400},
		},
		Viewers: &web.Viewers{Now: 2, Limit: 256, Unshown: 7},
		Store: &web.Store{
			Records: 9000, Pending: 808, Expired: 77, Files: 2, Chunks: 2, Bytes: 1 << 19, MaxBytes: 10 << 30, DiskFree: 1 << 33,
			Oldest: &at, Newest: &at, LastID: "x-1-0", Damaged: 1, Error: "disk full",
		},
	}
}

// The text of the metrics is the one in testdata: names, labels and units are stable.
func TestMetricsText(t *testing.T) {
	s := sample()
	got := string(web.AppendMetrics(nil, &s))
	path := filepath.Join("testdata", "metrics.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%v; got\n%s", err, got)
	}
}

func get(h http.Handler, path string, change func(*http.Request)) (status int, header http.Header, body string) {
	req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9024"+path, nil)
	if change != nil {
		change(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code, w.Header(), w.Body.String()
}

// about is a server that says of itself all that can be said.
func about() web.Server {
	at := time.Date(2026, 11, 22, 10, 41, 41, 0, time.UTC)
	return web.Server{
		Version: "1", Host: "h", PID: 42, Started: at, Data: true, Store: true, Connections: 1, FirstRecord: true,
		Listening: []web.Listening{{Network: "tcp", Address: "127.0.0.1:9020", What: "Python"}},
		Rejects:   []web.Reject{{Time: at, Receiver: "tcp", Peer: "10.0.0.1:5", Reason: "foreign protocol", LooksLike: "a TLS hello", Hint: "no TLS here"}},
	}
}

func options(healthy error, closing bool) web.Options {
	return web.Options{Stats: sample, Healthy: func() error { return healthy }, Closing: func() bool { return closing }, Server: about, Test: func(context.Context) error { return healthy }}
}

func TestStats(t *testing.T) {
	status, header, body := get(web.New(options(nil, false)), "/api/stats", nil)
	if status != http.StatusOK || header.Get("Content-Type") != "application/json" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d, %v", status, header)
	}
	var got web.Stats
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Receivers[0].Known, want.Queue.Known = web.Reasons{}, nil // they are for metrics
	want.Handlers[1].Name = "file a\\b\n\"\uFFFD"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	for _, name := range []string{`"accepted":12`, `"read":20`, `"rejected":{"half":2}`, `"dropped":{"closed":{"INFO":1}}`, `"durability":"sync"`, `"present":false`} {
		if !strings.Contains(body, name) {
			t.Errorf("%s is not in %s", name, body)
		}
	}
}

func TestHealth(t *testing.T) {
	full := errors.New("stream is full:\nthe disk has 3 MiB left")
	f := func(path string, healthy error, closing bool, status int, body string) {
		t.Helper()
		got, _, text := get(web.New(options(healthy, closing)), path, nil)
		if got != status || text != body {
			t.Errorf("%s: got %d %q, want %d %q", path, got, text, status, body)
		}
	}
	f("/healthz", nil, false, http.StatusOK, "ok\n")
	f("/readyz", nil, false, http.StatusOK, "ok\n")
	f("/healthz", full, false, http.StatusServiceUnavailable, "stream is full:; the disk has 3 MiB left\n")
	f("/readyz", full, false, http.StatusServiceUnavailable, "stream is full:; the disk has 3 MiB left\n")
	f("/healthz", nil, true, http.StatusOK, "ok\n")
	f("/readyz", nil, true, http.StatusServiceUnavailable, "the server is closing\n")
}

// Without a token there are no counts, and no reasons; that the server is well anyone may know.
func TestToken(t *testing.T) {
	o := options(errors.New("the disk of /secret is full"), false)
	o.Permit = func(authorization string) bool { return authorization == "Bearer x" }
	h := web.New(o)
	with := func(req *http.Request) { req.Header.Set("Authorization", "Bearer x") }
	for _, path := range []string{"/api/stats", "/metrics"} {
		if status, header, body := get(h, path, nil); status != http.StatusUnauthorized || header.Get("WWW-Authenticate") != "Bearer" || strings.Contains(body, "tcp") {
			t.Errorf("%s without a token: got %d, %s", path, status, body)
		}
		if status, _, _ := get(h, path, with); status != http.StatusOK {
			t.Errorf("%s with a token: got %d", path, status)
		}
	}
	if status, _, body := get(h, "/healthz", nil); status != http.StatusServiceUnavailable || strings.Contains(body, "secret") {
		t.Errorf("healthz without a token: got %d, %q", status, body)
	}
	if _, _, body := get(h, "/healthz", with); body != "the disk of /secret is full\n" {
		t.Errorf("healthz with a token: got %q", body)
	}
}

// A page whose name was made to lead here cannot read, nor reach what is added.
func TestHost(t *testing.T) {
	reached := 0
	f := func(host string, any bool, want int, names ...string) {
		t.Helper()
		o := options(nil, false)
		o.AnyHost, o.Hosts = any, names
		h := web.New(o)
		h.Handle("/ingest", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached++; _, _ = io.WriteString(w, "ok") }))
		for _, path := range []string{"/api/stats", "/healthz", "/ingest"} {
			status, _, body := get(h, path, func(req *http.Request) { req.Host = host })
			if status != want {
				t.Errorf("%s of %q: got %d %q, want %d", path, host, status, body, want)
			}
		}
	}
	for _, host := range []string{"", "127.0.0.1", "127.0.0.1:9024", "[::1]:9024", "[::1]", "10.1.2.3:80", "localhost", "localhost:9024", "LocalHost.", "a.localhost:1"} {
		f(host, false, http.StatusOK)
	}
	before := reached
	for _, host := range []string{"evil.example", "evil.example:9024", "127.0.0.1.evil.example", "localhost.evil.example", "xlocalhost", "logs"} {
		f(host, false, http.StatusMisdirectedRequest)
	}
	if reached != before {
		t.Errorf("/ingest was reached %d times under a name that is not known", reached-before)
	}
	f("logs:9024", false, http.StatusOK, "other", "Logs")
	f("evil.example", true, http.StatusOK)
}

func TestUnknown(t *testing.T) {
	h := web.New(options(nil, false))
	if status, _, _ := get(h, "/nothing", nil); status != http.StatusNotFound {
		t.Errorf("got %d, want 404", status)
	}
	if status, _, _ := get(h, "/metrics", func(req *http.Request) { req.Method = http.MethodPost }); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d, want 405", status)
	}
}
