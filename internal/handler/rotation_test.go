package handler_test

import (
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// local makes a zone the local one for the test.
func local(t *testing.T, name string) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Local
	t.Cleanup(func() { time.Local = before })
	time.Local = zone
}

// sleepUntil lets the bubble's clock, which begins with the year 2000, come to a time.
func sleepUntil(t *testing.T, at string) {
	t.Helper()
	to, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(to))
}

// kept returns what a file and its backups hold, the oldest first. A backup that is there twice counts once; the file
// itself is not there where a rotation was cut short.
func kept(t testing.TB, path string) string {
	t.Helper()
	type backup struct {
		stamp  string
		number int
	}
	found := map[backup]string{}
	files := tree(t, filepath.Dir(path))
	for name, text := range files {
		rest, ok := strings.CutPrefix(name, filepath.Base(path)+".")
		if !ok {
			continue
		}
		rest, packed := strings.CutSuffix(rest, ".gz")
		var b backup
		if i := strings.LastIndexByte(rest, '.'); i >= 0 || !strings.Contains(rest, "-") {
			b.number, _ = strconv.Atoi(rest[i+1:])
			rest = rest[:max(i, 0)]
		}
		b.stamp = rest
		switch _, there := found[b]; {
		case !packed:
			found[b] = text
		case !there:
			found[b] = unpack(t, text)
		}
	}
	var all strings.Builder
	for _, b := range slices.SortedFunc(maps.Keys(found), func(x, y backup) int {
		if x.stamp == "" {
			return y.number - x.number
		}
		return cmp.Or(strings.Compare(x.stamp, y.stamp), x.number-y.number)
	}) {
		all.WriteString(found[b])
	}
	all.WriteString(files[filepath.Base(path)])
	return all.String()
}

// unpack returns what gzip packed.
func unpack(t testing.TB, packed string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFileOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	f := func(o handler.FileOptions, want string) {
		t.Helper()
		file, err := handler.OpenFile(path, o)
		if err == nil {
			file.Close()
		}
		if want = "open file " + path + ": " + want; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(handler.FileOptions{MaxBytes: -1}, "got MaxBytes -1, want a size, or 0 for no bound")
	f(handler.FileOptions{BackupCount: -1}, "got BackupCount -1, want a number, or 0 for all")
	f(handler.FileOptions{MaxBytes: 1 << 20}, "got MaxBytes without BackupCount, want the number of rotated files to keep")
	f(handler.FileOptions{BackupCount: 5}, "got BackupCount or Compress for a file that is not rotated, want MaxBytes or When")
	f(handler.FileOptions{Compress: true}, "got BackupCount or Compress for a file that is not rotated, want MaxBytes or When")
	f(handler.FileOptions{When: "daily"}, `got When "daily", want S, M, H, D, midnight or W0 to W6 (W0 is Monday)`)
	f(handler.FileOptions{When: "W7"}, `got When "W7", want S, M, H, D, midnight or W0 to W6 (W0 is Monday)`)
	f(handler.FileOptions{When: "H", Interval: -1}, "got Interval -1, want 1 to 10000")
	f(handler.FileOptions{When: "H", Interval: 10_001}, "got Interval 10001, want 1 to 10000")
	f(handler.FileOptions{When: "H", AtTime: time.Hour}, "got AtTime with When H, want it with midnight or W0 to W6")
	f(handler.FileOptions{When: "midnight", AtTime: 24 * time.Hour}, "got AtTime 24h0m0s, want whole seconds since midnight, less than 24h")
	f(handler.FileOptions{UTC: true}, "got Interval, AtTime or UTC without When, want S, M, H, D, midnight or W0 to W6 for it")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("options that are wrong made a file: %v", err)
	}
}

// Rotated or not, a file takes what every handler takes, and its backups hold it in order.
func TestRotatingFileContract(t *testing.T) {
	for name, o := range map[string]handler.FileOptions{
		"by size":         {MaxBytes: 1000, BackupCount: 200},
		"by both":         {MaxBytes: 3000, When: "midnight"},
		"by size, packed": {MaxBytes: 2000, BackupCount: 200, Compress: true},
	} {
		t.Run(name, func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				path := filepath.Join(t.TempDir(), "log.jsonl")
				f := openFile(t, path, o)
				return handlertest.Subject{Handler: f, Messages: func() []string {
					if err := f.Close(); err != nil {
						t.Error(err)
					}
					return messages(t, kept(t, path))
				}}
			})
		})
	}
}

func TestRotationBySize(t *testing.T) {
	f := func(maxBytes int64, keep int, batches [][]string, want ...string) {
		t.Helper()
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{MaxBytes: maxBytes, BackupCount: keep}))
		for _, b := range batches {
			handle(t, file, logged(b...))
		}
		checkTree(t, dir, want...)
	}
	a := []string{"aaa", "bbb", "ccc", "ddd", "eee"} // of four bytes each
	f(12, 9, [][]string{a}, "app.log: eee", "app.log.1: ccc ddd", "app.log.2: aaa bbb")
	f(13, 9, [][]string{a}, "app.log: ddd eee", "app.log.1: aaa bbb ccc")
	f(9, 1, [][]string{a[:1], a[1:2], a[2:3], a[3:4], a[4:]}, "app.log: eee", "app.log.1: ccc ddd")
	f(4, 9, [][]string{a[:3]}, "app.log: ccc", "app.log.1: bbb", "app.log.2: aaa") // each is too large, and whole
	f(9, 9, [][]string{{"a", "much longer than all of it", "b"}}, "app.log: b", "app.log.1: much longer than all of it", "app.log.2: a")
}

// Of what a process before has left the size counts, and the gap in the numbers is filled first.
func TestRotationGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	for name, text := range map[string]string{
		"": "before\n", ".1": "one\n", ".3": "three\n", ".4": "four\n", ".2026-11-22": "day\n", ".0": "none\n", ".01": "no number\n", "-1": "no dot\n", ".1.bak": "copy\n",
	} {
		if err := os.WriteFile(path+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 10, BackupCount: 3}))
	handle(t, file, logged("a"))
	handle(t, file, logged("b"))
	others := []string{"app.log.2026-11-22: day", "app.log.4: four"}
	checkTree(t, dir, "app.log: b", "app.log-1: no dot", "app.log.0: none", "app.log.01: no number", "app.log.1: before a", "app.log.1.bak: copy", "app.log.2: one", others[0], "app.log.3: three", others[1])
	handle(t, file, logged("ccccccccc"))
	handle(t, file, logged("d"))
	checkTree(t, dir, "app.log: d", "app.log-1: no dot", "app.log.0: none", "app.log.01: no number", "app.log.1: ccccccccc", "app.log.1.bak: copy", "app.log.2: b", others[0], "app.log.3: before a", others[1])
}

func TestRotationByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		local(t, "Europe/Berlin")
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{When: "midnight", BackupCount: 2}))
		handle(t, file, logged("1st"))
		sleepUntil(t, "2000-01-01T23:59:59+01:00")
		handle(t, file, logged("still 1st"))
		sleepUntil(t, "2000-01-02T00:00:00+01:00")
		handle(t, file, logged("2nd"))
		checkTree(t, dir, "app.log: 2nd", "app.log.2000-01-01: 1st still 1st")
		sleepUntil(t, "2000-01-05T10:00:00+01:00") // nothing for two days
		handle(t, file, logged("5th"))
		checkTree(t, dir, "app.log: 5th", "app.log.2000-01-01: 1st still 1st", "app.log.2000-01-02: 2nd")
		for _, name := range []string{"app.log.2000-01-01.bak", "app.log.1999-12-31_10", "app.log.1", "other.log.1999-01-01"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sleepUntil(t, "2000-01-06T10:00:00+01:00")
		handle(t, file, logged("6th"))
		checkTree(t, dir, "app.log: 6th", "app.log.1: ", "app.log.1999-12-31_10: ", "app.log.2000-01-01.bak: ", "app.log.2000-01-02: 2nd", "app.log.2000-01-05: 5th", "other.log.1999-01-01: ")
	})
}

// What was logged before midnight and comes after it, as it does through a queue, goes where it belongs.
func TestRotationSplitsBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		local(t, "UTC")
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{When: "midnight"}))
		sleepUntil(t, "2000-01-01T23:59:59.9Z")
		batch := logged("last", "of all")
		sleepUntil(t, "2000-01-02T00:00:00.1Z")
		batch = append(batch, logged("first")...)
		batch = append(batch, batch[0]) // a straggler changes nothing
		handle(t, file, batch)
		checkTree(t, dir, "app.log: first last", "app.log.2000-01-01: last of all")
		sleepUntil(t, "2000-01-02T23:59:59.9Z")
		batch = logged("late")
		time.Sleep(time.Hour)
		handle(t, file, batch)
		checkTree(t, dir, "app.log: ", "app.log.2000-01-01: last of all", "app.log.2000-01-02: first last late")
	})
}

// Who does not say when a record was logged logs it now.
func TestRotationOfTimelessRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{When: "midnight", UTC: true}))
		handle(t, file, []record.Record{{Message: "a"}})
		time.Sleep(24 * time.Hour)
		handle(t, file, []record.Record{{Message: "b"}})
		checkTree(t, dir, "app.log: b", "app.log.2000-01-01: a")
	})
}

// By both, and where an hour comes twice, names go on with numbers and nothing is written over.
func TestRotationNumbersNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		local(t, "America/New_York")
		dir := t.TempDir()
		sleepUntil(t, "2000-10-29T01:30:00-04:00")
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{When: "H", MaxBytes: 6, BackupCount: 4}))
		handle(t, file, logged("aaa", "bbb", "ccc"))
		time.Sleep(time.Hour) // it is half past one again
		handle(t, file, logged("ddd"))
		time.Sleep(time.Hour)
		handle(t, file, logged("eee"))
		checkTree(t, dir, "app.log: eee", "app.log.2000-10-29_01: aaa", "app.log.2000-10-29_01.1: bbb", "app.log.2000-10-29_01.2: ccc", "app.log.2000-10-29_01.3: ddd")
		handle(t, file, logged("fff", "ggg"))
		checkTree(t, dir, "app.log: ggg", "app.log.2000-10-29_01.2: ccc", "app.log.2000-10-29_01.3: ddd", "app.log.2000-10-29_02: eee", "app.log.2000-10-29_02.1: fff")
	})
}

// After a restart it is the file's last change that says when its interval ends.
func TestRotationAfterRestart(t *testing.T) {
	f := func(changed, text string, want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			local(t, "UTC")
			sleepUntil(t, "2000-01-03T12:00:00Z")
			dir := t.TempDir()
			path := filepath.Join(dir, "app.log")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, changed)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
			file := openFile(t, path, plain(t, handler.FileOptions{When: "midnight"}))
			handle(t, file, logged("now"))
			time.Sleep(12 * time.Hour)
			handle(t, file, logged("next"))
			checkTree(t, dir, want...)
		})
	}
	f("2000-01-01T10:00:00Z", "then\n", "app.log: next", "app.log.2000-01-01: then", "app.log.2000-01-03: now")
	f("2000-01-03T10:00:00Z", "then\n", "app.log: next", "app.log.2000-01-03: then now")
	f("2000-01-01T10:00:00Z", "", "app.log: next", "app.log.2000-01-03: now")            // there was nothing to keep
	f("2030-01-01T10:00:00Z", "then\n", "app.log: next", "app.log.2000-01-03: then now") // a clock that was wrong
	f("2000-01-01T10:00:00Z", "torn", "app.log: next", "app.log.2000-01-01: torn", "app.log.2000-01-03: now")
}

// A rotation that fails costs nothing, is told once, and comes later.
func TestRotationFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 6, BackupCount: 1}))
		inTheWay := filepath.Join(path+".1", "x")
		if err := os.MkdirAll(inTheWay, 0o700); err != nil {
			t.Fatal(err)
		}
		handle(t, file, logged("aaa", "bbb"))
		err := file.Handle(t.Context(), logged("ccc"))
		if err == nil || record.IsPermanent(err) || !strings.HasPrefix(err.Error(), "rotate file "+path+": remove "+path+".1: ") {
			t.Errorf("got %v, want an error that says what is in the way", err)
		}
		handle(t, file, logged("ccc"))
		time.Sleep(11 * time.Second)
		handle(t, file, logged("ddd")) // it has failed again, and is not told again
		if err := os.RemoveAll(path + ".1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		handle(t, file, logged("eee"))
		checkTree(t, dir, "app.log: aaa bbb ccc ddd eee")
		time.Sleep(time.Second)
		handle(t, file, logged("fff"))
		checkTree(t, dir, "app.log: fff", "app.log.1: aaa bbb ccc ddd eee")
	})
}

// What stands at the path in place of the file is not the file's to rename.
func TestRotationOfAnother(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 6, BackupCount: 2}))
	handle(t, file, logged("aaa"))
	rename(t, path, path+"-old")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	handle(t, file, logged("bbb", "ccc"))
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		t.Errorf("the directory in its place: got %v, %v, want it left there", info, err)
	}
	checkTree(t, dir, "app.log-old: aaa bbb ccc")
}

// What cannot be removed is told, and does not keep the file from being rotated.
func TestPruningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		local(t, "UTC")
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		file := openFile(t, path, plain(t, handler.FileOptions{When: "S", BackupCount: 1}))
		old := path + ".1999-01-01_00-00-00"
		if err := os.MkdirAll(filepath.Join(old, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, m := range []string{"a", "b"} {
			handle(t, file, logged(m))
			time.Sleep(2 * time.Second)
		}
		err := file.Handle(t.Context(), logged("c"))
		if want := "file " + path + ": remove what is too old: remove " + old; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		handle(t, file, logged("c"))
		time.Sleep(2 * time.Second)
		handle(t, file, logged("d"))
		checkTree(t, dir, "app.log: d", "app.log.2000-01-01_00-00-04: c")
	})
}

// What is no regular file is written to and never rotated.
func TestRotationOfDevice(t *testing.T) {
	f := openFile(t, os.DevNull, handler.FileOptions{MaxBytes: 1, BackupCount: 1, Compress: true})
	for i := range 3 {
		handle(t, f, batch(i+1))
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Errorf("Flush of a device: got %v, want nil", err)
	}
	if _, err := os.Stat(os.DevNull + ".1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a device was rotated: %v", err)
	}
}
