package handler_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

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

// logged returns records of these messages, logged now.
func logged(messages ...string) (batch []record.Record) {
	for _, m := range messages {
		batch = append(batch, record.Record{Time: time.Now(), Message: m})
	}
	return batch
}

// tree returns what the files of a directory hold.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if e.Type().IsRegular() {
			files[e.Name()] = read(t, filepath.Join(dir, e.Name()))
		}
	}
	return files
}

// checkTree compares the files of a directory with lines "name: content".
func checkTree(t testing.TB, dir string, want ...string) {
	t.Helper()
	var got []string
	files := tree(t, dir)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		got = append(got, name+": "+strings.TrimSpace(strings.ReplaceAll(files[name], "\n", " ")))
	}
	if !slices.Equal(got, want) {
		t.Errorf("files: got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// plain returns the options with the messages alone for a form.
func plain(t testing.TB, o handler.FileOptions) handler.FileOptions {
	o.Format = percent(t, "%(message)s")
	return o
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

func TestFilePerm(t *testing.T) {
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

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		testenv.Skip(t, "an open file cannot be renamed here: %v", err)
	}
}

// Reopen opens a file that is not there yet, before there is a record for it.
func TestFileReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	f := openFile(t, path, plain(t, handler.FileOptions{}))
	handle(t, f, logged("a"))
	rename(t, path, path+".1")
	if err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkTree(t, dir, "app.log: ", "app.log.1: a")
	handle(t, f, logged("b"))

	// Where it cannot be opened, the old one goes on, and it is said once.
	rename(t, path, path+".2")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Reopen of a directory: got %v, want an error that names it", err)
	}
	handle(t, f, logged("c"))
	if err := f.Handle(t.Context(), logged("d")); err == nil || !strings.HasPrefix(err.Error(), "open file "+path+": ") {
		t.Errorf("Handle after that: got %v, want an error that says that another file is written to", err)
	}
	handle(t, f, logged("d"))
	handle(t, f, logged("e"))
	if err := f.Flush(t.Context()); err != nil {
		t.Errorf("Flush: got %v, want nil", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	handle(t, f, logged("f"))
	checkTree(t, dir, "app.log: f", "app.log.1: a", "app.log.2: b c d e")
}

// What logrotate and its like do to a file is noticed before the next batch.
func TestFileFollowsItsPath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	f := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 9, BackupCount: 9}))
	step := func(act func() error, message string, want ...string) {
		t.Helper()
		if err := act(); err != nil {
			t.Fatal(err)
		}
		handle(t, f, logged(message))
		checkTree(t, dir, want...)
	}
	step(func() error { return nil }, "aaaa", "app.log: aaaa")
	step(func() error { rename(t, path, path+"-old"); return nil }, "b", "app.log: b", "app.log-old: aaaa")
	step(func() error { return os.Remove(path) }, "c", "app.log: c", "app.log-old: aaaa")
	step(func() error { rename(t, path+"-old", path); return nil }, "d", "app.log: aaaa d") // c is gone with its file
	step(func() error { return os.Truncate(path, 0) }, "e", "app.log: e")                   // copytruncate
	step(func() error { return os.WriteFile(path+"-new", []byte("ffff\ng"), 0o600) }, "h", "app.log: e h", "app.log-new: ffff g")
	step(func() error { return os.Rename(path+"-new", path) }, "h", "app.log: ffff g h") // what ends within a line
	step(func() error { return nil }, "i", "app.log: i", "app.log.1: ffff g h")
}

// A file that is removed and cannot be made anew keeps nothing: its records stay with who sent them.
func TestFileWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{}))
	handle(t, f, logged("a"))
	if err := os.RemoveAll(dir); err != nil {
		testenv.Skip(t, "an open file cannot be removed here: %v", err)
	}
	for range 2 {
		err := f.Handle(t.Context(), logged("b"))
		if !errors.Is(err, fs.ErrNotExist) || record.IsPermanent(err) || !strings.Contains(err.Error(), "there is no directory "+dir) {
			t.Errorf("got %v, want an error that says that the directory is missing, to be tried again", err)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	handle(t, f, logged("b"))
	checkTree(t, dir, "app.log: b")
}

// Several processes may append to one file, and follow the one that rotates it.
func TestFileOfSeveral(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	one := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 4, BackupCount: 9}))
	two := openFile(t, path, plain(t, handler.FileOptions{}))
	handle(t, one, logged("a"))
	handle(t, two, logged("b"))
	handle(t, one, logged("c"))
	handle(t, two, logged("d"))
	handle(t, one, logged("e"))
	checkTree(t, dir, "app.log: e", "app.log.1: c d", "app.log.2: a b")
}

// A relative path is the one that it was at first, wherever the program goes.
func TestFileKeepsItsDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f := openFile(t, "app.log", plain(t, handler.FileOptions{MaxBytes: 4, BackupCount: 1}))
	t.Chdir(t.TempDir())
	for _, m := range []string{"a", "b", "c"} {
		handle(t, f, logged(m))
	}
	checkTree(t, dir, "app.log: c", "app.log.1: b")
	if f.Path() != "app.log" {
		t.Errorf("path: got %s, want it as it was given", f.Path())
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
