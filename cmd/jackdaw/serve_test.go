package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// shown is a record as the console and the files have it.
type shown struct {
	Level, Logger, Message string
	Attrs                  map[string]any
}

// records reads JSON lines.
func records(t *testing.T, text string) (records []shown) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r shown
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		records = append(records, r)
	}
	return records
}

// sends runs "jackdaw send".
func sends(t *testing.T, args ...string) {
	t.Helper()
	if code, stdout, stderr := run(t, append([]string{"send"}, args...)...); code != exitDone || stdout+stderr != "" {
		t.Fatalf("send %q: exit %d, %q %q, want 0, silently", args, code, stdout, stderr)
	}
}

var pangrams = [...]string{
	"INFO root Jackdaws love my big sphinx of quartz.",
	"DEBUG myapp.area1 Quick zephyrs blow, vexing daft Jim.",
	"INFO myapp.area1 How quickly daft jumping zebras vex.",
	"WARNING myapp.area2 Jail zesty vixen who grabbed pay from quack.",
	"ERROR myapp.area2 The five boxing wizards jump quickly.",
}

func TestDemo(t *testing.T) {
	code, stdout, stderr := run(t, "demo", "--console", "json")
	if code != exitDone || !strings.Contains(stderr, "all arrived") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	got := records(t, stdout)
	if len(got) != len(pangrams) {
		t.Fatalf("got %d records, want %d: %s", len(got), len(pangrams), stdout)
	}
	for i, want := range pangrams {
		if got := fmt.Sprint(got[i].Level, " ", got[i].Logger, " ", got[i].Message); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// By default as a person wants it, one record a line.
	_, stdout, _ = run(t, "demo")
	lines := strings.Split(stdout, "\n")
	for i, want := range pangrams {
		words := strings.SplitN(want, " ", 3)
		if re := regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3} ` + words[0] + " +" + regexp.QuoteMeta(words[1]) + " +" + regexp.QuoteMeta(words[2])); !re.MatchString(lines[i]) {
			t.Errorf("got %q, want %s", lines[i], want)
		}
	}
	// Python's format strings.
	for _, args := range [][]string{
		{"--format", "%(levelname)s %(name)s %(message)s"}, {"--style", "{", "--format", "{levelname} {name} {message}"},
		{"--format", "$levelname $name $message", "--style=$", "--datefmt", "%H:%M"},
	} {
		_, stdout, _ = run(t, append([]string{"demo"}, args...)...)
		if want := strings.Join(pangrams[:], "\n") + "\n"; stdout != want {
			t.Errorf("%q: got:\n%s\nwant:\n%s", args, stdout, want)
		}
	}
}

func TestServe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	s := newSession(t)
	s.start(t, "--console", "json", "--file", path, "--level", "INFO", "--level", "shop=ERROR")
	address := s.address(t, "tcp")
	s.address(t, "udp")
	sends(t, "--tcp", address, "-n", "app", "hello", "n=1", "ok=true", "x=1.5", "who=Ann Lee")
	sends(t, "--tcp", address, "-n", "app", "-l", "debug", "below")
	sends(t, "--tcp", address, "-n", "shop.pay", "-l", "WARN", "below")
	sends(t, "--tcp", address, "-n", "shop.pay", "-l", "CRITICAL", "at last")
	s.stdout.match(t, "at last") // shown while it runs, not only at the end
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit code: got %d, want 0: %s", code, s.stderr)
	}
	want := []shown{
		{Level: "INFO", Logger: "app", Message: "hello", Attrs: map[string]any{"n": 1.0, "ok": true, "x": 1.5, "who": "Ann Lee"}},
		{Level: "CRITICAL", Logger: "shop.pay", Message: "at last"},
	}
	if got := records(t, s.stdout.String()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b) != s.stdout.String() {
		t.Errorf("file: got %s, %v, want what the console shows", b, err)
	}
	for _, line := range []string{
		`jackdaw: stopped after \S+: 4 accepted, 4 handled, 0 dropped, 0 waiting, 0 rejected \(2 were below the levels asked for\)`,
		`jackdaw:   console: 2 accepted, 2 handled, 0 dropped, 0 waiting`,
		`jackdaw:   file .*log\.jsonl: 2 accepted, 2 handled, 0 dropped, 0 waiting`,
	} {
		s.stderr.match(t, line)
	}
}

// Without a console and a file there is nothing to see, which is said, and everything is counted.
func TestServeShowsNothing(t *testing.T) {
	s := newSession(t)
	s.start(t, "--console", "off", "--udp", "off", "--store", "off")
	sends(t, "--tcp", s.address(t, "tcp"), "hello")
	s.stop()
	if code := s.wait(t); code != exitDone || s.stdout.String() != "" {
		t.Errorf("exit %d, %q, want 0 and nothing", code, s.stdout)
	}
	s.stderr.match(t, `jackdaw: records are counted and not shown: the console is off; keep them with --file PATH, or with a store\n`)
	s.stderr.match(t, `1 accepted, 1 handled, 0 dropped, 0 waiting, 0 rejected\n$`)
}

func TestServeRejects(t *testing.T) {
	s := newSession(t)
	s.start(t, "serve", "--udp", "off")
	conn, err := net.Dial("tcp", s.address(t, "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "SSH-2.0-OpenSSH_9.2\r\n")
	s.stderr.match(t, `jackdaw: 127\.0\.0\.1:\d+: .*SSH`)
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit code: got %d, want 0", code)
	}
	s.stderr.match(t, `0 accepted, 0 handled, 0 dropped, 0 waiting, 1 rejected\njackdaw:   rejected: foreign protocol 1\n`)
}

// The three lines that are printed are all that Python needs, over any of the sockets.
func TestServeSnippet(t *testing.T) {
	python := testenv.Python(t)
	f := func(args ...string) {
		t.Helper()
		s := newSession(t)
		s.start(t, append(args, "--console", "text", "--logname", "here")...)
		lines := s.stderr.match(t, `(?s)\n\n(import logging.*)\n\n`)
		if n := strings.Count(lines, "\n") + 1; n != 3 {
			t.Errorf("got %d lines to paste, want 3:\n%s", n, lines)
		}
		cmd := exec.CommandContext(t.Context(), python, "-c", lines+"\nlogging.getLogger('myapp').debug('from Python', extra={'user_id': 42})")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s.stdout.match(t, ` DEBUG here: from Python .*user_id=42 logger=myapp`)
		s.stop()
		s.wait(t)
	}
	f("--udp", "off")
	f("--tcp", "off")
	f("--tcp", "off", "--udp", "off", "--unix", filepath.Join(t.TempDir(), "s"))
	f("--tcp", "off", "--udp", "off", "--unixgram", filepath.Join(t.TempDir(), "s"))
}

// takenBy is how the process that has an address is told: this one.
func takenBy() string {
	if runtime.GOOS != "linux" {
		return "another program"
	}
	return fmt.Sprintf(`.* \(pid %d\)`, os.Getpid())
}

func TestServeAddressTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	path := filepath.Join(t.TempDir(), "s")
	file, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	f := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := run(t, args...)
		if !regexp.MustCompile("^"+want+"$").MatchString(stderr) || code != exitFailed || stdout != "" {
			t.Errorf("%q:\n got %d %q\nwant 1 %q", args, code, stderr, want)
		}
	}
	f("jackdaw: tcp "+taken.Addr().String()+" is taken by "+takenBy()+"\n         stop that one, or use another port: --tcp 127.0.0.1:0 takes any that is free\n",
		"--tcp", taken.Addr().String())
	f("jackdaw: udp "+packets.LocalAddr().String()+" is taken by "+takenBy()+"\n         stop that one, or use another port: --udp 127.0.0.1:0 takes any that is free\n",
		"--udp", packets.LocalAddr().String())
	f("jackdaw: unix "+path+" is taken by "+takenBy()+"\n         stop that one, or use another path\n", "--unix", path)

	// A default one that is taken is no reason not to start, unless none is left.
	s := newSession(t)
	s.p.tcp = taken.Addr().String()
	s.start(t)
	s.stderr.match(t, "^jackdaw: tcp "+taken.Addr().String()+" is taken by "+takenBy()+"; going on without it\njackdaw: listening on udp ")
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit code: got %d, want 0", code)
	}
	s = newSession(t)
	s.p.tcp, s.p.udp = taken.Addr().String(), packets.LocalAddr().String()
	s.p.http, s.p.otlp, s.p.otlpGRPC, s.p.web = off, off, off, taken.Addr().String()
	s.start(t)
	if code := s.wait(t); code != exitFailed || !strings.Contains(s.stderr.String(), " is taken by ") {
		t.Errorf("none left: got %d %q, want 1 and who took it", code, s.stderr)
	}
}

func TestServeFails(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "logs", "app.jsonl")
	fails(t, exitFailed, "jackdaw: open file "+gone+": there is no directory "+filepath.Dir(gone)+"; make it first", "--file", gone)
}

func TestServeReopens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	s := newSession(t)
	s.start(t, "--console", "off", "--file", path)
	address := s.address(t, "tcp")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	s.hangUp(t)
	s.hangUp(t) // the first one was carried out when the second one is taken
	sends(t, "--tcp", address, "after")
	s.stop()
	s.wait(t)
	if b, err := os.ReadFile(path); err != nil || len(records(t, string(b))) != 1 {
		t.Errorf("the new file: got %q, %v, want a record", b, err)
	}
}

func TestSendFails(t *testing.T) {
	address := nobody(t)
	fails(t, exitFailed, "jackdaw: send to tcp "+address+": connect: connection refused\n"+
		`         nobody listens there; start "jackdaw serve", or name the receiver with --tcp`, "send", "--tcp", address, "hello")
	path := filepath.Join(t.TempDir(), "s")
	fails(t, exitFailed, "jackdaw: send to unix "+path+": connect: no such file or directory\n"+
		`         nobody listens there; start "jackdaw serve", or name the receiver with --unix`, "send", "--unix", path, "hello")

	// One that closes without having read.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}()
	code, _, stderr := run(t, "send", "--tcp", l.Addr().String(), "hello")
	if code != exitFailed || !strings.Contains(stderr, "send to tcp") {
		t.Errorf("got %d %q, want 1 and why", code, stderr)
	}
}

// An address that strangers reach is not opened before something says who may send.
func TestServeInTheOpen(t *testing.T) {
	fails(t, exitFailed, "jackdaw: tcp 0.0.0.0:0 is refused: anyone who reaches it could log here\n"+
		"         add --allow CIDR with the network that may send, such as --allow 10.0.0.0/8,\n"+
		"         or --tls-cert and --tls-key, best with --tls-client-ca", "--tcp", "0.0.0.0:0")
	fails(t, exitFailed, "jackdaw: otlp 0.0.0.0:0 is refused: anyone who reaches it could log here\n"+
		"         add --allow CIDR with the network that may send, such as --allow 10.0.0.0/8,\n"+
		"         or --tls-cert and --tls-key, best with --tls-client-ca, or --token-file", "--otlp", "0.0.0.0:0")
	fails(t, exitFailed, "jackdaw: udp 0.0.0.0:0 is refused: anyone who reaches it could log here\n"+
		"         add --allow CIDR with the network that may send, such as --allow 10.0.0.0/8", "--udp", "0.0.0.0:0")
	s := newSession(t)
	s.start(t, "--tcp", "0.0.0.0:0", "--allow", "10.0.0.0/8", "--allow", "192.0.2.1", "--console", "json")
	_, port, err := net.SplitHostPort(s.address(t, "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	sends(t, "--tcp", "127.0.0.1:"+port, "hello") // this machine's own may
	s.stdout.match(t, "hello")
	s.stop()
	s.wait(t)
}

// What comes over HTTP and as lines is shown as what comes over Python's wire is, and each way in is protected
// as the flags say.
func TestServeRequests(t *testing.T) {
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSession(t)
	s.start(t, "--jsonl", "127.0.0.1:0", "--console", "json", "--token-file", tokens, "--logname", "all")
	f := func(network, path, form, body, authorization string, want int) {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, "http://"+s.address(t, network)+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", form)
		req.Header.Set("Authorization", authorization)
		req.Header.Set("Idempotency-Key", "k")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s%s: got %d, want %d", network, path, resp.StatusCode, want)
		}
	}
	export := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"by OTLP"}}]}]}]}`
	f("web", "/ingest", "", `{"message":"by POST"}`, "Bearer a-token", http.StatusOK)
	f("web", "/ingest", "", `{"message":"by POST"}`, "Bearer a-token", http.StatusOK) // again: once
	f("web", "/ingest", "", `{"message":"by a stranger"}`, "", http.StatusUnauthorized)
	f("otlp", "/v1/logs", "application/json", export, "Bearer a-token", http.StatusOK)
	f("otlp-grpc", "/v1/logs", "application/json", export, "", http.StatusUnauthorized)
	f("web", "/", "", "", "", http.StatusMethodNotAllowed)
	if resp, err := http.Get("http://" + s.address(t, "web") + "/healthz"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("healthz: got %v, %v, want 200 without a token", resp, err)
	} else {
		resp.Body.Close()
	}
	conn, err := net.Dial("tcp", s.address(t, "jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(conn, `{"message":"by line"}`)
	conn.Close()
	s.stdout.match(t, "by line")
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit code: got %d: %s", code, s.stderr)
	}
	got := records(t, s.stdout.String())
	slices.SortFunc(got, func(a, b shown) int { return strings.Compare(a.Message, b.Message) })
	if len(got) != 3 || got[0].Message != "by OTLP" || got[1].Message != "by POST" || got[2].Message != "by line" || got[0].Logger != "all" {
		t.Errorf("got %+v", got)
	}
}
