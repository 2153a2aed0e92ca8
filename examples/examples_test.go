// Package examples holds programs to read and to run; its tests run them.
package examples

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// build builds the named example and returns its path.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build ./%s: %v\n%s", name, err, out)
	}
	return path
}

// run runs a program to its end.
func run(t *testing.T, path string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	exited(t, cmd.Run())
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// exited fails the test if err is anything but an exit code.
func exited(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
}

func TestCLI(t *testing.T) {
	cli := build(t, "cli")
	file := filepath.Join(t.TempDir(), "three")
	if err := os.WriteFile(file, []byte("a\nb\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(args []string, wantOut string, wantCode int, wantLast string) {
		t.Helper()
		out, errs, code := run(t, cli, args...)
		if out != wantOut || code != wantCode {
			t.Errorf("%q: got %q and exit code %d, want %q and %d", args, out, code, wantOut, wantCode)
		}
		lines := strings.Split(strings.TrimSpace(errs), "\n")
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, wantLast) }) {
			t.Errorf("%q: got\n%s\nwant %q in it", args, errs, wantLast)
		}
	}
	f([]string{file}, "3 "+file+"\n", 0, "INFO count: all counted code=0")
	f([]string{"-v", "missing", file}, "3 "+file+"\n", 1, `ERROR count: not counted file=missing error="open missing: no such file or directory"`)
	f([]string{"-v", "missing", file}, "3 "+file+"\n", 1, "INFO count: all counted code=1")
	f([]string{file, "-panic"}, "3 "+file+"\n", 2, `CRITICAL root: panic: as you wish source=main.go:`)
	f([]string{file, "-panic"}, "3 "+file+"\n", 2, "main.run(")
}

// An interrupt ends the program as it is expected to, with its last record.
func TestCLIInterrupted(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), build(t, "cli"), "-v", "/dev/zero")
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(errs)
	if !lines.Scan() || !strings.Contains(lines.Text(), "counting file=/dev/zero") {
		t.Fatalf("got %q, want that it counts", lines.Text())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	exited(t, cmd.Wait())
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(last, "WARNING count: interrupted file=/dev/zero") {
		t.Errorf("got exit code %d after %q, want 130 after a record that says so", code, last)
	}
}

func TestWorkers(t *testing.T) {
	out, errs, code := run(t, build(t, "workers"))
	// Each of 100 jobs begins, and is done, fails or panics.
	if !strings.Contains(out, "terminal: 200 records handled, 0 dropped") || code != 0 || errs != "" {
		t.Errorf("got exit code %d, stderr %q, and\n%s\nwant 200 records handled", code, errs, out)
	}
	if failed, panicked := strings.Count(out, "WARNING pool: failed"), strings.Count(out, "ERROR pool: job panicked"); failed != 4 || panicked != 4 {
		t.Errorf("got %d jobs that failed and %d that panicked, want 4 and 4:\n%s", failed, panicked, out)
	}
}

// line is a record in the JSON form.
type line struct {
	Level, Logger, Message string
	Attrs                  map[string]any
}

// serve starts the server and returns what it logs, and its address.
func serve(t *testing.T) (cmd *exec.Cmd, logged <-chan line, address string) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), build(t, "http"), "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan line, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var l line
			if err := json.Unmarshal(s.Bytes(), &l); err != nil {
				t.Errorf("%s: %v", s.Bytes(), err)
			}
			lines <- l
		}
	}()
	first := <-lines
	address, _ = first.Attrs["address"].(string)
	if first.Message != "listening" || address == "" {
		t.Fatalf("got %+v, want the address", first)
	}
	return cmd, lines, address
}

// What is logged while a request is served has its id, and nothing of it is lost when the server is told to
// stop.
func TestHTTP(t *testing.T) {
	cmd, logged, address := serve(t)
	// A connection that is open and not used yet would keep the server from its end for five seconds.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request := func(method, path, id string) (status int, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Request-Id", id)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	var wg sync.WaitGroup
	for _, id := range []string{"a", "b", "c"} {
		wg.Go(func() { request("GET", "/orders/"+id, "r-"+id) })
	}
	wg.Wait()
	if status, _ := request("GET", "/orders/0", "r-0"); status != http.StatusNotFound {
		t.Errorf("an order that is not there: got status %d", status)
	}
	if status, body := request("PUT", "/level/shop.access/warnin", "r-l"); status != http.StatusBadRequest || !strings.Contains(body, "WARNING") {
		t.Errorf("a level that is none: got status %d, %q", status, body)
	}
	if status, _ := request("PUT", "/level/shop.access/WARNING", "r-m"); status != http.StatusOK {
		t.Errorf("a level: got status %d", status)
	}
	request("GET", "/orders/7", "r-7") // which is not served aloud any more
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	of := make(map[any][]string)
	for l := range logged {
		of[l.Attrs["request"]] = append(of[l.Attrs["request"]], l.Logger+" "+l.Message)
	}
	exited(t, cmd.Wait())
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
	for id, want := range map[any]string{
		"r-a": "shop.orders looking up, shop.access served",
		"r-b": "shop.orders looking up, shop.access served",
		"r-c": "shop.orders looking up, shop.access served",
		"r-0": "shop.orders looking up, shop.orders no such order, shop.access served",
		"r-l": "shop.access served",
		"r-m": "shop.server level changed",
		"r-7": "shop.orders looking up",
		nil:   "shop.server stopped",
	} {
		if got := strings.Join(of[id], ", "); got != want {
			t.Errorf("request %v: got %s, want %s", id, got, want)
		}
	}
}

// What the first run had no time for is in the second one's output, before its own.
func TestFlight(t *testing.T) {
	if runtime.GOOS != "linux" {
		testenv.Skip(t, "flight mode is for linux")
	}
	t.Setenv("FLIGHT_DIR", t.TempDir())
	flight := build(t, "flight")
	if out, errs, code := run(t, flight, "killed"); out != "" || errs != "" || code != -1 {
		t.Errorf("got %q, %q and exit code %d, want that it is killed", out, errs, code)
	}
	out, errs, code := run(t, flight)
	if code != 0 || errs != "" {
		t.Errorf("got %q and exit code %d", errs, code)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 12 {
		t.Fatalf("got\n%s\nwant 12 lines", out)
	}
	for i, want := range []string{"10 records follow that process", "order taken order=0", "order taken order=1"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %d: got %q, want %q in it", i, lines[i], want)
		}
	}
	if !strings.Contains(lines[11], "open again") {
		t.Errorf("got %q last", lines[11])
	}
}
