package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// executable is the program under test, built by TestMain; shared is the browser.
var (
	executable string
	shared     browser
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "jackdaw-page-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	executable = filepath.Join(dir, "jackdaw")
	cmd := exec.Command("go", "build", "-o", executable, "./cmd/jackdaw")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build jackdaw: %v\n%s", err, out)
		return 1
	}
	defer shared.stop()
	return m.Run()
}

// server is a jackdaw that runs.
type server struct {
	t    testing.TB
	cmd  *exec.Cmd
	data string
	web  string // its address
	tcp  string

	mu   sync.Mutex // guards said
	said bytes.Buffer
	over chan struct{} // closed when it ended
}

// Write takes what the server says.
func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(p)
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// serve starts a server of its own data, at addresses where it can be started again.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	free := func() string { return fmt.Sprint("127.0.0.1:", testenv.FreePort(t)) }
	return serveAt(t, t.TempDir(), free(), free(), args...)
}

func serveAt(t testing.TB, data, web, tcp string, args ...string) *server {
	t.Helper()
	s := &server{t: t, data: data, over: make(chan struct{})}
	s.cmd = exec.Command(executable, append([]string{"serve", "--data", data, "--durability", "memory", "--web", web, "--tcp", tcp,
		"--udp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--console", "off"}, args...)...)
	s.cmd.Stderr = s
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.over)
		_ = s.cmd.Wait() // the test sees in what it said why it ended
	}()
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("jackdaw said:\n%s", s.text())
		}
	})
	s.web, s.tcp = s.find(`web (127\.0\.0\.1:\d+)`), s.find(`tcp (127\.0\.0\.1:\d+)`)
	return s
}

// stop ends the server as an operator does, and waits until it has.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-s.over:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-s.over
	}
}

// find waits until the server has said what matches, and returns its group.
func (s *server) find(pattern string) string {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if m := re.FindStringSubmatch(s.text()); m != nil {
			return m[1]
		}
		select {
		case <-s.over:
			s.t.Fatalf("jackdaw ended: %s", s.text())
		default:
		}
	}
	s.t.Fatalf("jackdaw never said %s, but: %s", pattern, s.text())
	return ""
}

func (s *server) url(path string) string { return "http://" + s.web + path }

// rec is a record in the JSON form.
type rec map[string]any

// line is a record with what most tests need.
func line(level, logger, message string, attrs ...any) rec {
	r := rec{"time": time.Now().Format(time.RFC3339Nano), "level": level, "logger": logger, "message": message}
	if len(attrs) > 0 {
		a := map[string]any{}
		for i := 0; i < len(attrs); i += 2 {
			a[attrs[i].(string)] = attrs[i+1]
		}
		r["attrs"] = a
	}
	return r
}

// with returns a record with some more of its keys.
func with(r rec, pairs ...any) rec {
	for i := 0; i < len(pairs); i += 2 {
		r[pairs[i].(string)] = pairs[i+1]
	}
	return r
}

// log sends records, which are safe when it returns, and waits until the store has them.
func (s *server) log(records ...rec) {
	s.t.Helper()
	before := s.total()
	s.send(records...)
	for deadline := time.Now().Add(patience); s.total() < before+len(records); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("the store has %d records, want %d", s.total(), before+len(records))
		}
	}
}

// send sends records, which are safe when it returns.
func (s *server) send(records ...rec) {
	s.t.Helper()
	var b bytes.Buffer
	for _, r := range records {
		data, err := json.Marshal(r)
		if err != nil {
			s.t.Fatal(err)
		}
		b.Write(data)
		b.WriteByte('\n')
	}
	s.post(b.Bytes())
}

// post sends lines until they are taken: a server that has too much to do says so, and is asked again.
func (s *server) post(lines []byte) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		res, err := http.Post(s.url("/ingest"), "application/x-ndjson", bytes.NewReader(lines))
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		switch {
		case res.StatusCode/100 == 2:
			return
		case res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable || time.Now().After(deadline):
			s.t.Fatalf("/ingest: got %s, want 2xx", res.Status)
		}
	}
}

// get asks the API.
func (s *server) get(path string, into any) {
	s.t.Helper()
	res, err := http.Get(s.url(path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: got %s, want 200", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
}

// total is how many records the store has.
func (s *server) total() int {
	s.t.Helper()
	var a struct{ Total map[string]int }
	s.get("/api/count", &a)
	n := 0
	for _, v := range a.Total {
		n += v
	}
	return n
}

// id returns the id of the only record that matches.
func (s *server) id(filter string) string {
	s.t.Helper()
	var a struct{ Records []struct{ ID string } }
	s.get("/api/records?q="+strings.ReplaceAll(filter, " ", "+"), &a)
	if len(a.Records) != 1 {
		s.t.Fatalf("%s: got %d records, want 1", filter, len(a.Records))
	}
	return a.Records[0].ID
}
