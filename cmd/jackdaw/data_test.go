package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultData(t *testing.T) {
	f := func(state, home, want string) {
		t.Helper()
		getenv := func(name string) string { return map[string]string{"XDG_STATE_HOME": state, "HOME": home}[name] }
		if got := defaultData(getenv); got != want {
			t.Errorf("XDG_STATE_HOME=%q HOME=%q: got %q, want %q", state, home, got, want)
		}
	}
	f("/state", "/home/me", "/state/jackdaw")
	f("", "/home/me", "/home/me/.local/state/jackdaw")
	f("relative", "/home/me", "/home/me/.local/state/jackdaw")
	f("", "", "")
}

func TestDataFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, append([]string{"serve"}, args...)...)
	}
	f("--data: neither XDG_STATE_HOME nor HOME is set; name a directory with --data DIR, or keep records in memory with --data off", "--data", "")
	f("--durability is for what is kept in a directory; leave --data off out", "--data", "off", "--durability", "disk")
	f("--stream-size is for what is kept in a directory; leave --data off out", "--data", "off", "--stream-size", "1GB")
	f("--backlog-age is for what is kept in a directory; leave --data off out", "--data", "off", "--backlog-age", "7d")
	f("--backlog-size is for files; name one with --file PATH", "--backlog-size", "1GB")
}

// A second server on the same directory says who has it, and what to do.
func TestDataIsLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := newSession(t)
	first.start(t, "serve", "--data", dir)
	first.address(t, "tcp")
	code, _, stderr := run(t, "serve", "--data", dir)
	if code != exitFailed || !strings.Contains(stderr, "is in use by process ") || !strings.Contains(stderr, "--data off keeps records in memory") {
		t.Errorf("got %d %q, want 1 and who has the directory", code, stderr)
	}
}
