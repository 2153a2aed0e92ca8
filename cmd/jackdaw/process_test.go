//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// process is the program as a process of its own: the test binary, see TestMain.
type process struct {
	*exec.Cmd
	stderr *output
	ended  chan error
}

func startProcess(t *testing.T, stdout *os.File, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), stderr: newOutput(), ended: make(chan error, 1)}
	p.Env = append(os.Environ(), runAsProgram+"=1", "GORACE=atexit_sleep_ms=0", "XDG_STATE_HOME="+t.TempDir())
	p.Stderr = p.stderr
	if stdout != nil {
		p.Stdout = stdout
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// exit waits for the end and checks the exit code.
func (p *process) exit(t *testing.T, want int) {
	t.Helper()
	select {
	case err := <-p.ended:
		code := 0
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			code = e.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != want {
			t.Errorf("exit code: got %d, want %d; it wrote:\n%s", code, want, p.stderr)
		}
	case <-time.After(testenv.Patience):
		t.Fatalf("the program did not end; it wrote:\n%s", p.stderr)
	}
}

// address waits until the program has said where it listens, and all of its greeting.
func (p *process) address(t *testing.T) string {
	t.Helper()
	return p.stderr.match(t, `(?s)listening on tcp ([^,\s]+).*setLevel\(logging\.DEBUG\)\n\n`)
}

func pipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	return reader, writer
}

var serveTCP = []string{"serve", "--tcp", "127.0.0.1:0", "--udp", "off"}

// flood sends records of a megabyte until the program has them, one in ten at ERROR.
func flood(t *testing.T, address string, n int) {
	t.Helper()
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("x", 1<<20) // 64 of them are the bound
	for i := range n {
		r := record.Record{Time: time.Now(), Logger: "flood", Message: fmt.Sprintf("number %d %s", i, payload)}
		if i%10 == 0 {
			r.Level = record.LevelError
		}
		if err := socket.Handle(t.Context(), []record.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := socket.Flush(t.Context()); err != nil { // all was read, though nobody reads the console
		t.Fatal(err)
	}
	if s := socket.Stats(); s.Confirmed != uint64(n) {
		t.Fatalf("the receiver confirmed %d of %d: %+v", s.Confirmed, n, s)
	}
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
}

// At SIGTERM everything that was sent is handled, and told.
func TestProcessTerminates(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		reader, writer := pipe(t)
		p := startProcess(t, writer, serveTCP...)
		writer.Close()
		address := p.address(t)
		for range 10 {
			sends(t, "--tcp", address, "hello")
		}
		p.signal(t, s)
		p.exit(t, exitDone)
		b, err := io.ReadAll(reader)
		if n := bytes.Count(b, []byte("\n")); err != nil || n != 10 {
			t.Errorf("%v: got %d records, %v, want 10", s, n, err)
		}
		p.stderr.match(t, `stopped after \S+: 10 accepted, 10 handled, 0 dropped, 0 waiting, 0 rejected\n`)
	}
}

// Who reads the pipe slowly holds up nothing. Beyond the bound the lowest levels go first, counted,
// and told in the place of what is missing.
func TestProcessSlowReader(t *testing.T) {
	reader, writer := pipe(t)
	filled := fill(t, writer)
	p := startProcess(t, writer, append(serveTCP, "--format", "%(levelname)s %(message).50s")...)
	writer.Close()
	const sent = 80
	flood(t, p.address(t), sent)
	p.signal(t, syscall.SIGTERM)
	b, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	p.exit(t, exitDone)

	infos, failures, dropped := 0, 0, 0
	for line := range strings.Lines(string(b[filled:])) {
		switch level, text, _ := strings.Cut(line, " "); level {
		case "INFO":
			infos++
		case "ERROR":
			failures++
		default:
			n := 0
			if _, err := fmt.Sscanf(text, "%d records dropped here: queue full", &n); err != nil {
				t.Errorf("got %q: %v", line, err)
			}
			dropped += n
		}
	}
	if infos+failures+dropped != sent || dropped == 0 || failures != sent/10 {
		t.Errorf("shown: %d INFO, %d ERROR; told as dropped: %d; of %d, %d of them ERROR", infos, failures, dropped, sent, sent/10)
	}
	p.stderr.match(t, fmt.Sprintf(`console: %d accepted, %d handled, %d dropped \(queue full: %d INFO\), 0 waiting`, sent, infos+failures, dropped, dropped))
}

// fill fills a pipe, so that the next Write waits, and returns with how many bytes.
func fill(t *testing.T, writer *os.File) (filled int) {
	t.Helper()
	raw, err := writer.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var full error
	err = raw.Write(func(fd uintptr) bool {
		for full == nil {
			var n int
			if n, full = syscall.Write(int(fd), make([]byte, 4096)); n > 0 {
				filled += n
			}
		}
		return true
	})
	if err != nil || !errors.Is(full, syscall.EAGAIN) {
		t.Fatalf("got %v, %v, want the pipe to be full", full, err)
	}
	return filled
}

// A second signal ends what hangs.
func TestProcessSecondSignal(t *testing.T) {
	_, writer := pipe(t)
	p := startProcess(t, writer, serveTCP...)
	flood(t, p.address(t), 1)
	p.signal(t, os.Interrupt)
	p.stderr.match(t, "stopping; .*Ctrl-C ends it at once")
	p.signal(t, os.Interrupt)
	p.exit(t, 130)
}

// A pipe that nobody reads any more is the end, without a word, unless a file goes on, or the store.
func TestProcessClosedPipe(t *testing.T) {
	reader, writer := pipe(t)
	p := startProcess(t, writer, append(serveTCP, "--store", "off")...)
	writer.Close()
	address := p.address(t)
	greeting := p.stderr.String()
	reader.Close()
	sends(t, "--tcp", address, "hello")
	p.exit(t, exitDone)
	if got := p.stderr.String(); got != greeting {
		t.Errorf("got %q after the greeting, want nothing", strings.TrimPrefix(got, greeting))
	}

	path := filepath.Join(t.TempDir(), "log.jsonl")
	reader, writer = pipe(t)
	p = startProcess(t, writer, append(serveTCP, "--file", path, "--store", "off")...)
	writer.Close()
	address = p.address(t)
	reader.Close()
	sends(t, "--tcp", address, "one")
	p.stderr.match(t, "handler console: nobody reads it any more; the other handlers go on")
	sends(t, "--tcp", address, "two")
	p.signal(t, syscall.SIGTERM)
	p.exit(t, exitDone)
	if b, err := os.ReadFile(path); err != nil || len(records(t, string(b))) != 2 {
		t.Errorf("file: got %q, %v, want 2 records", b, err)
	}

	// Help into a closed pipe.
	reader, writer = pipe(t)
	reader.Close()
	p = startProcess(t, writer, "--help")
	p.exit(t, exitDone)
}

// SIGHUP opens the files anew.
func TestProcessHangup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	p := startProcess(t, nil, append(serveTCP, "--file", path)...)
	address := p.address(t)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	until := time.Now().Add(testenv.Patience)
	for _, err := os.Stat(path); err != nil; _, err = os.Stat(path) {
		if time.Now().After(until) {
			t.Fatal(err)
		}
		sends(t, "--tcp", address, "hello") // takes its time, and goes to one of the files
	}
	p.signal(t, syscall.SIGTERM)
	p.exit(t, exitDone)
}

func TestProcessExitCodes(t *testing.T) {
	f := func(want int, pattern string, args ...string) {
		t.Helper()
		p := startProcess(t, nil, args...)
		p.exit(t, want)
		if !regexp.MustCompile(pattern).MatchString(p.stderr.String()) {
			t.Errorf("%q: got %q, want %s", args, p.stderr, pattern)
		}
	}
	f(exitDone, "^$", "version")
	f(exitUsage, "^jackdaw: unknown flag --consol; did you mean --console\\?\n$", "--consol")
	f(exitFailed, "^jackdaw: open file /nonexistent/x: there is no directory", "--tcp", "127.0.0.1:0", "--udp", "off", "--file", "/nonexistent/x")
}
