package handler_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a mode makes of a file that is there, and what rotation makes of a mode.
func TestFileModes(t *testing.T) {
	f := func(o handler.FileOptions, before, want string) {
		t.Helper()
		for _, o.Delay = range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "app.log")
			if before != "" {
				write(t, path, before)
			}
			file := openFile(t, path, plain(t, o))
			handle(t, file, logged("b"))
			handle(t, file, logged("c"))
			if got := read(t, path); got != want {
				t.Errorf("mode %q, delay %v, after %q: got %q, want %q", o.Mode, o.Delay, before, got, want)
			}
		}
	}
	rotated := handler.FileOptions{Mode: "w", MaxBytes: 100, BackupCount: 1}
	daily := handler.FileOptions{Mode: "x", When: "midnight"}
	f(handler.FileOptions{}, "a\n", "a\nb\nc\n")
	f(handler.FileOptions{Mode: "a"}, "a\n", "a\nb\nc\n")
	f(handler.FileOptions{Mode: "w"}, "a\n", "b\nc\n")
	f(handler.FileOptions{Mode: "w"}, "torn", "b\nc\n")
	f(handler.FileOptions{Mode: "w"}, "", "b\nc\n")
	f(handler.FileOptions{Mode: "x"}, "", "b\nc\n")
	f(rotated, "a\n", "a\nb\nc\n") // Python's, too: else each start would remove what the one before kept
	f(daily, "a\n", "a\nb\nc\n")
}

// A file is emptied when it is opened first, never when it is opened again.
func TestFileEmptiedOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	f := openFile(t, path, plain(t, handler.FileOptions{Mode: "w"}))
	handle(t, f, logged("a"))
	if err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	handle(t, f, logged("b"))
	rename(t, path, path+".1")
	write(t, path, "of another\n")
	handle(t, f, logged("c"))
	checkTree(t, dir, "app.log: of another c", "app.log.1: a b")
}

func TestFileOfItsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	write(t, path, "a\n")
	want := "open file " + path + ": file already exists, and mode x wants a new one"
	if _, err := handler.OpenFile(path, handler.FileOptions{Mode: "x"}); !errors.Is(err, fs.ErrExist) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	f := openFile(t, path, plain(t, handler.FileOptions{Mode: "x", Delay: true}))
	for range 2 {
		if err := f.Handle(t.Context(), logged("b")); !errors.Is(err, fs.ErrExist) || record.IsPermanent(err) {
			t.Errorf("Handle: got %v, permanent %v, want %v, not permanent", err, record.IsPermanent(err), fs.ErrExist)
		}
	}
	if got := read(t, path); got != "a\n" {
		t.Errorf("the file that was there: got %q, want it as it was", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	handle(t, f, logged("b"))
	rename(t, path, path+".1")
	handle(t, f, logged("c")) // a file that logrotate took away is made anew in this mode, too
	checkTree(t, filepath.Dir(path), "app.log: c", "app.log.1: b")
}

// Nothing but a record makes a delayed file.
func TestFileDelay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	path := filepath.Join(dir, "app.log")
	f := openFile(t, path, plain(t, handler.FileOptions{Delay: true}))
	if err := f.Handle(t.Context(), logged("a")); !errors.Is(err, fs.ErrNotExist) || record.IsPermanent(err) {
		t.Errorf("without the directory: got %v, want an error to be tried again", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Errorf("Flush: got %v, want nil", err)
	}
	if err := f.Reopen(t.Context()); err != nil {
		t.Errorf("Reopen: got %v, want nil", err)
	}
	never := openFile(t, path, plain(t, handler.FileOptions{Delay: true}))
	if err := never.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	checkTree(t, dir)
	if err := never.Handle(t.Context(), logged("a")); !errors.Is(err, fs.ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want %v, permanent", err, fs.ErrClosed)
	}
	if err := never.Flush(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Flush after Close: got %v, want %v", err, fs.ErrClosed)
	}
	handle(t, f, logged("a"))
	checkTree(t, dir, "app.log: a")
}

func TestFileDelayContract(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		path := filepath.Join(t.TempDir(), "log.jsonl")
		return handlertest.Subject{
			Handler: openFile(t, path, handler.FileOptions{Delay: true}),
			Messages: func() []string {
				if _, err := os.Stat(path); err != nil {
					return nil
				}
				return messages(t, read(t, path))
			},
		}
	})
}

// What a delayed file does at its first record is what another does when it is opened: of an old file the time
// counts, and what was not compressed is.
func TestFileDelayRotates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		write(t, path, "old\n")
		write(t, path+".1999-12-30", "older\n")
		yesterday := time.Now().Add(-24 * time.Hour)
		if err := os.Chtimes(path, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
		f := openFile(t, path, plain(t, handler.FileOptions{Delay: true, When: "midnight", UTC: true, Compress: true}))
		handle(t, f, logged("new"))
		synctest.Wait()
		got := tree(t, dir)
		if len(got) != 3 || got["app.log"] != "new\n" || got["app.log.1999-12-31.gz"] == "" || got["app.log.1999-12-30.gz"] == "" {
			t.Errorf("got %q, want the new file, and two compressed ones", got)
		}
	})
}

// A file has its encoding also where records have their forms early.
func TestFileEncoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	f := openFile(t, path, handler.FileOptions{
		Encoding: "latin-1", Format: percent(t, "%(message)s"), Again: func() format.Format { return percent(t, "%(message)s") },
	})
	handle(t, f, logged("é€"))
	r := record.Record{Message: "ü😀"}
	_, form := f.NewForm()
	r.SetForm(form(nil, &r))
	handle(t, f, []record.Record{r})
	if got, want := read(t, path), "\xe9\\u20ac\n\xfc\\U0001f600\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFileOptionErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	f := func(o handler.FileOptions, want string) {
		t.Helper()
		if _, err := handler.OpenFile(path, o); err == nil || !strings.HasSuffix(err.Error(), "app.log: "+want) {
			t.Errorf("%+v: got %v, want %s", o, err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%+v: the file was made, want it left alone", o)
		}
	}
	f(handler.FileOptions{Mode: "wb"}, `got mode "wb", want a (append), w (empty it first) or x (a new file)`)
	f(handler.FileOptions{Encoding: "utf-16"}, `got encoding "utf-16", want utf-8, ascii or latin-1`)
	f(handler.FileOptions{Errors: "namereplace"}, `got errors "namereplace", want backslashreplace, replace, xmlcharrefreplace or ignore`)
}
