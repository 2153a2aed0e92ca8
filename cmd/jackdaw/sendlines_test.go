package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// sendsLines sends what comes on the standard input.
func sendsLines(t *testing.T, in io.Reader, args ...string) (code int, stderr string) {
	t.Helper()
	s := newSession(t)
	s.p.stdin = in
	s.start(t, append([]string{"send"}, args...)...)
	code = s.wait(t)
	if s.stdout.String() != "" {
		t.Errorf("stdout: got %q", s.stdout)
	}
	return code, s.stderr.String()
}

func TestSendLines(t *testing.T) {
	s := newSession(t)
	s.start(t, "serve", "--console", "json", "--udp", "off", "--data", "off")
	tcp := s.address(t, "tcp")
	lines := "first\n" +
		`{"level":"WARNING","logger":"shop","message":"second","attrs":{"n":1}}` + "\r\n\n" +
		`{"message":"third"}` + "\n" + `{"no": "message"}` + "\n" + `{broken` + "\n" + "last \x1b without an end"
	if code, stderr := sendsLines(t, strings.NewReader(lines), "--tcp", tcp, "-l", "ERROR", "-n", "app", "-", "host=web-1"); code != exitDone || stderr != "" {
		t.Fatalf("got %d, %s", code, stderr)
	}
	s.stdout.match(t, "without an end")
	var got []string
	for _, r := range records(t, s.stdout.String()) {
		attrs, _ := json.Marshal(r.Attrs)
		got = append(got, fmt.Sprint(r.Level, " ", r.Logger, " ", r.Message, " ", string(attrs)))
	}
	want := []string{
		`ERROR app first {"host":"web-1"}`, `WARNING shop second {"host":"web-1","n":1}`, `INFO app third {"host":"web-1"}`,
		`ERROR app {"no": "message"} {"host":"web-1"}`, `ERROR app {broken {"host":"web-1"}`, "ERROR app last \x1b without an end {\"host\":\"web-1\"}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What is written now is sent now, and many lines arrive in their order.
func TestSendManyLines(t *testing.T) {
	s := newSession(t)
	s.start(t, "serve", "--format", "%(message)s", "--udp", "off", "--data", "off")
	tcp := s.address(t, "tcp")
	reader, writer := io.Pipe()
	sent := newSession(t)
	sent.p.stdin = reader
	sent.start(t, "send", "--tcp", tcp)
	var want strings.Builder
	for i := range 3 {
		line := fmt.Sprintf("now %d\n", i)
		want.WriteString(line)
		io.WriteString(writer, line)
		s.stdout.match(t, line)
	}
	now := want.Len()
	for i := range 20_000 {
		fmt.Fprintf(&want, "number %d\n", i)
	}
	io.WriteString(writer, want.String()[now:])
	writer.Close()
	if code := sent.wait(t); code != exitDone || sent.stderr.String() != "" {
		t.Fatalf("got %d, %s", code, sent.stderr)
	}
	s.stdout.match(t, "number 19999\n")
	if got := s.stdout.String(); got != want.String() {
		t.Errorf("got %d bytes, want %d", len(got), want.Len())
	}
}

func TestSendLinesErrors(t *testing.T) {
	at := nobody(t)
	f := func(code int, pattern string, in io.Reader, args ...string) {
		t.Helper()
		got, stderr := sendsLines(t, in, args...)
		if got != code || !regexp.MustCompile(pattern).MatchString(stderr) {
			t.Errorf("%q: got %d, %s, want %d, %s", args, got, stderr, code, pattern)
		}
	}
	f(exitFailed, "nobody listens there; start", strings.NewReader("x\n"), "--tcp", at)
	f(exitDone, "^$", strings.NewReader("\n\n"), "--tcp", at) // nothing came, and nothing is to be sent
	f(exitUsage, `"x" is no KEY=VALUE`, strings.NewReader("y\n"), "--tcp", at, "-", "x")
	f(exitUsage, "--demo: want a number of records a second, 1 to 100,000", nil, "--tcp", at, "--demo", "many")
	f(exitFailed, "nobody listens there; start", nil, "--tcp", at, "--demo", "5")
	s := newSession(t)
	s.start(t, "serve", "--console", "off", "--udp", "off", "--data", "off")
	f(exitFailed, "line 2 is longer than 8.0 MiB; what came before it is sent\n +1 record arrived, and no more were sent\n$",
		strings.NewReader("x\n"+strings.Repeat("y", maxSendLine+1)), "--tcp", s.address(t, "tcp"))
}

// The shop of the demo logs all kinds of records, each with its traceback whole.
func TestSendDemo(t *testing.T) {
	s := newSession(t)
	s.start(t, "serve", "--console", "json", "--udp", "off", "--data", "off")
	d := newSession(t)
	d.start(t, "send", "--tcp", s.address(t, "tcp"), "--demo=1000")
	d.stderr.match(t, "sending 1,000 records a second to tcp .*; Ctrl-C ends it")
	for _, part := range []string{`"level":"DEBUG"`, `"logger":"shop\.pay".*ValueError: card`, `"logger":"auth"`, `"pid":811`, `CheckoutError: no answer from stock"`} {
		s.stdout.match(t, part)
	}
	d.stop()
	if code := d.wait(t); code != exitDone {
		t.Errorf("got %d, %s", code, d.stderr)
	}
	d.stderr.match(t, `sent [\d,]+ records\n$`)
}
