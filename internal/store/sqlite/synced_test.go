//go:build linux

package sqlite

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

// tracedDir and tracedNoSync are for the process that is traced.
const tracedDir, tracedNoSync = "JACKDAW_TEST_TRACED_DIR", "JACKDAW_TEST_TRACED_NOSYNC"

const tracedCalls = 20

// TestTracedSubject is the process that is traced: it prints a line when a Handle has returned. It is no test by
// itself.
func TestTracedSubject(t *testing.T) {
	dir := os.Getenv(tracedDir)
	if dir == "" {
		return
	}
	s := open(t, dir, Options{NoSync: os.Getenv(tracedNoSync) == "true"})
	for i := range tracedCalls {
		handle(t, s, numbered(i, i+1))
		if _, err := fmt.Printf("ack %d\n", i); err != nil {
			t.Fatal(err)
		}
	}
}

// A Handle returns after the records were written to the file's log, and unless it was asked not to, after that was
// synced. That a death of the process costs nothing is proved by killing it; that a loss of power does not, by this.
func TestSyncedBeforeItReturns(t *testing.T) {
	strace := testenv.Strace(t)
	for _, noSync := range []bool{false, true} {
		t.Run(fmt.Sprint("nosync=", noSync), func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			cmd := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-y", "-o", trace, "-e", "trace=write,pwrite64,fsync,fdatasync",
				os.Args[0], "-test.run=^TestTracedSubject$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), tracedDir+"="+t.TempDir(), tracedNoSync+"="+fmt.Sprint(noSync))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			acks := 0
			for i, calls := range strings.Split(string(text), `"ack `) {
				if acks++; i == tracedCalls {
					break // what comes after the last one
				}
				written, synced := loggedAndSynced(calls)
				if !written {
					t.Errorf("record %d: its Handle returned, and it was not written before", i)
				}
				if !noSync && !synced {
					t.Errorf("record %d: its Handle returned, and it was not synced before", i)
				}
			}
			if acks != tracedCalls+1 {
				t.Errorf("got %d returns in the trace, want %d", acks-1, tracedCalls)
			}
		})
	}
}

var syncOf = regexp.MustCompile(`(?:fsync|fdatasync)\(\d+<[^>]*-wal>(?:\)\s*= 0| <unfinished)`)

// loggedAndSynced reports whether calls end with a write to a file's log, and whether that was synced after it.
func loggedAndSynced(calls string) (written, synced bool) {
	for line := range strings.Lines(calls) {
		switch {
		case strings.Contains(line, "pwrite64(") && strings.Contains(line, "-wal>"):
			written, synced = true, false
		case syncOf.MatchString(line):
			synced = written
		}
	}
	return written, synced
}
