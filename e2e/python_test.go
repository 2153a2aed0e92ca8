package e2e

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// python runs a Python program of testdata to its end.
func python(t testing.TB, args ...string) {
	t.Helper()
	args[0] = filepath.Join("testdata", args[0])
	cmd := child(t, testenv.Python(t), args...)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("python %s: got %v, want a silent end:\n%s", strings.Join(args, " "), err, out)
	}
}

func TestCookbook(t *testing.T) {
	testenv.Python(t)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	_, port := s.tcp()
	python(t, "cookbook.py", port)
	s.wait(5)
	s.stop()

	want := []string{
		"root INFO Jackdaws love my big sphinx of quartz.",
		"myapp.area1 DEBUG Quick zephyrs blow, vexing daft Jim.",
		"myapp.area1 INFO How quickly daft jumping zebras vex.",
		"myapp.area2 WARNING Jail zesty vixen who grabbed pay from quack.",
		"myapp.area2 ERROR The five boxing wizards jump quickly.",
	}
	records := s.records()
	if len(records) != len(want) {
		t.Fatalf("records: got %d, want %d", len(records), len(want))
	}
	for i, r := range records {
		if got := fmt.Sprintf("%s %s %s", r.Logger, r.Level, r.Message); got != want[i] {
			t.Errorf("record %d: got %q, want %q", i, got, want[i])
		}
		if r.Source.Function != "<module>" || filepath.Base(r.Source.File) != "cookbook.py" || r.Source.Line == 0 {
			t.Errorf("record %d: got source %+v, want a line of <module> in cookbook.py", i, r.Source)
		}
		if r.Process.PID == 0 || r.Process.Name != "MainProcess" || r.Thread.Name != "MainThread" {
			t.Errorf("record %d: got process %+v, thread %+v, want the main ones", i, r.Process, r.Thread)
		}
		if r.Time.IsZero() || r.Received.Before(r.Time) || !strings.HasPrefix(r.Peer, "127.0.0.1:") {
			t.Errorf("record %d: got time %v, received %v, peer %q, want them in order, from this machine", i, r.Time, r.Received, r.Peer)
		}
		if len(r.Attrs) != 0 {
			t.Errorf("record %d: got attrs %v, want none", i, r.Attrs)
		}
	}
}

const processes, threads = 8, 4

// loadCount is how many records each thread of load.py logs.
func loadCount() int {
	if testenv.Long() {
		return 5000
	}
	return 250
}

func TestManyProcessesOverTCP(t *testing.T) {
	testenv.Python(t)
	s := serveToFile(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	host, port := s.tcp()
	load(t, s, host, port)
}

func TestManyProcessesOverUnix(t *testing.T) {
	testenv.Python(t)
	path := filepath.Join(t.TempDir(), "log.sock")
	s := serveToFile(t, "--tcp", "off", "--udp", "off", "--unix", path)
	s.find(`(log\.sock)`)
	load(t, s, path, "0")
}

// load lets processes log to the server, stops it as soon as the last of them has ended, and checks
// that nothing is missing, doubled, changed or out of its thread's order.
func load(t *testing.T, s *server, host, port string) {
	t.Helper()
	count := loadCount()
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() { python(t, "load.py", host, port, strconv.Itoa(p), strconv.Itoa(count)) })
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	s.stop()

	next := map[string]int{}
	for _, r := range s.records() {
		checkLoad(t, r, next[r.Logger], count)
		next[r.Logger]++
		if t.Failed() {
			return
		}
	}
	for p := range processes {
		for thread := range threads {
			if name := fmt.Sprintf("load.p%d.t%d", p, thread); next[name] != count {
				t.Errorf("records of %s: got %d, want %d", name, next[name], count)
			}
		}
	}
}

// checkLoad checks one record of load.py, which is to be the nth of its logger.
func checkLoad(t *testing.T, r received, n, count int) {
	t.Helper()
	if want := fmt.Sprintf("record %d of %d", n, count); r.Message != want {
		t.Errorf("%s: got message %q, want %q", r.Logger, r.Message, want)
	}
	level := []string{"DEBUG", "INFO", "WARNING", "ERROR"}[n%4]
	if n%20 == 7 {
		level = "ERROR"
		e := r.Exception
		if e == nil || e.Type != "ValueError" || e.Message != fmt.Sprintf("number %d", n) || !strings.HasPrefix(e.Traceback, "Traceback (most recent call last):\n") {
			t.Errorf("%s %d: got exception %+v, want the ValueError with its traceback", r.Logger, n, e)
		}
	} else if r.Exception != nil {
		t.Errorf("%s %d: got exception %+v, want none", r.Logger, n, r.Exception)
	}
	if r.Level != level {
		t.Errorf("%s %d: got level %s, want %s", r.Logger, n, r.Level, level)
	}
	want := fmt.Sprintf("load.p%v.t%v %v [load %v] map[even:%v half:%v]", r.Attrs["p"], r.Attrs["t"], n, r.Attrs["t"], n%2 == 0, float64(n)/2)
	if got := fmt.Sprint(r.Logger, " ", r.Attrs["n"], " ", r.Attrs["tags"], " ", r.Attrs["where"]); got != want || len(r.Attrs) != 5 {
		t.Errorf("%s %d: got %s in attrs %v, want %s", r.Logger, n, got, r.Attrs, want)
	}
}

func TestDatagrams(t *testing.T) {
	t.Run("udp", func(t *testing.T) {
		testenv.Python(t)
		s := serve(t, "--tcp", "off", "--udp", "127.0.0.1:0", "--unix", "off")
		datagrams(t, s, "127.0.0.1", s.find(`\budp 127\.0\.0\.1:([0-9]+)`))
	})
	t.Run("unix", func(t *testing.T) {
		testenv.Python(t)
		path := filepath.Join(t.TempDir(), "datagrams.sock")
		s := serve(t, "--tcp", "off", "--udp", "off", "--unixgram", path)
		s.find(`(datagrams\.sock)`)
		datagrams(t, s, path, "0")
	})
}

// datagrams sends bursts of 20, the next when the one before is printed: so much fits the kernel's
// buffer, and nothing may be missing.
func datagrams(t *testing.T, s *server, host, port string) {
	t.Helper()
	const burst = 20
	count := 2 * loadCount() / burst * burst
	cmd := child(t, testenv.Python(t), filepath.Join("testdata", "load.py"), host, port, "0", strconv.Itoa(count), "datagrams")
	stdin, stdout := pipes(t, cmd)
	bursts := 0
	for lines := bufio.NewScanner(stdout); lines.Scan(); bursts++ {
		s.wait(bursts * burst)
		if _, err := io.WriteString(stdin, "go\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("load.py: %v", err)
	}
	s.wait(count)
	s.stop()
	for n, r := range s.records() {
		checkLoad(t, r, n, count)
	}
}
