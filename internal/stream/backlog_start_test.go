//go:build linux

package stream

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// backlogDir and backlogDo are for the processes of TestStartWithBacklog: where, and whether to write or to open.
const backlogDir, backlogDo = "JACKDAW_TEST_BACKLOG_DIR", "JACKDAW_TEST_BACKLOG_DO"

func backlogBytes() int64 {
	if testenv.Long() {
		return 10 << 30
	}
	return 256 << 20
}

// TestBacklogProcess writes a backlog and kills itself, or opens it and says what that took. It is no test by
// itself.
func TestBacklogProcess(t *testing.T) {
	dir := os.Getenv(backlogDir)
	if dir == "" {
		return
	}
	began := time.Now()
	s, err := Open(Options{Dir: dir, Level: Disk, MaxBytes: 16 << 30})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("opened in %v\n", time.Since(began).Round(time.Millisecond))
	if os.Getenv(backlogDo) == "write" {
		if _, err := s.Cursor("absent", discard{}, CursorOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := s.cursor("absent").Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		batch := large(0, 200, slog.LevelInfo)
		for s.Stats().Bytes < backlogBytes() {
			store(t, s, batch)
		}
		if err := s.saveState(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan record.ID, 1)
	if _, err := s.Cursor("absent", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		select {
		case first <- batch[0].ID:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}), CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 1))
	<-first
	st := lawful(t, s)
	fmt.Printf("stored and read in %v, %d records wait\n", time.Since(began).Round(time.Millisecond), st.Cursors[0].Waiting)
	cancel()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	fmt.Println("peak memory:", strings.TrimSpace(peak))
	closeStream(t, s)
}

// A large backlog costs neither memory nor, after a Close, time. After a crash JetStream reads it once.
func TestStartWithBacklog(t *testing.T) {
	dir := t.TempDir()
	run := func(do string) (out string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBacklogProcess$", "-test.timeout=20m")
		cmd.Env = append(os.Environ(), backlogDir+"="+dir, backlogDo+"="+do)
		text, err := cmd.CombinedOutput()
		if err != nil && do != "write" {
			t.Fatalf("%v\n%s", err, text)
		}
		return string(text)
	}
	run("write")
	for _, after := range []string{"a crash", "a close"} {
		out := run("open")
		var kib int
		_, peak, _ := strings.Cut(out, "peak memory: ")
		if _, err := fmt.Sscan(peak, &kib); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, text, _ := strings.Cut(out, "opened in ")
		text, _, _ = strings.Cut(text, "\n")
		took, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		// After a close it is some tenths of a second, whatever the size: this is for a machine with much else to do.
		if after == "a close" && took > 20*time.Second {
			t.Errorf("after a close of %d MB: opened in %v, want seconds", backlogBytes()>>20, took)
		}
		t.Logf("%d MB, after %s: %s", backlogBytes()>>20, after, strings.ReplaceAll(strings.TrimSpace(out), "\n", "; "))
		if kib > 200<<10 {
			t.Errorf("after %s: the peak of memory is %d MB, want 200 at most", after, kib>>10)
		}
	}
}
