//go:build linux || darwin

package handler_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// limitFileSize lets no file of the process grow beyond n bytes, as a full disk would. That holds for files of
// the testing package, too: the process must be the test's own.
func limitFileSize(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = n
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	lift = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(lift)
	return lift
}

// A disk that fills up within a batch: no half record stays, and none is lost or doubled by one who
// goes on where the error says.
func TestFileFull(t *testing.T) {
	testenv.Alone(t, func() { testLimit(t) })
}

func testLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	f := openFile(t, path, handler.FileOptions{})
	all := batch(10)
	handle(t, f, all[:1])
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	lift := limitFileSize(t, uint64(info.Size())*7/2) // room for two and a half more

	err = f.Handle(t.Context(), all[1:])
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 2 || record.IsPermanent(err) {
		t.Fatalf("got %v (%+v), want an error after 2 records that may be tried again", err, partial)
	}
	rest := all[1+partial.Handled:]
	for range 2 {
		if err := f.Handle(t.Context(), rest); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("still full: got %v, want %v", err, syscall.EFBIG)
		}
		if got := len(messages(t, read(t, path))); got != 3 { // fails at a half line
			t.Errorf("records in the full file: got %d, want 3", got)
		}
	}
	lift()
	handle(t, f, rest)
	var want []string
	for _, r := range all {
		want = append(want, r.Message)
	}
	if got := messages(t, read(t, path)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// On a disk that is full records wait with who sent them, and once there is room they are written, each once. What
// rotation and gzip need they do without.
func TestFileOnFullDisk(t *testing.T) {
	if !testenv.OnSmallDisk(t, 256<<10, func(dir string) { testFullDisk(t, dir) }) {
		t.Log("TestFileFull has a limit on the size of files instead")
	}
}

func testFullDisk(t *testing.T, dir string) {
	filler, path := filepath.Join(dir, "filler"), filepath.Join(dir, "app.log")
	if err := os.WriteFile(filler, make([]byte, 180<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 40 << 10, BackupCount: 9, Compress: true}))
	var all []string
	for i := range 1000 {
		all = append(all, strconv.Itoa(i)+" "+rand.Text()+rand.Text()+rand.Text()+rand.Text()+rand.Text())
	}
	const atOnce = 30
	waiting, failed := all, 0
	for len(waiting) > 0 {
		err := f.Handle(t.Context(), logged(waiting[:min(atOnce, len(waiting))]...))
		partial, _ := errors.AsType[*record.PartialError](err)
		switch {
		case err == nil:
			waiting = waiting[min(atOnce, len(waiting)):]
			continue
		case record.IsPermanent(err):
			t.Fatalf("got %v, want an error that goes by", err)
		case partial != nil:
			waiting = waiting[partial.Handled:]
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want %v", err, syscall.ENOSPC)
		}
		if text := read(t, path); text != "" && !strings.HasSuffix(text, "\n") {
			t.Errorf("a part of a record stayed on the full disk: %q", text[strings.LastIndexByte(text, '\n')+1:])
		}
		if failed++; failed == 5 {
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		}
	}
	if failed < 5 {
		t.Errorf("the disk was full for %d attempts, want 5", failed)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if got, want := kept(t, path), strings.Join(all, "\n")+"\n"; got != want {
		t.Errorf("got %d bytes, want the %d that were logged", len(got), len(want))
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("unfinished files: got %q, %v, want none", left, err)
	}
}

// A device that is always full.
func TestFileOnFullDevice(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Log("there is none here")
		return
	}
	f := openFile(t, "/dev/full", handler.FileOptions{})
	for range 2 {
		if err := f.Handle(t.Context(), batch(3)); !errors.Is(err, syscall.ENOSPC) || record.IsPermanent(err) {
			t.Errorf("got %v, want %v", err, syscall.ENOSPC)
		}
	}
}

// What takes writes only, and is no regular file, is fine too.
func TestFileDevices(t *testing.T) {
	f := openFile(t, "/dev/null", handler.FileOptions{})
	handle(t, f, batch(1))
	if err := f.Flush(t.Context()); err != nil {
		t.Errorf("Flush of a device: got %v, want nil", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("Close of a device: got %v, want nil", err)
	}
}
