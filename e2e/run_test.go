package e2e

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// runs returns "jackdaw run" of a Python program in testdata/run, with the records going to addr.
func runs(t testing.TB, addr string, program ...string) *exec.Cmd {
	t.Helper()
	program[0] = filepath.Join("testdata", "run", program[0])
	cmd := child(t, executable, append([]string{"run", "--tcp", addr, "--", testenv.Python(t), "-B"}, program...)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	return cmd
}

// TestRun holds a program that "jackdaw run" starts against the same program by itself: it shows the same, ends the same,
// and all that passes its loggers is received.
func TestRun(t *testing.T) {
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--data", "off")
	host, port := s.tcp()

	// A sitecustomize that was there before has its say, and the path is as it was.
	front := t.TempDir()
	if err := os.WriteFile(filepath.Join(front, "sitecustomize.py"), []byte("print('customized')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	output := func(cmd *exec.Cmd) (out, said string) {
		cmd.Env = append(cmd.Environ(), "PYTHONPATH="+front)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 7 {
			t.Errorf("%v: got %v, want exit 7; it said:\n%s", cmd.Args, err, &stderr)
		}
		// Where a call does not fit its message, logging shows how it came there, and its own frames only as far as they
		// have no other between them.
		return stdout.String(), regexp.MustCompile(`(?s)Call stack:.*\nMessage:`).ReplaceAllString(stderr.String(), "Message:")
	}
	run := runs(t, net.JoinHostPort(host, port), "program.py")
	wantOut, wantSaid := output(child(t, run.Args[5], run.Args[6:]...))
	if gotOut, gotSaid := output(run); gotOut != wantOut || gotSaid != wantSaid {
		t.Errorf("got output\n%s%s\nwant\n%s%s", gotOut, gotSaid, wantOut, wantSaid)
	}
	if !strings.Contains(wantOut, "customized") {
		t.Errorf("got output %q, want that of sitecustomize in it", wantOut)
	}

	want := []string{
		"before any configuration", "basicConfig for user", "dictConfig without propagation", "nobody here handles this",
		"with a traceback", "with an object", "logged while a record is made", "%d does not fit", "in a signal handler", "in a task",
		"in a process of multiprocessing", "in a fork", "in a program of its own", "at exit",
	}
	s.wait(len(want))
	s.stop()
	var got []string
	for _, r := range s.records() {
		got = append(got, r.Message)
		checkRun(t, &r)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got records %q, want %q", got, want)
	}
}

// checkRun checks what is special of a record of program.py.
func checkRun(t *testing.T, r *received) {
	t.Helper()
	attr := func(key string, want any) {
		t.Helper()
		if got := r.Attrs[key]; got != want {
			t.Errorf("%s: attr %s: got %v, want %v", r.Message, key, got, want)
		}
	}
	if r.Message != "in a program of its own" && !strings.HasSuffix(r.Source.File, "program.py") || r.Process.PID == 0 {
		t.Errorf("%s: got source %v and process %v, want those of the call", r.Message, r.Source, r.Process)
	}
	switch r.Message {
	case "basicConfig for user":
		attr("user_id", 42.0)
		attr("at", "2026-11-23")
	case "with a traceback":
		if e := r.Exception; e == nil || e.Type != "KeyError" || !strings.Contains(e.Traceback, `{}["missing"]`) {
			t.Errorf("exception: got %+v, want the KeyError with its traceback", e)
		}
	case "with an object":
		attr("object", "<stubborn>")
	case "%d does not fit":
		attr("logging_args", "('this',)")
		attr("logging_error", "TypeError: %d format: a real number is required, not str")
	case "in a process of multiprocessing":
		if r.Process.Name == "MainProcess" {
			t.Errorf("process: got %v, want the child's", r.Process)
		}
	}
}

// TestRunStall shows that a receiver that stands still holds up no event loop, and that the queue is bounded: what does
// not fit is told, and costs no error.
func TestRunStall(t *testing.T) {
	const count = 4000 // of 10 kB, which are more than the queue holds
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	var late []time.Duration
	for range attempts {
		cmd := runs(t, ln.Addr().String(), "stall.py", strconv.Itoa(count))
		cmd.Stderr = os.Stderr
		stdin, stdout := pipes(t, cmd)
		conn := accept(t, ln) // that of run, which looks whether somebody listens
		conn.Close()
		still := accept(t, ln)
		line, err := stdout.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			t.Fatal(err)
		}
		late = append(late, time.Duration(seconds*float64(time.Second)))
		stdin.Close()
		frames, err := io.ReadAll(still)
		still.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		checkStall(t, frames, count)
		if late[len(late)-1] <= maxLate || t.Failed() {
			return
		}
	}
	t.Errorf("greatest lateness of the event loop: got %v, want one of at most %v", late, maxLate)
}

// checkStall checks that each of the records came, or is counted in a record that tells of it, and that none of the errors
// is among the latter.
func checkStall(t *testing.T, frames []byte, count int) {
	t.Helper()
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--data", "off", "--queue-size", "1GiB")
	host, port := s.tcp()
	conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(frames); err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
	conn.Close()
	sent := 0
	for rest := frames; len(rest) > 0; sent++ {
		rest = rest[4+binary.BigEndian.Uint32(rest):]
	}
	s.wait(sent) // the end of the server has ten seconds
	s.stop()
	came, errs, dropped := 0, 0, 0.0
	for _, r := range s.records() {
		switch {
		case r.Logger == "stall":
			came++
			if r.Level == "ERROR" {
				errs++
			}
		case r.Logger == "jackdaw.run":
			for _, n := range r.Attrs["dropped"].(map[string]any) {
				dropped += n.(float64)
			}
		}
	}
	if came+int(dropped) != count || dropped == 0 || errs != count/100 {
		t.Errorf("got %d records, %d of them errors, and %v told as dropped, want %d in all, with some dropped, but none of %d errors",
			came, errs, dropped, count, count/100)
	}
}

// TestRunRestart shows that what a program logs is received once and in order while the receiver is stopped and started
// again, and when it is not there at first.
func TestRunRestart(t *testing.T) {
	addr := freeAddress(t)
	cmd := runs(t, addr, "count.py")
	var said bytes.Buffer
	cmd.Stderr = &said
	stdin, stdout := pipes(t, cmd)
	logged := 0
	log := func() {
		t.Helper()
		fmt.Fprintln(stdin)
		line, err := stdout.ReadString('\n')
		if err == nil {
			logged, err = strconv.Atoi(strings.TrimSpace(line))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	log() // while nobody listens
	var got []string
	for range 3 {
		s := serve(t, "--tcp", addr, "--udp", "off", "--data", "off")
		log()
		s.wait(logged - len(got))
		log()
		s.stop()
		for _, r := range s.records() {
			got = append(got, r.Message)
		}
		log() // while it is away
	}
	s := serve(t, "--tcp", addr, "--udp", "off", "--data", "off")
	log()
	s.tcp() // the end of the program has five seconds
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program: got %v; it said:\n%s", err, &said)
	}
	s.stop()
	for _, r := range s.records() {
		got = append(got, r.Message)
	}
	var want []string
	for n := range logged {
		want = append(want, strconv.Itoa(n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got records %v, want each of %d once, in order", got, logged)
	}
	if !strings.Contains(said.String(), "nobody listens on "+addr) {
		t.Errorf("without a receiver: got %q, want it said", &said)
	}
}

// TestRunSays shows what is said where it cannot work, and that the program runs nevertheless.
func TestRunSays(t *testing.T) {
	python, addr := testenv.Python(t), freeAddress(t)
	f := func(want string, code int, args ...string) {
		t.Helper()
		cmd := child(t, executable, append([]string{"run", "--tcp", addr}, args...)...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), want) {
			t.Errorf("%q: got exit %d and %q, want %d and %q", args, got, out, code, want)
		}
	}
	f("-I takes no notice of PYTHONPATH", 3, "--", python, "-uI", "-c", "exit(3)")
	f("-E takes no notice of PYTHONPATH", 3, python, "-E", "-c", "import sys; sys.exit(3)")
	f("-S imports no sitecustomize", 3, python, "-S", "-c", "import sys; sys.exit(3)")
	f("is not Python", 3, "sh", "-c", "exit 3")
	f("there is no program", 2)
	f("start no-such-program: executable file not found", 1, "no-such-program")
	f("did not take the last records of this process", 0, python, "-c", "import logging, sitecustomize; logging.error('x')")

	// A signal ends the program, which is this process.
	cmd := child(t, executable, "run", "--", python, "-c", "import os; os.kill(os.getppid(), 0); os.kill(os.getpid(), 15)")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	err := cmd.Run()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("a program that SIGTERM ends: got %v, want it ended by the signal", err)
	}
}

// TestRunWithoutCache shows that where there is no cache to write to, one directory for temporary files serves all programs, unless it
// is somebody else's.
func TestRunWithoutCache(t *testing.T) {
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--data", "off")
	host, port := s.tcp()
	dir := t.TempDir()
	run := func() {
		t.Helper()
		cmd := child(t, executable, "run", "--tcp", net.JoinHostPort(host, port), "--", testenv.Python(t), "-c", "import logging; logging.error('x')")
		cmd.Env = append(os.Environ(), "HOME=/dev/null", "XDG_CACHE_HOME=", "TMPDIR="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("got %v; it said:\n%s", err, out)
		}
	}
	entries := func(want int) string {
		t.Helper()
		found, err := os.ReadDir(dir)
		if err != nil || len(found) != want {
			t.Fatalf("got %v, %v left over, want %d directories", found, err, want)
		}
		return filepath.Join(dir, found[0].Name())
	}
	for range 3 {
		run()
	}
	own := entries(1)
	if err := os.Chmod(own, 0o777); err != nil {
		t.Fatal(err)
	}
	run()
	entries(2)
	s.wait(4)
	s.stop()
}

// pipes starts the command and returns its ends.
func pipes(t *testing.T, cmd *exec.Cmd) (io.WriteCloser, *bufio.Reader) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return stdin, bufio.NewReader(stdout)
}

func accept(t *testing.T, ln net.Listener) net.Conn {
	t.Helper()
	if err := ln.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
