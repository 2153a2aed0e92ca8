//go:build linux

package stream

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// tracedDir and tracedLevel are for the process that is traced.
const tracedDir, tracedLevel = "JACKDAW_TEST_TRACED_DIR", "JACKDAW_TEST_TRACED_LEVEL"

const tracedCalls = 20

// TestTracedSubject is the process that is traced: it prints a line when a Handle has returned. It is no test
// by itself.
func TestTracedSubject(t *testing.T) {
	dir := os.Getenv(tracedDir)
	if dir == "" {
		return
	}
	level := Sync
	if os.Getenv(tracedLevel) == Disk.String() {
		level = Disk
	}
	s := open(t, Options{Dir: dir, Level: level})
	for i := range tracedCalls {
		batch := numbered(0, 1)
		batch[0].Message = needle(i)
		store(t, s, batch)
		if _, err := os.Stdout.WriteString("ack " + needle(i) + "\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func needle(i int) string { return fmt.Sprintf("needle-%03d-", i) }

// A Handle returns after the records were written, and at level Sync after they were synced.
func TestSyncedBeforeItIsAcknowledged(t *testing.T) {
	strace := testenv.Strace(t)
	for _, level := range []Level{Sync, Disk} {
		t.Run(level.String(), func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			cmd := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-s", "4096", "-o", trace, "-e", "trace=write,pwrite64,fsync,fdatasync",
				os.Args[0], "-test.run=^TestTracedSubject$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), tracedDir+"="+t.TempDir(), tracedLevel+"="+level.String())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tracedCalls {
				written, synced := before(string(text), needle(i))
				if !written {
					t.Errorf("record %d was acknowledged and not written before", i)
				}
				if level == Sync && !synced {
					t.Errorf("record %d was acknowledged and not synced before", i)
				}
			}
		})
	}
}

var (
	callOf   = regexp.MustCompile(`^(\d+)\s+(\w+)\((\d+)`)
	resumeOf = regexp.MustCompile(`^(\d+)\s+<\.\.\. (fsync|fdatasync) resumed>\)\s*= 0`)
)

// before reports what system calls had been made for the record when it was acknowledged: whether it was
// written to a file, and whether that file was then synced, with success.
func before(trace, needle string) (written, synced bool) {
	file := ""
	syncing := map[string]bool{} // by thread
	for line := range strings.Lines(trace) {
		if m := resumeOf.FindStringSubmatch(line); m != nil {
			synced = synced || syncing[m[1]]
			continue
		}
		m := callOf.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		thread, call, fd := m[1], m[2], m[3]
		has := strings.Contains(line, needle)
		switch {
		case call == "write" && fd == "1" && has:
			return written, synced
		case (call == "pwrite64" || call == "write") && has && strings.Contains(line, "JACKDAW.records"):
			file, written, synced = fd, true, false
			clear(syncing)
		case call == "fsync" || call == "fdatasync":
			unfinished := strings.Contains(line, "<unfinished")
			syncing[thread] = written && fd == file && unfinished
			if written && fd == file && !unfinished && strings.Contains(line, "= 0") {
				synced = true
			}
		}
	}
	return false, false
}
