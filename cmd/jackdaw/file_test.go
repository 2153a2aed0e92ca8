package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFileFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, append([]string{"serve"}, args...)...)
	}
	f("--file-rotate is for files; name one with --file PATH", "--file-rotate", "midnight")
	f("--file-compress is for files that are rotated; say when with --file-rotate midnight or --file-max-size 100MB", "--file", "x", "--file-compress")
	f("--file-backups 0: want 1 or more with --file-max-size alone", "--file", "x", "--file-max-size", "1MB", "--file-backups", "0")
	f("--file-backups -1: want a number of files, or 0 for all", "--file", "x", "--file-rotate", "D", "--file-backups", "-1")
	f("--file-rotate midnigth: did you mean midnight? It takes S, M, H, D, midnight, and W0 (Monday) to W6", "--file-rotate", "midnigth")
	f("--file-rotate weekly: want midnight, S, M, H, D, or W0 (Monday) to W6", "--file-rotate", "weekly")
	for _, size := range []string{"", "MB", "-1", "10XB", "0", "1e30GB", "100 MB of it"} {
		f("--file-max-size "+size+": want a size such as 500KB, 100MB or 2GiB", "--file-max-size", size)
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a command line that is wrong made a file")
	}
}

func TestSize(t *testing.T) {
	f := func(text string, want size) {
		t.Helper()
		var got size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
	}
	f("1", 1)
	f("100MB", 100_000_000)
	f("1.5 kb", 1500)
	f("2GiB", 2<<30)
	f("512B", 512)
}

func TestServeRotates(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.jsonl")
	s := newSession(t)
	s.start(t, "--console", "off", "--udp", "off", "--file", path, "--file-max-size", "1KB", "--file-rotate", "w6", "--file-backups", "2")
	address := s.address(t, "tcp")
	for i := range 20 {
		sends(t, "--tcp", address, fmt.Sprint("record ", i))
	}
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit %d, want 0: %s", code, s.stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 3 {
		t.Errorf("files: got %q, %v, want app.jsonl and two more", files, err)
	}
	var got []string
	for _, name := range slices.Backward(files) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records(t, string(b)) {
			got = append(got, r.Message)
		}
	}
	if len(got) == 0 || !slices.Contains(got, "record 19") || slices.Contains(got, "record 0") {
		t.Errorf("records: got %q, want the last ones", got)
	}
}
