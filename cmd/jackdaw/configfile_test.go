package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// write writes a file of the test's, with DIR in its text made the directory.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const someConfig = `version: 1
formatters:
  plain: {format: "%(levelname)s %(name)s %(message)s"}
handlers:
  out: {class: logging.StreamHandler, formatter: plain, stream: ext://sys.stdout}
  file: {class: logging.FileHandler, formatter: plain, filename: DIR/all.log}
  errors: {class: logging.FileHandler, formatter: plain, filename: DIR/errors.log, level: ERROR}
loggers:
  noise: {level: CRITICAL}
root: {handlers: [out, file, errors]}
receivers: {udp: off, http: off, otlp: off, otlp_grpc: off}
`

func textOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A server is what its configuration says, and where a flag says something else, that.
func TestServeConfig(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", someConfig)
	s := newSession(t)
	s.start(t, "--config", path, "--level", "shop=WARNING", "--udp", "127.0.0.1:0", "--file", filepath.Join(dir, "more.jsonl"))
	address := s.address(t, "tcp")
	if got := s.stderr.match(t, `listening on (.*)\n`); strings.Contains(got, "http") || !strings.Contains(got, "udp") {
		t.Errorf("got %q, want tcp, which nobody turned off, and udp by the flag", got)
	}
	sends(t, "--tcp", address, "-n", "shop", "-l", "ERROR", "one")
	sends(t, "--tcp", address, "-n", "shop", "-l", "INFO", "two")
	sends(t, "--tcp", address, "-n", "noise", "-l", "ERROR", "three")
	sends(t, "--tcp", address, "-n", "mail", "-l", "DEBUG", "four")
	s.stdout.match(t, "four")
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("exit code: got %d: %s", code, s.stderr)
	}
	all := "ERROR shop one\nDEBUG mail four\n"
	if got := s.stdout.String(); got != all {
		t.Errorf("standard output: got %q, want %q", got, all)
	}
	if got := textOf(t, filepath.Join(dir, "all.log")); got != all {
		t.Errorf("file: got %q, want %q", got, all)
	}
	if got := textOf(t, filepath.Join(dir, "errors.log")); got != "ERROR shop one\n" {
		t.Errorf("errors: got %q", got)
	}
	if got := records(t, textOf(t, filepath.Join(dir, "more.jsonl"))); len(got) != 2 {
		t.Errorf("the file of the flag: got %v", got)
	}
	s.stderr.match(t, `errors: 1 accepted, 1 handled, 0 dropped, 0 waiting`)
}

// A flag wins over a section of the file with all that hangs on it.
func TestServeConfigFlags(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", `version: 1
stream: {directory: DIR/data, max_bytes: 8MiB}
store: {directory: DIR/store, max_age: 7d}
receivers: {udp: off, http: off, otlp: off, otlp_grpc: off, logname: one}
web: {hosts: [logs.example]}
`)
	s := newSession(t)
	s.start(t, "--config", path, "--data", "off", "--logname", "two", "--console", "json")
	sends(t, "--tcp", s.address(t, "tcp"), "-n", "a", "hello")
	s.stdout.match(t, `"logger":"two"`)
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("got %d: %s", code, s.stderr)
	}
	s = newSession(t)
	s.start(t, "--config", path, "--console", "json")
	sends(t, "--tcp", s.address(t, "tcp"), "-n", "a", "hello")
	s.stdout.match(t, `"logger":"one"`)
	s.stderr.match(t, "records are kept in "+dir+"/data to be found again")
	s.stop()
	s.wait(t)
	if _, err := os.Stat(filepath.Join(dir, "store")); err != nil {
		t.Error(err)
	}
}

// All that is wrong with a file is said, a line for each thing, and nothing is started.
func TestServeConfigWrong(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", strings.NewReplacer("FileHandler", "FilHandler", "propagate", "x").Replace(someConfig))
	want := path + `:6:17: .*\n` + path + `:7:19: .*\n`
	for _, args := range [][]string{{"serve", "--config", path}, {"check", path}, {"check", path, "--explain", "a", "INFO"}} {
		s := newSession(t)
		s.start(t, args...)
		if code := s.wait(t); code != exitUsage {
			t.Errorf("%q: got %d, want 2", args, code)
		}
		s.stderr.match(t, "^"+want+"$")
	}
	missing := filepath.Join(dir, "none.yaml")
	fails(t, exitUsage, "jackdaw: open "+missing+": no such file or directory", "serve", "--config", missing)
}

// A reload changes what is different, keeps connections, refuses what is wrong, and says what it did: at who asked, and on
// the server's standard error.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", someConfig)
	s := newSession(t)
	s.start(t, "--config", path, "--console", "off")
	address := s.address(t, "tcp")
	conn, err := net.Dial("tcp", address) // as a Python program that logs seldom
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reload := func(want int, out, wrong string) {
		t.Helper()
		code, stdout, stderr := run(t, "reload", "--addr", s.address(t, "web"))
		if code != want || stdout != out || stderr != wrong {
			t.Errorf("got %d %q %q, want %d %q %q", code, stdout, stderr, want, out, wrong)
		}
	}
	reload(exitDone, "nothing changed\n", "")
	write(t, dir, "jackdaw.yaml", strings.NewReplacer("level: ERROR", "level: INFO", "  file: {", "  more: {class: file, filename: DIR/more.log}\n  file: {",
		"handlers: [out, file", "handlers: [more, file", "noise: {level: CRITICAL}", "noise: {propagate: no}").Replace(someConfig))
	reload(exitDone, "handler more: new\nhandler out: gone\nhandler errors: another level, or other filters\nlogger root: changed\nlogger noise: changed\n", "")
	s.stderr.match(t, "jackdaw: handler more: new\njackdaw: handler out: gone\n")
	write(t, dir, "jackdaw.yaml", strings.Replace(someConfig, "class: logging", "clas: logging", 1))
	reload(exitFailed, "", "jackdaw: the configuration is refused; what was before stays\n         "+path+`:5:8: the handler "out" has no key "class", which it needs`+"\n")
	sends(t, "--tcp", address, "-n", "noise", "nowhere")
	sends(t, "--tcp", address, "-n", "shop", "everywhere")
	s.stop()
	s.wait(t)
	for _, name := range []string{"all.log", "errors.log", "more.log"} {
		if got := textOf(t, filepath.Join(dir, name)); !strings.Contains(got, "everywhere") || strings.Contains(got, "nowhere") {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if s.stdout.String() != "" {
		t.Errorf("standard output: got %q, want nothing", s.stdout)
	}
}

// SIGHUP opens files anew and reads the configuration again.
func TestHangupReloads(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", someConfig)
	s := newSession(t)
	s.start(t, "--config", path, "--web", "off", "--data", "off")
	address := s.address(t, "tcp")
	if err := os.Rename(filepath.Join(dir, "all.log"), filepath.Join(dir, "all.log.1")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "jackdaw.yaml", strings.Replace(someConfig, "level: ERROR", "level: DEBUG", 1))
	s.hangUp(t)
	s.stderr.match(t, "jackdaw: handler errors: another level, or other filters\n")
	sends(t, "--tcp", address, "after")
	write(t, dir, "jackdaw.yaml", "version: 2")
	s.hangUp(t)
	s.stderr.match(t, "jackdaw: the configuration is refused; what was before stays\njackdaw: "+path+":1:10: ")
	s.stop()
	s.wait(t)
	for _, name := range []string{"all.log", "errors.log"} {
		if got := textOf(t, filepath.Join(dir, name)); got != "INFO root after\n" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

// A file that is a memory's target and hangs on a logger is open once, also when the memory alone is made anew: a second
// one could not be made.
func TestReloadOneFile(t *testing.T) {
	dir := t.TempDir()
	text := strings.NewReplacer("DIR/all.log}", "DIR/all.log, mode: x}\n  late: {class: memory, capacity: 1, target: file}", "[out, file", "[late, file").Replace(someConfig)
	path := write(t, dir, "jackdaw.yaml", text)
	s := newSession(t)
	s.start(t, "--config", path)
	web := s.address(t, "web")
	write(t, dir, "jackdaw.yaml", strings.Replace(text, "capacity: 1", "capacity: 2", 1))
	if code, stdout, stderr := run(t, "reload", "--addr", web); code != exitDone || stdout != "handler late: changed\n" {
		t.Errorf("got %d %q %q", code, stdout, stderr)
	}
	sends(t, "--tcp", s.address(t, "tcp"), "hello")
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("got %d: %s", code, s.stderr)
	}
	if got, line := textOf(t, filepath.Join(dir, "all.log")), "INFO root hello\n"; got != line+line {
		t.Errorf("got %q, want a record by either way", got)
	}
}

// An incremental configuration changes levels of what runs, and nothing else.
func TestReloadIncremental(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "jackdaw.yaml", someConfig)
	s := newSession(t)
	s.start(t, "--config", path)
	address := s.address(t, "tcp")
	write(t, dir, "jackdaw.yaml", "version: 1\nincremental: true\nhandlers: {errors: {level: INFO}}\nloggers: {noise: {level: NOTSET}}\n")
	code, stdout, stderr := run(t, "reload", "--addr", s.address(t, "web"))
	if code != exitDone || !strings.Contains(stdout, "handler errors: another level") || !strings.Contains(stdout, "logger noise: changed") {
		t.Errorf("got %d %q %q", code, stdout, stderr)
	}
	sends(t, "--tcp", address, "-n", "noise", "hello")
	s.stop()
	s.wait(t)
	if got := textOf(t, filepath.Join(dir, "errors.log")); got != "INFO noise hello\n" {
		t.Errorf("got %q", got)
	}
}

// Of many loggers it is said how many changed.
func TestDifferences(t *testing.T) {
	of := func(n int, level slog.Level) *config.Config {
		c := new(config.Config)
		for i := range n {
			c.Loggers = append(c.Loggers, &config.Logger{Name: fmt.Sprint("l", i), Level: &level})
		}
		return c
	}
	f := func(was, is *config.Config, want ...string) {
		t.Helper()
		if got := differences(was, is); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(of(20, 0), of(20, 0))
	f(of(2, 0), of(2, 4), "logger l0: changed", "logger l1: changed")
	f(of(20, 0), of(20, 4), "20 loggers: changed")
	f(of(20, 0), of(1, 0), "19 loggers: gone")
	f(of(2, 0), of(1, 0), "logger l1: gone")
}
