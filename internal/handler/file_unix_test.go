//go:build linux || darwin

package handler_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
)

// limitFileSize lets no file of the process grow beyond n bytes, as a full disk would.
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
