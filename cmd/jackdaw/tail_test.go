package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// tailing runs tail beside a server.
func tailing(t *testing.T, web string, args ...string) *session {
	t.Helper()
	s := newSession(t)
	s.start(t, append([]string{"tail", "--addr", web}, args...)...)
	return s
}

// leave ends a tail, as Ctrl-C does.
func (s *session) leave(t *testing.T) {
	t.Helper()
	s.stop()
	if code := s.wait(t); code != exitInterrupted {
		t.Errorf("got %d, want %d; it wrote:\n%s", code, exitInterrupted, s.stderr)
	}
}

func TestTail(t *testing.T) {
	_, tcp, web := serving(t)
	for i := range 3 {
		sends(t, "--tcp", tcp, "-n", "shop.cart", fmt.Sprintf("order %d", i))
	}
	eventually(t, "--addr", web, `"order 2"`)
	text := tailing(t, web, "-n", "2", "order")
	json := tailing(t, web, "-n", "1", "-o", "json", "-l", "INFO")
	fields := tailing(t, web, "-n", "1", "--fields", "level,message")
	text.stdout.match(t, `(?s)^\S+ INFO shop\.cart: order 1\n\S+ INFO shop\.cart: order 2\n$`)
	json.stdout.match(t, `"order 2"`)
	fields.stdout.match(t, `order 2\n`)
	sends(t, "--tcp", tcp, "-n", "shop.pay", "-l", "ERROR", "payment\x1b")
	sends(t, "--tcp", tcp, "-n", "shop.cart", "-l", "ERROR", "order 3")
	text.stdout.match(t, `order 2\n\S+ ERROR shop\.cart: order 3\n$`)
	json.stdout.match(t, `^[^\n]+\n\{"id":"[^"]+-0","time":"[^\n]+"level":"ERROR","logger":"shop\.pay","message":"payment\\u001b"[^\n]+\}\n\{"id":"[^\n]+"message":"order 3"[^\n]+\}\n$`)
	fields.stdout.match(t, `^INFO\torder 2\nERROR\tpayment\\x1b\nERROR\torder 3\n$`)
	for _, s := range []*session{text, json, fields} {
		s.leave(t)
		if got := s.stderr.String(); got != "" {
			t.Errorf("got %q, want not a word", got)
		}
	}
}

// With --since there is no record twice, and none missing, between what was kept and what arrives.
func TestTailSince(t *testing.T) {
	_, tcp, web := serving(t)
	const n = 30
	for i := range n {
		sends(t, "--tcp", tcp, fmt.Sprintf("number %d", i))
	}
	all, two := tailing(t, web, "--since", "-1h", "--fields", "message"), tailing(t, web, "--since", "-1h", "-n", "2", "--fields", "message")
	var want strings.Builder
	for i := range 2 * n {
		if fmt.Fprintf(&want, "number %d\n", i); i >= n {
			sends(t, "--tcp", tcp, fmt.Sprintf("number %d", i))
		}
	}
	last := fmt.Sprintf("number %d\n$", 2*n-1)
	all.stdout.match(t, last)
	if got := all.stdout.String(); got != want.String() {
		t.Errorf("got\n%s", got)
	}
	two.stdout.match(t, last)
	for _, s := range []*session{all, two} {
		s.leave(t)
	}
}

// The server goes away and comes back: that is told, and each record is shown once.
func TestTailReconnects(t *testing.T) {
	tcp, web, data := nobody(t), nobody(t), t.TempDir() // where nobody else answers while the server is away
	start := func() *session {
		s := newSession(t)
		s.p.data, s.p.tcp, s.p.web = data, tcp, web
		s.start(t, "serve", "--udp", "off", "--otlp", "off", "--otlp-grpc", "off")
		s.address(t, "web")
		return s
	}
	server := start()
	sends(t, "--tcp", tcp, "number 0")
	eventually(t, "--addr", web, "number")
	s := tailing(t, web, "--fields", "message", "number")
	s.stdout.match(t, "number 0\n")
	var want strings.Builder
	want.WriteString("number 0\n")
	for i := 1; i <= 3; i++ {
		server.stop()
		server.wait(t)
		s.stderr.match(t, fmt.Sprintf(`(?s)(jackdaw: the connection to \S+ is lost: [^\n]+; trying again\n.*){%d}`, i))
		server = start()
		for j := range 2 {
			text := fmt.Sprintf("number %d", 10*i+j)
			sends(t, "--tcp", tcp, text)
			want.WriteString(text + "\n")
		}
		s.stderr.match(t, fmt.Sprintf(`(?s)(jackdaw: \S+ is back after [^\n]+; what arrived meanwhile follows\n.*){%d}`, i))
		s.stdout.match(t, fmt.Sprintf("number %d\n$", 10*i+1))
	}
	if got := s.stdout.String(); got != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
	s.leave(t)
}

// A gap is told at its place, with how to see what is missing.
func TestTailGap(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.URL.Query().Get("q") != "level>=error" {
			http.Error(w, `{"error":{"message":"no such level","hint":"level>=error"}}`, http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "event: hello\ndata: {\"last\":\"\"}\n\nevent: records\ndata: {\"records\":[{\"id\":\"a-1-0\",\"level\":\"ERROR\",\"message\":\"one\"}]}\n\n",
			"event: gap\ndata: {\"records\":1204,\"at_least\":true,\"from\":\"a-2-0\",\"to\":\"a-9-0\",\"why\":\"the viewer is \\u001b slow\"}\n\n",
			"event: records\ndata: {\"records\":[{\"id\":\"a-10-0\",\"level\":\"ERROR\",\"message\":\"two\"}]}\n\n")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.CloseClientConnections)
	s := tailing(t, server.URL, "-l", "ERROR")
	s.stdout.match(t, "^- ERROR root: one\n- ERROR root: two\n$")
	if got, want := s.stderr.String(), "jackdaw: at least 1,204 records missing here: the viewer is \\x1b slow\n         see them with: jackdaw query --id a-2-0 -C 1000\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.leave(t)
	code, _, stderr := run(t, "tail", "--addr", server.URL)
	if code != exitFailed || !regexp.MustCompile(`^jackdaw: the server at \S+: no such level\n +try level>=error\n$`).MatchString(stderr) {
		t.Errorf("got %d, %s", code, stderr)
	}
}

func TestTailErrors(t *testing.T) {
	at := nobody(t)
	fails(t, exitUnreachable, "jackdaw: ask "+at+": dial tcp "+at+": connect: connection refused\n         no server runs there; start \"jackdaw serve\", or name the server's web address with --addr", "tail", "--addr", at)
	fails(t, exitUsage, "jackdaw: the filter is wrong\n         a AND\n              ^\n         a term is missing here", "tail", "a AND")
	fails(t, exitUsage, "jackdaw: -n 20000: want 0 to 10000 records; jackdaw query shows more", "tail", "-n", "20000")
	fails(t, exitUsage, "jackdaw: --output xml: want pretty, text or json", "tail", "-o", "xml")
	// What answers is something else.
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	code, _, stderr := run(t, "tail", "--addr", other.URL)
	if code != exitFailed || !strings.Contains(stderr, "is not jackdaw, or an old one") {
		t.Errorf("got %d, %s", code, stderr)
	}
}

// What is held in a pause is bounded: the rest waits at the server.
func TestTailHolds(t *testing.T) {
	v := &viewer{paused: true, p: newSession(t).p, t: new(tailFlags)}
	large := record.Record{Message: strings.Repeat("x", 1<<20)}
	n := 0
	for ; v.bytes < maxHeldBytes; n++ {
		if err := v.event(client.Event{Records: []record.Record{large}}); err != nil {
			t.Fatal(err)
		}
	}
	if n != 16 || v.records != n || len(v.held) != n {
		t.Errorf("held %d records in %d events, want 16", v.records, len(v.held))
	}
	v.print = &printer{w: &v.out, append: func(dst []byte, _ *record.Record, _ bool) []byte { return append(dst, '.') }}
	if err := v.release(); err != nil || v.bytes != 0 || v.records != 0 {
		t.Errorf("got %d bytes and %d records held, %v", v.bytes, v.records, err)
	}
	if got := v.p.stdout.(*output).String(); got != strings.Repeat(".", n) {
		t.Errorf("got %q", got)
	}
}

// What ends while a filter is changed ends the tail.
func TestTailChangesIntoNothing(t *testing.T) {
	_, _, web := serving(t)
	s := newSession(t)
	v := &viewer{p: s.p, t: &tailFlags{asker: asker{addr: web}}}
	if err := v.t.prepare(s.p.tailCommand().Flags()); err != nil {
		t.Fatal(err)
	}
	v.c = v.t.server()
	v.p.stdout = brokenWriter{}
	keys := make(chan terminal.Key, 1)
	v.keys = keys
	keys <- '4'
	if err := v.run(t.Context()); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v, want %v", err, syscall.EPIPE)
	}
}

// brokenWriter is a pipe that nobody reads.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, syscall.EPIPE }
