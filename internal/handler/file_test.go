package handler_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func openFile(t testing.TB, path string, o handler.FileOptions) *handler.File {
	t.Helper()
	f, err := handler.OpenFile(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func handle(t testing.TB, h record.Handler, batch []record.Record) {
	t.Helper()
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

func TestFileContract(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		path := filepath.Join(t.TempDir(), "log.jsonl")
		return handlertest.Subject{
			Handler:  openFile(t, path, handler.FileOptions{}),
			Messages: func() []string { return messages(t, read(t, path)) },
		}
	})
}

func TestFileAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.txt")
	f := func(before, want string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		file := openFile(t, path, handler.FileOptions{Format: percent(t, "%(message)s")})
		handle(t, file, batch(1))
		handle(t, file, batch(1))
		if got := read(t, path); got != want {
			t.Errorf("after %q: got %q, want %q", before, got, want)
		}
	}
	f("", "message 0\nmessage 0\n")
	f("whole\n", "whole\nmessage 0\nmessage 0\n")
	f("torn", "torn\nmessage 0\nmessage 0\n") // what a crash left stays by itself
}

func TestOpenFileErrors(t *testing.T) {
	dir := t.TempDir()
	f := func(path, want string, kind error) {
		t.Helper()
		file, err := handler.OpenFile(path, handler.FileOptions{})
		if file != nil || err == nil || err.Error() != want || !errors.Is(err, kind) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	gone := filepath.Join(dir, "logs", "app.jsonl")
	f(gone, "open file "+gone+": there is no directory "+filepath.Dir(gone)+"; make it first", fs.ErrNotExist)
	if runtime.GOOS != "windows" {
		_, err := os.OpenFile(dir, os.O_WRONLY, 0)
		f(dir, "open file "+dir+": is a directory", errors.Unwrap(err))
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	openFile(t, path, handler.FileOptions{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got&^0o640 != 0 {
		t.Errorf("mode of a new file: got %o, want at most 640", got)
	}
}

func TestFileReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log.jsonl")
	f := openFile(t, path, handler.FileOptions{})
	handle(t, f, batch(1))
	if err := os.Rename(path, path+".1"); err != nil {
		testenv.Skip(t, "an open file cannot be renamed here: %v", err)
	}
	handle(t, f, batch(2)[1:])
	if err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	handle(t, f, batch(3)[2:])
	if got, want := messages(t, read(t, path+".1")), []string{"message 0", "message 1"}; !slices.Equal(got, want) {
		t.Errorf("renamed file: got %q, want %q", got, want)
	}
	if got, want := messages(t, read(t, path)), []string{"message 2"}; !slices.Equal(got, want) {
		t.Errorf("new file: got %q, want %q", got, want)
	}

	// Where it cannot be opened, the old one goes on.
	if err := os.Rename(path, path+".2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Reopen of a directory: got %v, want an error that names it", err)
	}
	handle(t, f, batch(4)[3:])
	if got, want := messages(t, read(t, path+".2")), []string{"message 2", "message 3"}; !slices.Equal(got, want) {
		t.Errorf("after a Reopen that failed: got %q, want %q", got, want)
	}
}

func TestFileClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	f := openFile(t, path, handler.FileOptions{})
	handle(t, f, batch(1))
	if err := f.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	}
	if err := f.Handle(t.Context(), batch(1)); !errors.Is(err, fs.ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, permanent %v, want %v, permanent", err, record.IsPermanent(err), fs.ErrClosed)
	}
	if err := f.Flush(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Flush after Close: got %v, want %v", err, fs.ErrClosed)
	}
	if err := f.Reopen(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Reopen after Close: got %v, want %v", err, fs.ErrClosed)
	}
	if got := len(messages(t, read(t, path))); got != 1 {
		t.Errorf("records in the file: got %d, want 1", got)
	}
}

func BenchmarkFile(b *testing.B) {
	f := openFile(b, filepath.Join(b.TempDir(), "log.jsonl"), handler.FileOptions{})
	records := batch(100)
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Handle(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/record")
}
