package launch

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	home, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, moduleName)
	check := func(when string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != string(module) {
			t.Errorf("%s: got %d bytes and %v, want the module", when, len(got), err)
		}
		if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
			t.Errorf("%s: got %v left over, want nothing", when, left)
		}
	}
	check("the first time")
	if again, err := Install(dir); err != nil || again != home {
		t.Errorf("the second time: got %q, %v, want %q", again, err, home)
	}
	if err := os.WriteFile(path, []byte("import this"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(dir); err != nil {
		t.Fatal(err)
	}
	check("after a change")
	if info, err := os.Stat(home); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("got %v, %v, want a directory that is the user's alone", info.Mode(), err)
	}
}

func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "own")
	for range 2 {
		if err := Private(dir); err != nil {
			t.Errorf("a directory of one's own: got %v", err)
		}
	}
	f := func(what, path string) {
		t.Helper()
		if err := Private(path); err == nil {
			t.Errorf("%s: got no error, want one", what)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	f("a link, which somebody else may have made", link)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	f("a directory that others write to", dir)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f("a file", file)
	f("nowhere", filepath.Join(file, "x"))
	if os.Geteuid() == 0 {
		theirs := t.TempDir()
		if err := errors.Join(os.Chmod(theirs, 0o700), os.Chown(theirs, 12345, -1)); err != nil {
			t.Fatal(err)
		}
		f("another user's", theirs)
	}
}

func TestEnviron(t *testing.T) {
	f := func(env []string, o Options, want ...string) {
		t.Helper()
		if got := Environ(env, "/home", o); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", env, got, want)
		}
	}
	o := Options{Server: "127.0.0.1:9020"}
	f([]string{"A=b"}, o, "A=b", "PYTHONPATH=/home", "JACKDAW_RUN_SERVER=127.0.0.1:9020")
	f([]string{"PYTHONPATH=/lib:/more", "A=b"}, o, "A=b", "PYTHONPATH=/home:/lib:/more", "JACKDAW_RUN_SERVER=127.0.0.1:9020")
	f([]string{"PYTHONPATH=", "JACKDAW_RUN_LEVEL=10", "JACKDAW_RUN_SERVER=a:1"}, o, "PYTHONPATH=/home", "JACKDAW_RUN_SERVER=127.0.0.1:9020")
	o.Level = 10
	f(nil, o, "PYTHONPATH=/home", "JACKDAW_RUN_SERVER=127.0.0.1:9020", "JACKDAW_RUN_LEVEL=10")
}

func TestDoubt(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(want, path string, args ...string) {
		t.Helper()
		got := Doubt(path, append([]string{filepath.Base(path)}, args...))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s %q: got %q, want %q", path, args, got, want)
		}
	}
	f("", "/usr/bin/python3", "app.py")
	f("", "/usr/bin/python3.11", "-u", "app.py", "-I")
	f("", "/usr/bin/python3", "-m", "app", "-E")
	f("", "/usr/bin/python3", "-c", "pass", "-S")
	f("", "/usr/bin/python3", "-cI")
	f("", "/usr/bin/python3", "-XI")
	f("", "/usr/bin/python3", "--", "-I")
	f("-I takes no notice of PYTHONPATH", "/usr/bin/python3.13t", "-I", "app.py")
	f("pypy3 -E takes no notice", "/usr/bin/pypy3", "-u", "-BE", "app.py")
	f("-S imports no sitecustomize", "/usr/bin/python3", "-S", "app.py")
	f("", script("gunicorn", "#!/venv/bin/python3\nimport sys\n"), "-E")
	f("python3 -I takes no notice", script("isolated", "#!/usr/bin/python3 -I\n"))
	f("python3 -E takes no notice", script("env", "#!/usr/bin/env -S python3 -E\n"))
	f("", script("start.sh", "#!/bin/sh\nexec python3 app.py\n"))
	f("", script("env.sh", "#!/usr/bin/env python3\n"))
	f("empty is not Python", script("empty", ""))
	f("odd is not Python", script("odd", "#!\n"))
	f("program is not Python", script("program", "\x7fELF"))
}
