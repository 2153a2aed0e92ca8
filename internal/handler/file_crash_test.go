//go:build unix

package handler_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// childPath names the file that this test, run again as a process of its own, writes to until it is killed.
const childPath = "JACKDAW_TEST_FILE"

// What Handle took is there after a SIGKILL at any moment, once, whether its file was being rotated or compressed.
func TestFileKilled(t *testing.T) {
	if path := os.Getenv(childPath); path != "" {
		writeUntilKilled(t, path)
		return
	}
	rounds := 5
	if testenv.Long() {
		rounds = 30
	}
	path := filepath.Join(t.TempDir(), "app.log")
	for round := range rounds {
		taken := killedAfter(t, path, 40+round*23%97)
		if got := count(t, kept(t, path)); got < taken {
			t.Fatalf("round %d: got %d records, want the %d at least that were taken", round, got, taken)
		}
	}
}

// writeUntilKilled numbers records on from what is in the file, and prints how many were taken.
func writeUntilKilled(t *testing.T, path string) {
	n := count(t, kept(t, path))
	file := openFile(t, path, plain(t, handler.FileOptions{When: "D", MaxBytes: 3000, Compress: true}))
	for {
		var texts []string
		for range 10 {
			texts = append(texts, strconv.Itoa(n)+strings.Repeat(" and so on", n%13))
			n++
		}
		handle(t, file, logged(texts...))
		fmt.Println("taken", n)
	}
}

// killedAfter runs the test again and kills it when so many batches were taken. It returns how many
// records were.
func killedAfter(t *testing.T, path string, batches int) (taken int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestFileKilled$")
	cmd.Env = append(os.Environ(), childPath+"="+path)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "taken "); ok {
			if taken, err = strconv.Atoi(n); err != nil {
				t.Fatal(err)
			}
		}
		if batches--; batches == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || batches > 0 {
		t.Fatalf("the process ended by itself: %v", err)
	}
	return taken
}

// count checks that the numbers of the records are 0, 1, 2 …, and returns how many there are.
func count(t *testing.T, text string) (n int) {
	t.Helper()
	for line := range strings.Lines(text) {
		number, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if got, err := strconv.Atoi(number); err != nil || got != n {
			t.Fatalf("got record %q, want number %d", line, n)
		}
		n++
	}
	return n
}
