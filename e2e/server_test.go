package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// patience bounds every wait for another process. It is no measure of speed: a test that runs into
// it would have waited for ever.
const patience = testenv.Patience

// child is a program that a test runs to its end: where it does not come to one it is killed, and has failed.
func child(t testing.TB, name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience) // it may have waits of its own
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = patience // for what it has started, and left behind
	return cmd
}

// received is a record in the JSON form, as a program that reads jackdaw's output sees it.
type received struct {
	Time    time.Time
	Level   string
	Logger  string
	Message string
	Attrs   map[string]any
	Source  struct {
		Function, File string
		Line           int
	}
	Exception *struct{ Type, Message, Traceback string }
	Process   struct {
		PID  int
		Name string
	}
	Thread struct {
		ID   uint64
		Name string
	}
	Task     string
	Received time.Time
	Peer     string
}

// server is a jackdaw that runs, with what it has said so far.
type server struct {
	t   testing.TB
	cmd *exec.Cmd

	stdout string // the file that is the standard output, if it is one

	ended sync.WaitGroup // the two readers
	mu    sync.Mutex     // guards what follows
	said  []byte         // stderr
	out   []byte         // stdout
	count int            // whole lines of stdout
	more  chan struct{}  // closed and replaced when something came
	over  bool           // one of the outputs came to its end
}

// serving is how a server is started: what is asked for again in a test counts. Its usual ports may be another's.
var serving = []string{"serve", "--console", "json", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "off"}

// freeAddress returns an address where a server can be started again and again.
func freeAddress(t testing.TB) string {
	t.Helper()
	return fmt.Sprint("127.0.0.1:", testenv.FreePort(t))
}

// serve starts "jackdaw serve --console json" and waits for nothing. If it still runs at the end of the
// test it is ended.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	return start(t, "", append(slices.Clone(serving), args...)...)
}

// serveToFile is serve with the standard output in a file, which takes whatever comes: a pipe drops
// records when its reader is slower than they are. They are known when the server has stopped.
func serveToFile(t testing.TB, args ...string) *server {
	t.Helper()
	return start(t, filepath.Join(t.TempDir(), "stdout"), append(slices.Clone(serving), args...)...)
}

func start(t testing.TB, stdout string, args ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: exec.Command(executable, args...), stdout: stdout, more: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir(),
		"GORACE=atexit_sleep_ms=10") // built with the race detector, it would sleep for a second
	var out io.Reader
	if stdout != "" {
		f, err := os.Create(stdout)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s.cmd.Stdout = f
	} else {
		pipe, err := s.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		out = pipe
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			hang := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
			_ = s.cmd.Process.Signal(syscall.SIGTERM) // so that it says its counts
			s.ended.Wait()
			_ = s.cmd.Wait()
			hang.Stop()
		}
		if t.Failed() {
			t.Logf("jackdaw %s said:\n%s", strings.Join(args, " "), s.text())
		}
	})
	if out != nil {
		s.ended.Go(func() {
			s.read(out, func(part []byte) {
				s.out = append(s.out, part...)
				s.count += bytes.Count(part, []byte{'\n'})
			})
		})
	}
	s.ended.Go(func() { s.read(stderr, func(part []byte) { s.said = append(s.said, part...) }) })
	return s
}

// read adds what comes from r, under the lock. It is quick, so that it is not the one who reads slowly.
func (s *server) read(r io.Reader, add func(part []byte)) {
	part := make([]byte, 1<<20)
	for {
		n, err := r.Read(part)
		s.mu.Lock()
		add(part[:n])
		s.over = s.over || err != nil
		close(s.more)
		s.more = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until done, which is called under the lock, reports true.
func (s *server) await(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		s.mu.Lock()
		ok, over, more := done(), s.over, s.more
		s.mu.Unlock()
		if ok {
			return
		}
		if over {
			s.t.Fatalf("jackdaw ended, want %s; it said:\n%s", what, s.text())
		}
		select {
		case <-more:
		case <-ctx.Done():
			s.t.Fatalf("no %s within %v; %d records came, and jackdaw said:\n%s", what, patience, s.printed(), s.text())
		}
	}
}

// find waits until pattern matches what is on stderr, and returns its first group.
func (s *server) find(pattern string) string {
	s.t.Helper()
	re, found := regexp.MustCompile(pattern), ""
	s.await("text that matches "+pattern, func() bool {
		if m := re.FindSubmatch(s.said); m != nil {
			found = string(m[len(m)-1])
			return true
		}
		return false
	})
	return found
}

// tcp waits for the address of the TCP socket.
func (s *server) tcp() (host, port string) {
	s.t.Helper()
	return "127.0.0.1", s.find(`\btcp 127\.0\.0\.1:([0-9]+)`)
}

// text returns what was said on stderr.
func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.said)
}

// printed returns how many records were printed.
func (s *server) printed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// wait waits until n records were printed.
func (s *server) wait(n int) {
	s.t.Helper()
	s.await(fmt.Sprintf("%d records", n), func() bool { return s.count >= n })
}

// see waits until a record with the given text in it was printed.
func (s *server) see(text string) {
	s.t.Helper()
	s.await("record with "+text, func() bool { return bytes.Contains(s.out, []byte(text)) })
}

// stop asks the server to end, and checks that it does so in peace.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	hang := time.AfterFunc(patience, func() { _ = s.cmd.Process.Signal(syscall.SIGQUIT) }) // it says where it stands
	defer hang.Stop()
	s.ended.Wait()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("jackdaw after SIGTERM: got %v, want exit 0; it said:\n%s", err, s.text())
	}
	if s.stdout != "" {
		out, err := os.ReadFile(s.stdout)
		if err != nil {
			s.t.Fatal(err)
		}
		s.out = out
	}
}

// kill ends the server without a warning.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	s.ended.Wait()
	_ = s.cmd.Wait()
}

// records returns the records that were printed.
func (s *server) records() []received {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []received
	for line := range bytes.Lines(s.out) {
		if !bytes.HasSuffix(line, []byte{'\n'}) {
			break // of a server that was killed
		}
		var r received
		if err := json.Unmarshal(line, &r); err != nil {
			s.t.Fatalf("line %d of the output: got %v, want JSON: %s", len(records)+1, err, line)
		}
		records = append(records, r)
	}
	return records
}
