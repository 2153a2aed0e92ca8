package jackdaw_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// loadConfigs are two configurations that have nothing in common but a file, whose form is another one: the handler of
// one is gone with the other, loggers change their place and queues come and go.
var loadConfigs = [2]string{`{
  "version": 1,
  "formatters": {"f": {"format": "%(name)s %(message)s"}},
  "handlers": {
    "all": {"class": "file", "filename": "DIR/all", "formatter": "f"},
    "root": {"class": "file", "filename": "DIR/apart", "formatter": "f"},
    "same": {"class": "file", "filename": "DIR/same", "formatter": "f"},
    "queue": {"class": "queue", "handlers": ["same", "all"]}
  },
  "root": {"handlers": ["queue", "root"], "level": "INFO"}
}`, `{
  "version": 1,
  "formatters": {"f": {"format": "%(name)s %(message)s"}, "g": {"format": "{name} {message}", "style": "{"}},
  "filters": {"none": {"filter": "-load"}},
  "handlers": {
    "all": {"class": "file", "filename": "DIR/all", "formatter": "g"},
    "load": {"class": "file", "filename": "DIR/apart", "formatter": "f"},
    "none": {"class": "null", "filters": ["none"]},
    "same": {"class": "file", "filename": "DIR/same", "formatter": "f"}
  },
  "loggers": {"load": {"handlers": ["load", "all", "none"], "level": "INFO"}},
  "root": {"handlers": ["same"], "level": "ERROR"}
}`}

// However often a program is configured anew while it logs, each record reaches each handler that either configuration
// gives it once, and in order, though handlers come and go; and nothing stays behind.
func TestConfigureUnderLoad(t *testing.T) {
	times := 40
	if testenv.Long() {
		times = 1000
	}
	dir := t.TempDir()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	h, err := jackdaw.FromConfig([]byte(strings.ReplaceAll(loadConfigs[0], "DIR", dir)), jackdaw.Options{OnError: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	var logged [2]int
	var wg sync.WaitGroup
	turns := [2]chan bool{make(chan bool, times), make(chan bool, times)}
	for at := range logged {
		logger := h.Logger(fmt.Sprintf("load.%d", at))
		wg.Go(func() {
			for range turns[at] {
				for range 300 {
					logger.Info(fmt.Sprint(logged[at]))
					logged[at]++
				}
			}
		})
	}
	for i := range times {
		turns[0] <- true
		turns[1] <- true
		configure(t, h, strings.ReplaceAll(loadConfigs[(i+1)%2], "DIR", dir))
	}
	close(turns[0])
	close(turns[1])
	wg.Wait()
	s := h.Stats()
	checkLaw(t, s)
	closeNow(t, h)
	checkLines(t, dir+"/all", true, logged[:])
	checkLines(t, dir+"/same", true, logged[:])
	checkLines(t, dir+"/apart", false, logged[:]) // of two handlers, one of which may still have what the other is behind
	if s.DroppedTotal() > 0 {
		t.Errorf("got %v dropped", s.Dropped)
	}
	if got := openFiles(); got > files {
		t.Errorf("%d files are open, want %d as before", got, files)
	}
	testenv.Await(t, fmt.Sprintf("no more goroutines than the %d before", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines })
}

// checkLines checks that a file has each of the records that were logged once, and if ordered says so in order.
func checkLines(t *testing.T, path string, ordered bool, logged []int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := make([][]int, len(logged))
	for line := range bytes.Lines(text) {
		if len(line) == 1 {
			continue // who opened the file while another wrote took the beginning of its write for one that a crash cut off
		}
		var at, n int
		if _, err := fmt.Sscanf(string(line), "load.%d %d\n", &at, &n); err != nil {
			t.Fatalf("%s: line %q: %v", path, line, err)
		}
		got[at] = append(got[at], n)
	}
	for at, numbers := range got {
		if !ordered {
			slices.Sort(numbers)
		}
		if len(numbers) != logged[at] {
			t.Errorf("%s: got %d records of load.%d, want %d", path, len(numbers), at, logged[at])
		}
		for i, n := range numbers {
			if n != i {
				t.Fatalf("%s: got record %d of load.%d, want %d", path, n, at, i)
			}
		}
	}
}

// openFiles returns how many files the process has open, where the system says so.
func openFiles() int {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(open)
}
