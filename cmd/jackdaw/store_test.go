package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/record"
)

// keptData is a data directory whose store has two files of ten records each, of days long past.
func keptData(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	dir := daemon.StoreDir(data)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2026-11-01", "2026-11-02"} {
		of := t.TempDir()
		if err := keep(of, 10); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(of, "*.db"))
		if err != nil || len(files) != 1 {
			t.Fatalf("got %q, %v, want one file", files, err)
		}
		if err := os.Rename(files[0], filepath.Join(dir, day+".db")); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// keep keeps n records.
func keep(dir string, n int) error {
	s, err := sqlite.Open(dir, sqlite.Options{MaxAge: -1})
	if err != nil {
		return err
	}
	var batch []record.Record
	for i := range n {
		batch = append(batch, record.Record{Time: time.Date(2026, 11, 22, 10, 41, i, 0, time.UTC), Logger: "shop", Message: fmt.Sprint(i)})
	}
	if err := s.Handle(context.Background(), batch); err != nil {
		return err
	}
	return s.Close(context.Background())
}

func TestStoreCommands(t *testing.T) {
	times := time.Date(2026, 11, 22, 10, 41, 0, 0, time.UTC).Local().Format(time.DateTime) + " " +
		time.Date(2026, 11, 22, 10, 41, 9, 0, time.UTC).Local().Format(time.DateTime) + "\n"
	data := keptData(t)
	dir := daemon.StoreDir(data)
	f := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := run(t, append(args, "--data", data)...)
		text := strings.ReplaceAll(scrubbed(stdout+stderr, data), " 10 1 SIZE", " 10 0 SIZE") // who opens it makes a chunk of an old file
		if got != code || text != want {
			t.Errorf("%q: got %d\n%s\nwant %d\n%s", args, got, text, code, want)
		}
	}
	both := "FILE RECORDS CHUNKS BYTES OLDEST NEWEST\n2026-11-01.db 10 0 SIZE " + times + "2026-11-02.db 10 0 SIZE " + times
	f(exitDone, both+"DATA/store: 20 records in 2 files, SIZE\n", "store", "ls")
	f(exitDone, both+"DATA/store: 20 records in 2 files, SIZE\n", "store", "verify")
	f(exitUsage, "jackdaw: say which files: --before 2026-11-01, or --before -30d\n", "store", "rm")
	f(exitDone, "jackdaw: no file has only records from before 2026-11-01T00:00:00Z\n", "store", "rm", "--before", "2026-11-01")
	first := "FILE RECORDS CHUNKS BYTES OLDEST NEWEST\n2026-11-01.db 10 0 SIZE " + times + "DATA/store: 10 records in 1 file, SIZE\n"
	f(exitDone, first+"jackdaw: they would be removed\n", "store", "rm", "--before", "today", "-n")
	f(exitDone, both+"DATA/store: 20 records in 2 files, SIZE\n", "store", "ls")

	// While a server has it all but rm goes on as before.
	s, err := sqlite.Open(dir, sqlite.Options{MaxAge: -1})
	if err != nil {
		t.Fatal(err)
	}
	f(exitDone, both+"DATA/store: 20 records in 2 files, SIZE\n", "store", "verify")
	f(exitFailed, fmt.Sprintf("jackdaw: the store DATA/store is in use by process %d: stop that one, or use another directory\n"+
		" files can be removed while no server has the store; a server removes them by itself: see --store-age and --store-size\n", os.Getpid()),
		"store", "rm", "--before", "today")
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(filepath.Join(dir, "2026-11-02.db"), make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "2026-10-02.db.damaged"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := run(t, "store", "verify", "--data", data)
	if code != exitFailed || !strings.Contains(stdout, "  damaged\n") || !strings.Contains(stdout, "2026-10-02.db.damaged: it was damaged, and set aside\n") ||
		!strings.Contains(stderr, "the store is damaged, in 1 file\n") {
		t.Errorf("verify of a damaged file: got %d\n%s%s", code, stdout, stderr)
	}
	f(exitDone, first+"jackdaw: they are removed\n", "store", "rm", "--before", "today")
	code, stdout, _ = run(t, "store", "ls", "--json", "--store", dir)
	var l storeFiles
	if err := json.Unmarshal([]byte(stdout), &l); err != nil || code != exitDone || len(l.Files) != 1 || len(l.Aside) != 1 || len(l.Files[0].Damage) == 0 {
		t.Errorf("ls --json: got %d, %s, %v", code, stdout, err)
	}
	data = t.TempDir()
	f(exitFailed, "jackdaw: there is no store in DATA: open DATA/store: no such file or directory\n name the directory of a server with --data DIR\n", "store", "ls")
	dir = filepath.Join(data, "x")
	f(exitFailed, "jackdaw: there is no store in DATA/x: open DATA/x: no such file or directory\n name the directory of the store with --store DIR\n", "store", "ls", "--store", dir)
	f(exitUsage, "jackdaw: --before: \"foo\" is no time; write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00\n", "store", "rm", "--before", "foo")
}

// What keeps a server from its store is said with what to do.
func TestServeStoreErrors(t *testing.T) {
	s := newSession(t)
	s.p.data = keptData(t)
	dir := daemon.StoreDir(s.p.data)
	other, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.start(t, "serve")
	if code := s.wait(t); code != exitFailed {
		t.Errorf("a store that is in use: exit %d, want %d", code, exitFailed)
	}
	s.stderr.match(t, `the store .* is in use by process \d+: stop that one, or use another directory, with --store DIR; --store off keeps none\n`)
	if err := other.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := func(want string, args ...string) {
		t.Helper()
		code, _, stderr := run(t, append([]string{"serve"}, args...)...)
		if code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%q: got %d %q, want %d with %q", args, code, stderr, exitUsage, want)
		}
	}
	f("--store-age is for a store; leave --store off out", "--store", "off", "--store-age", "3d")
	f("--store-size is for a store; leave --data off out", "--data", "off", "--store-size", "3GB")
	f("leave --data off out", "--data", "off", "--store", dir)
	f("--store-size 976.6 KiB: want 32.0 MiB or more", "--store-size", "1MB")
	f("want an age such as 36h, 14d or 8w, or off", "--store-age", "3 fortnights")
}

func TestAge(t *testing.T) {
	f := func(text string, want time.Duration, shown string) {
		t.Helper()
		var a age
		if err := a.Set(text); err != nil || time.Duration(a) != want || a.String() != shown {
			t.Errorf("%q: got %v, %v, shown as %q, want %v, %q", text, time.Duration(a), err, a.String(), want, shown)
		}
	}
	f("36h", 36*time.Hour, "36h")
	f("14d", 14*day, "14d")
	f("8w", 56*day, "56d")
	f("0.5d", 12*time.Hour, "12h")
	f("off", -1, "off")
	for _, bad := range []string{"", "14", "-3d", "0d", "3m", "1e99d", "NaNd"} {
		var a age
		if err := a.Set(bad); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}
