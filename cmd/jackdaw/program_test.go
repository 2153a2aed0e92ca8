package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// runAsProgram makes the test binary the program itself; see process_test.go.
const runAsProgram = "JACKDAW_TEST_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runAsLauncher) != "" {
		launchProgram()
	}
	if os.Getenv(runAsProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// output is a writer whose content can be waited for.
type output struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{} // closed at the next Write
}

func newOutput() *output { return &output{grown: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// match waits until the output matches, and returns the first group or else the whole match.
func (o *output) match(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(testenv.Patience)
	for {
		o.mu.Lock()
		found, grown := re.FindStringSubmatch(o.b.String()), o.grown
		o.mu.Unlock()
		if found != nil {
			return found[len(found)-1]
		}
		select {
		case <-grown:
		case <-late:
			t.Fatalf("waited for %s, got:\n%s", pattern, o)
		}
	}
}

// session is the program run within the test.
type session struct {
	p              *program
	stdout, stderr *output
	hangup         chan os.Signal
	stop           context.CancelFunc
	ended          chan int
}

// newSession returns a program whose default addresses are free ones, with a data directory of its own.
func newSession(t *testing.T) *session {
	s := &session{stdout: newOutput(), stderr: newOutput(), hangup: make(chan os.Signal), ended: make(chan int, 1)}
	s.p = &program{
		stdout: s.stdout, stderr: s.stderr, getenv: func(string) string { return "" }, hangup: s.hangup,
		tcp: "127.0.0.1:0", udp: "127.0.0.1:0", http: "127.0.0.1:0", otlp: "127.0.0.1:0", otlpGRPC: "127.0.0.1:0", web: "127.0.0.1:0", data: t.TempDir(),
	}
	return s
}

// start runs the program until stop.
func (s *session) start(t *testing.T, args ...string) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.ended <- s.p.run(ctx, append([]string{}, args...)) }() // of none it would take those of the tests
	t.Cleanup(func() {
		stop()
		if s.ended != nil {
			testenv.Receive(t, "the end of jackdaw "+strings.Join(args, " "), s.ended)
		}
	})
}

// wait returns the exit code.
func (s *session) wait(t *testing.T) int {
	t.Helper()
	select {
	case code := <-s.ended:
		s.ended = nil
		return code
	case <-time.After(testenv.Patience):
		t.Fatalf("the program did not end; it wrote:\n%s", s.stderr)
		return 0
	}
}

// hangUp sends SIGHUP, and returns when the program has taken it.
func (s *session) hangUp(t *testing.T) {
	t.Helper()
	select {
	case s.hangup <- syscall.SIGHUP:
	case <-time.After(testenv.Patience):
		t.Fatalf("nobody takes SIGHUP; it wrote:\n%s", s.stderr)
	}
}

// address waits until the program listens, and returns where.
func (s *session) address(t *testing.T, network string) string {
	t.Helper()
	return s.stderr.match(t, `listening on .*\b`+network+` ([^,\s]+)`)
}

// run runs the program to its end.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	s := newSession(t)
	s.start(t, args...)
	code = s.wait(t)
	return code, s.stdout.String(), s.stderr.String()
}

// fails checks that the program ends with that code and that text on the standard error, and nothing
// on the standard output.
func fails(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	got, stdout, stderr := run(t, args...)
	if got != code || stderr != want+"\n" || stdout != "" {
		t.Errorf("jackdaw %s:\n got %d %q, stdout %q\nwant %d %q", strings.Join(args, " "), got, stderr, stdout, code, want+"\n")
	}
}
