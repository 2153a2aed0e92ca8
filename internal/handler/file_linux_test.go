package handler_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// Before Flush returns, the disk has the file, the one that was rotated away, and their names.
func TestFlushSyncs(t *testing.T) {
	if path := os.Getenv(childPath); path != "" {
		file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 4, BackupCount: 2}))
		for _, m := range []string{"aaa", "bbb"} {
			handle(t, file, logged(m))
		}
		for range 2 {
			if err := file.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			fmt.Println("flushed")
		}
		return
	}
	strace := testenv.Strace(t)
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-y", "-o", trace, "-e", "trace=write,fsync,fdatasync,rename,renameat,renameat2",
		self, "-test.run=^TestFlushSyncs$")
	cmd.Env = append(os.Environ(), childPath+"="+filepath.Join(dir, "app.log"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	call := regexp.MustCompile(`^\d+ +(write|f\w*sync|rename)\w*\((?:\d+<([^>]*)>)?`)
	for line := range strings.Lines(read(t, trace)) {
		m := call.FindStringSubmatch(line)
		switch {
		case m == nil:
		case m[1] == "rename":
			got = append(got, "rename")
		case m[1] == "write" && strings.Contains(line, `"flushed`):
			got = append(got, "flushed")
		case m[1] == "write" && strings.HasPrefix(m[2], dir):
			got = append(got, "write "+filepath.Base(m[2]))
		case m[1] != "write":
			got = append(got, "sync "+strings.TrimPrefix(m[2], dir))
		}
	}
	want := []string{"write app.log", "rename", "sync /app.log.1", "write app.log", "sync /app.log", "sync ", "flushed", "sync /app.log", "flushed", "sync /app.log"}
	if !slices.Equal(got, want) {
		t.Errorf("system calls: got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// Where there is no room for the name of a new file, the old one keeps its own and goes on.
func TestRotationWithoutRoom(t *testing.T) {
	ran := testenv.OnSmallDisk(t, 64<<10, func(dir string) {
		path := filepath.Join(dir, "app.log")
		file := openFile(t, path, plain(t, handler.FileOptions{When: "midnight", MaxBytes: 6}))
		handle(t, file, logged("aaa"))
		limit := func(files string) {
			if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "nr_inodes="+files); err != nil {
				t.Fatal(err)
			}
		}
		limit("2") // the directory and the file
		handle(t, file, logged("bbb"))
		checkTree(t, dir, "app.log: aaa bbb")
		limit("9")
		if err := file.Handle(t.Context(), logged("ccc")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want %v", err, syscall.ENOSPC)
		}
		handle(t, file, logged("ccc"))
		checkTree(t, dir, "app.log: aaa bbb ccc") // it is not tried again so soon
	})
	if !ran {
		t.Log("nothing else takes away room for names alone")
	}
}
