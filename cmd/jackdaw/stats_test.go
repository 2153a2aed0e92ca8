package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/web"
)

// shownStats are counts with everything that is shown.
func shownStats() *web.Stats {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return &web.Stats{
		PID: 42, Host: "shop\x1b[2J", Started: at, Time: at.Add(75 * time.Minute), Problems: []string{"file b.jsonl: disk full"},
		Receivers: []web.Receiver{
			{Name: "tcp", Read: 1234567, Accepted: 1234560, Waiting: 2, Rejected: web.ByReason{"half": 1, "undecodable": 3}, Dropped: web.ByReason{"closed": 1}},
			{Name: "web", ConnectionsTotal: 3},
			{Name: "udp", Read: 10, Accepted: 10, KernelDropped: 7},
			{Name: "otlp", Read: 20, Accepted: 15, Returned: web.ByReason{"full": 5}, RequestsRefused: web.ByReason{"no token": 1}},
		},
		Stream: &web.Stream{
			Counts: web.Counts{Accepted: 1234585, Handled: 1234583, Waiting: 2}, Durability: "sync", Bytes: 5 << 20, MaxBytes: 2 << 30,
		},
		Queue: web.Queue{Counts: web.Counts{Accepted: 1234583, Handled: 1234583}},
		Handlers: []web.Handled{
			{Name: "console", Present: true, Counts: web.Counts{Accepted: 1234583, Handled: 1234573, Dropped: map[string]web.ByReason{"queue full": {"DEBUG": 10}}}},
			{Name: "file b.jsonl", Present: true, Counts: web.Counts{Accepted: 1234583, Handled: 234583, Waiting: 999989,
				Dropped: map[string]web.ByReason{"handler error": {"ERROR": 1, "INFO": 10}}}, WaitingBytes: 4 << 20, Error: "disk full"},
			{Name: "file old.jsonl", Counts: web.Counts{Accepted: 7, Waiting: 7}, WaitingBytes: 700},
		},
	}
}

func TestStatsText(t *testing.T) {
	v := view{now: shownStats()}
	var b strings.Builder
	v.write(&b)
	want := `pid 42 of shop\x1b[2J, up 1h15m; records wait on disk (sync), 5.0 MiB of 2.0 GiB
PROBLEM file b.jsonl: disk full

RECEIVER       READ   ACCEPTED  REJECTED  DROPPED  RETURNED  WAITING
tcp       1,234,567  1,234,560         4        1         0        2
udp              10         10         0        0         0        0
otlp             20         15         0        0         5        0

                 ACCEPTED    HANDLED  DROPPED  WAITING    BYTES
stream          1,234,585  1,234,583        0        2  5.0 MiB
queue           1,234,583  1,234,583        0        0      0 B
console         1,234,583  1,234,573       10        0      0 B
file b.jsonl    1,234,583    234,583       11  999,989  4.0 MiB  failing
file old.jsonl          7          0        0        7    700 B  not here

tcp           rejected  half           1
tcp           rejected  undecodable    3
tcp           dropped   closed         1
udp           dropped   by the kernel  7
otlp          returned  full           5
otlp          refused   no token       1
console       dropped   queue full     10 DEBUG
file b.jsonl  dropped   handler error  1 ERROR, 10 INFO
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
}

// With --watch there are rates, of the time that passed at the server; another server has none at first.
func TestStatsRates(t *testing.T) {
	before, now := shownStats(), shownStats()
	now.Time = now.Time.Add(2 * time.Second)
	now.Receivers[0].Read += 5000
	now.Stream.Handled += 5
	now.Handlers[1].Handled += 3000
	now.Handlers = append(now.Handlers, web.Handled{Name: "file new.jsonl", Present: true})
	f := func(want string) {
		t.Helper()
		_, tables, _ := strings.Cut(string(page(now, before, true, false)), "\n\n")
		tables, _, _ = strings.Cut(tables, "\n\ntcp           rejected")
		if tables != want {
			t.Errorf("got\n%s\nwant\n%s", tables, want)
		}
	}
	f(`RECEIVER       READ   ACCEPTED  REJECTED  DROPPED  RETURNED  WAITING  READ/S
tcp       1,239,567  1,234,560         4        1         0        2   2,500
udp              10         10         0        0         0        0       0
otlp             20         15         0        0         5        0       0

                 ACCEPTED    HANDLED  DROPPED  WAITING    BYTES  HANDLED/S
stream          1,234,585  1,234,588        0        2  5.0 MiB          3
queue           1,234,583  1,234,583        0        0      0 B          0
console         1,234,583  1,234,573       10        0      0 B          0
file b.jsonl    1,234,583    237,583       11  999,989  4.0 MiB      1,500  failing
file old.jsonl          7          0        0        7    700 B          0  not here
file new.jsonl          0          0        0        0      0 B          -`)
	before.Started = before.Started.Add(-time.Hour)
	now.Receivers, now.Handlers, now.Queue.Accepted = now.Receivers[:1], now.Handlers[:1], 0
	f(`RECEIVER       READ   ACCEPTED  REJECTED  DROPPED  RETURNED  WAITING  READ/S
tcp       1,239,567  1,234,560         4        1         0        2       -

          ACCEPTED    HANDLED  DROPPED  WAITING    BYTES  HANDLED/S
stream   1,234,585  1,234,588        0        2  5.0 MiB          -
console  1,234,583  1,234,573       10        0      0 B          -

tcp      rejected  half         1
tcp      rejected  undecodable  3
tcp      dropped   closed       1
console  dropped   queue full   10 DEBUG

`)
	if got := string(page(now, nil, true, true)); !strings.HasPrefix(got, "\x1b[2J\x1b[Hpid 42") || !strings.HasSuffix(got, "\x1b[J") || strings.Contains(strings.ReplaceAll(got, "\x1b[K\n", ""), "\n") {
		t.Errorf("on a terminal: got %q", got)
	}
}

func TestStats(t *testing.T) {
	s := newSession(t)
	path := filepath.Join(t.TempDir(), "a.jsonl")
	s.start(t, "serve", "--udp", "off", "--console", "off", "--file", path)
	sends(t, "--tcp", s.address(t, "tcp"), "hello")
	web := s.address(t, "web")

	code, stdout, stderr := run(t, "stats", "--addr", web)
	if code != exitDone || stderr != "" || !strings.HasPrefix(stdout, fmt.Sprintf("pid %d of ", os.Getpid())) || !strings.Contains(stdout, "\ntcp ") || !strings.Contains(stdout, "\nfile "+path) {
		t.Errorf("got %d %q\n%s", code, stderr, stdout)
	}
	code, stdout, _ = run(t, "stats", "--json", "--addr", "http://"+web)
	got, err := decodeStats([]byte(stdout))
	if code != exitDone || err != nil || strings.Count(stdout, "\n") != 1 || got.Stream.Accepted != 1 || got.Version != version() {
		t.Errorf("got %d %q, %v", code, stdout, err)
	}

	w := newSession(t)
	w.start(t, "stats", "--watch", "--every", "100ms", "--addr", web)
	w.stdout.match(t, `(?s)READ/S.*\ntcp +1 +1 +0 +0 +0 +0 +-\n.*READ/S.*\ntcp +1 +1 +0 +0 +0 +0 +0\n`)
	s.stop()
	s.wait(t)
	w.stderr.match(t, "; asking again\n")
	w.stop()
	if code := w.wait(t); code != exitDone {
		t.Errorf("watch: got exit code %d, want 0", code)
	}
}

// An error says what to do.
func TestStatsErrors(t *testing.T) {
	f := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := run(t, append([]string{"stats"}, args...)...)
		if got != code || !strings.Contains(stderr, want) || stdout != "" {
			t.Errorf("%q:\n got %d %q\nwant %d %q", args, got, stderr, code, want)
		}
	}
	f(exitUnreachable, "no server runs there; start \"jackdaw serve\", or name the server's web address with --addr\n", "--addr", nobody(t))
	f(exitUsage, "--addr 9024: want HOST:PORT, such as 127.0.0.1:9024, or https://HOST:PORT", "--addr", "9024")
	f(exitUsage, "--addr ftp://x: want HOST:PORT", "--addr", "ftp://x")
	f(exitUsage, "--every is for --watch; add it", "--every", "2s")
	f(exitUsage, "--every 1ms: want 100ms or more", "--watch", "--every", "1ms")

	status, answer := http.StatusOK, ""
	h := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if a := req.Header.Get("Authorization"); a != "" && a != "Bearer right" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
	server := httptest.NewServer(h)
	defer server.Close()
	address := server.Listener.Addr().String()
	f(exitFailed, "what answers at "+address+" is not jackdaw", "--addr", address)
	answer = "{}"
	f(exitFailed, "what answers at "+address+" is not jackdaw: there is no time of its start in it", "--addr", address)
	status, answer = http.StatusNotFound, "no such \x1bpage"
	f(exitFailed, `is not jackdaw, or an old one: 404 no such \x1bpage`, "--addr", address)
	status = http.StatusUnauthorized
	f(exitFailed, "wants a token: name a file that has it with --token-file FILE", "--addr", address)
	f(exitFailed, "it does not speak TLS", "--addr", "https://"+address)

	tokens := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		if err := os.WriteFile(tokens, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# none\n\n")
	f(exitFailed, "--token-file: there is no token in "+tokens, "--addr", address, "--token-file", tokens)
	write("# ours\nwrong\n")
	f(exitFailed, "does not know the token of "+tokens, "--addr", address, "--token-file", tokens)

	body, err := json.Marshal(shownStats())
	if err != nil {
		t.Fatal(err)
	}
	status, answer = http.StatusOK, string(body)
	write("right\n")
	if code, stdout, stderr := run(t, "stats", "--addr", address, "--token-file", tokens); code != exitDone || !strings.HasPrefix(stdout, "pid 42") {
		t.Errorf("with the token: got %d %q", code, stderr)
	}

	underTLS := httptest.NewUnstartedServer(h)
	underTLS.Config.ErrorLog = log.New(io.Discard, "", 0)
	underTLS.StartTLS()
	defer underTLS.Close()
	address = underTLS.Listener.Addr().String()
	f(exitFailed, "speaks TLS: write --addr https://"+address, "--addr", address)
	f(exitFailed, "name the authority of its certificate with --tls-ca FILE", "--addr", "https://"+address)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: underTLS.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := run(t, "stats", "--addr", "https://"+address, "--tls-ca", ca); code != exitDone || !bytes.HasPrefix([]byte(stdout), []byte("pid 42")) {
		t.Errorf("over TLS: got %d %q", code, stderr)
	}
	f(exitFailed, "--tls-ca: there is no certificate in "+tokens, "--addr", "https://"+address, "--tls-ca", tokens)
}
