//go:build unix

package jackdaw_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// What is logged while the disk is full waits, is counted, and is in the files once there is room.
func TestFileOnFullDisk(t *testing.T) {
	if !testenv.OnSmallDisk(t, 512<<10, func(dir string) { testFullDisk(t, dir) }) {
		t.Log("what a file does about it is tested in its room too, by a limit on the size of files")
	}
}

func testFullDisk(t *testing.T, dir string) {
	filler, path := filepath.Join(dir, "filler"), filepath.Join(dir, "app.log")
	if err := os.WriteFile(filler, make([]byte, 400<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	failing := make(chan error, 1)
	h := jackdaw.New(jackdaw.Options{OnError: func(err error) {
		select {
		case failing <- err:
		default:
		}
	}})
	file, err := jackdaw.OpenFile(path, jackdaw.FileOptions{MaxBytes: 64 << 10, BackupCount: 9})
	if err != nil {
		t.Fatal(err)
	}
	add(t, h, "", file, jackdaw.HandlerOptions{Name: "file"})
	const count = 2000
	for i := range count {
		h.Logger("shop").Info(fmt.Sprint("sold ", i), "customer", i*7)
	}
	if err := testenv.Receive(t, "an error", failing); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got error %v, want %v", err, syscall.ENOSPC)
	}
	s := h.Stats()
	checkLaw(t, s)
	if f := s.Handlers[0]; f.Waiting == 0 || f.Err == nil || f.DroppedTotal() > 0 {
		t.Errorf("while the disk is full: got %d waiting, error %v, %v dropped, want some, one, none", f.Waiting, f.Err, f.Dropped)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	flush(t, h)
	if f := h.Stats().Handlers[0]; f.Handled != count {
		t.Errorf("handled: got %d, want %d", f.Handled, count)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 3 {
		t.Errorf("files: got %q, %v, want three at least", files, err)
	}
	seen := map[string]int{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) >= 64<<10 {
			t.Errorf("%s: got %d bytes, want less than MaxBytes", name, len(b))
		}
		for line := range strings.Lines(string(b)) {
			seen[line]++
		}
	}
	for line, n := range seen {
		if n != 1 || !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}\n") {
			t.Errorf("got %d times %s, want whole records, once each", n, line)
		}
	}
	if len(seen) != count {
		t.Errorf("records: got %d, want %d", len(seen), count)
	}
}
