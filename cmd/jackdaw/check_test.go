package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.yaml", someConfig)
	f := func(want int, out string, args ...string) {
		t.Helper()
		code, stdout, stderr := run(t, append([]string{"check"}, args...)...)
		if code != want || stdout != strings.ReplaceAll(out, "FILE", path) || stderr != "" {
			t.Errorf("check %q:\n got %d %q %q\nwant %d %q", args, code, stdout, stderr, want, out)
		}
	}
	f(exitDone, "FILE is right: 3 handlers, 2 loggers, 1 formatter\n", path)
	f(exitDone, `{"file":"FILE","right":true,"handlers":[{"name":"errors","class":"file"},{"name":"file","class":"file"},{"name":"out","class":"console"}],"loggers":["root","noise"]}`+"\n",
		path, "--json")
	f(exitDone, `shop.pay at DEBUG: no level is set, so every record is handled
  yes  out        it hangs on root
  yes  file       it hangs on root
  no   errors     DEBUG is below its level, ERROR
  yes  the store  it gets what is handled at all
`, path, "--explain", "shop.pay", "DEBUG")
	f(exitDone, `noise.of at ERROR: nobody gets it; the level is CRITICAL, by noise
  no   out        ERROR is below CRITICAL, the level of noise
  no   file       ERROR is below CRITICAL, the level of noise
  no   errors     ERROR is below CRITICAL, the level of noise
  no   the store  it gets what is handled alone
`, "--explain", path, "noise.of", "error")
	f(exitDone, `{"logger":"noise","level":"ERROR","effective_level":"CRITICAL","level_of":"noise","handlers":[`+
		`{"handler":"out","gets":false,"on":"root","why":"ERROR is below CRITICAL, the level of noise"},`+
		`{"handler":"file","gets":false,"on":"root","why":"ERROR is below CRITICAL, the level of noise"},`+
		`{"handler":"errors","gets":false,"on":"root","why":"ERROR is below CRITICAL, the level of noise"}],"store":false}`+"\n", path, "--explain", "noise", "ERROR", "--json")
	f(exitDone, `x at DEBUG: no level is set, so every record is handled
  yes  console    it hangs on root
  yes  the store  it gets what is handled at all
`, "--explain", "x", "DEBUG")

	f(exitDone, `shop.pay at DEBUG: nobody gets it; the level is INFO, by shop
  no   out           DEBUG is below INFO, the level of shop
  no   file          DEBUG is below INFO, the level of shop
  no   errors        DEBUG is below INFO, the level of shop
  no   file a.jsonl  DEBUG is below INFO, the level of shop
  no   the store     it gets what is handled alone
`, path, "--explain", "shop.pay", "DEBUG", "--level", "shop=INFO", "--file", "a.jsonl")

	wrong := write(t, dir, "b.json", `{"version": 1, "handler": {}}`)
	code, stdout, stderr := run(t, "check", "--json", wrong)
	var got checked
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitUsage || stderr != "" {
		t.Fatalf("got %d %q %q, %v", code, stdout, stderr, err)
	}
	if len(got.Errors) != 1 || got.Right || got.Errors[0].Word != "handlers" || got.Errors[0].Line != 1 || got.Errors[0].Column != 16 {
		t.Errorf("got %+v", got)
	}
	own := write(t, t.TempDir(), "own.yaml", "version: 1\nhandlers:\n  store: {class: \"null\"}\n")
	if code, _, stderr := run(t, "check", own); code != exitUsage || stderr != own+":3:3: the handler \"store\" has a name that is the server's own; give it another one\n" {
		t.Errorf("a name of the server's own: got %d %q", code, stderr)
	}
	none := write(t, t.TempDir(), "none.yaml", "version: 1\nstream: off\nstore: {max_age: 7d}\n")
	if code, _, stderr := run(t, "check", none); code != exitUsage || stderr != none+":3:1: there is no store without a stream, which is off; leave the store out, or write store: off\n" {
		t.Errorf("a store without a stream: got %d %q", code, stderr)
	}
	code, stdout, _ = run(t, "check", "--schema")
	if code != exitDone || !json.Valid([]byte(stdout)) || !strings.Contains(stdout, "json-schema.org") {
		t.Errorf("--schema: got %d %.200s", code, stdout)
	}
}

// What a file names is tried, and nothing is left behind.
func TestCheckDeep(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	path := write(t, dir, "a.yaml", `version: 1
handlers:
  file: {class: file, filename: DIR/none/a.log}
  dir: {class: file, filename: DIR}
  fine: {class: file, filename: DIR/b.log}
receivers:
  tcp: `+taken.Addr().String()+`
  udp: 127.0.0.1:0
  unix: DIR/none/s
  unixgram: DIR/s
  token_file: DIR/tokens
stream: {directory: DIR/data/deep}
root: {handlers: [file, dir, fine]}
`)
	s := newSession(t)
	s.start(t, "check", "--deep", path)
	if code := s.wait(t); code != exitUsage {
		t.Errorf("got %d, want 2", code)
	}
	by := takenBy()
	if runtime.GOOS != "linux" {
		by += "; that is right if it is the server that runs by this file"
	}
	s.stderr.match(t, "^"+path+`:4:3: open `+dir+`: is a directory
`+path+`:3:3: there is no directory `+dir+`/none; make it first
`+path+`:7:8: tcp `+taken.Addr().String()+` is taken by `+by+`
`+path+`:9:9: there is no directory `+dir+`/none; make it first
`+path+`:6:1: tokens: open `+dir+`/tokens: no such file or directory
$`)
	fine := write(t, dir, "b.yaml", "version: 1\nhandlers:\n  file: {class: file, filename: DIR/b.log}\nroot: {handlers: [file]}\nstream: {directory: DIR/data/deep}\n")
	if code, _, stderr := run(t, "check", "--deep", fine); code != exitDone || stderr != "" {
		t.Errorf("got %d %q, want that all is well", code, stderr)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 2 {
		t.Errorf("got %v, %v, want the two files of the test alone", all, err)
	}
}

// What a server that runs has is told as its own, where it says so, and else as taken.
func TestCheckDeepBesideServer(t *testing.T) {
	dir := t.TempDir()
	s := newSession(t)
	s.start(t, "--unix", dir+"/s", "--console", "off")
	tcp, web := s.address(t, "tcp"), s.address(t, "web")
	path := write(t, dir, "a.yaml", "version: 1\nreceivers:\n  tcp: "+tcp+"\n  unix: DIR/s\nweb: {address: \""+web+"\"}\n")
	at := " (pid " + fmt.Sprint(os.Getpid()) + "); a reload leaves it so\n"
	want := path + ":3:8: tcp " + tcp + " is that of the server that runs at " + web + at +
		path + ":4:9: unix " + dir + "/s is that of the server that runs at " + web + at +
		path + ":5:1: web " + web + " is that of the server that runs at " + web + at + path + " is right: 2 receivers\n"
	if code, stdout, stderr := run(t, "check", "--deep", path); code != exitDone || stdout != want || stderr != "" {
		t.Errorf("got %d %q %q\nwant %q", code, stdout, stderr, want)
	}
	write(t, dir, "a.yaml", "version: 1\nreceivers: {jsonl: \""+tcp+"\"}\nweb: {address: \""+web+"\"}\n")
	if code, _, stderr := run(t, "check", "--deep", path); code != exitUsage || !strings.Contains(stderr, "jsonl "+tcp+" is taken by ") {
		t.Errorf("another receiver at its address: got %d %q", code, stderr)
	}
	write(t, dir, "a.yaml", "version: 1\nreceivers: {tcp: \""+tcp+"\"}\nweb: off\n")
	if code, _, stderr := run(t, "check", "--deep", path); code != exitUsage || !strings.Contains(stderr, "tcp "+tcp+" is taken by ") {
		t.Errorf("nobody to ask: got %d %q", code, stderr)
	}
}

// What a queue, a filter or propagate has to do with it is said.
func TestExplain(t *testing.T) {
	path := write(t, t.TempDir(), "a.yaml", `version: 1
filters:
  shop: {name: shop}
  odd: {filter: "user_id=42"}
handlers:
  mail: {class: "null", level: ERROR}
  file: {class: "null", filters: [odd]}
  idle: {class: "null"}
  twice: {class: "null", level: WARNING}
  queue: {class: queue, handlers: [mail, file], respect_handler_level: false, filters: [shop]}
loggers:
  a: {propagate: no, level: INFO, filters: [odd]}
  b: {handlers: [twice]}
root: {handlers: [queue, twice]}
store: off
receivers: {logname: ""}
`)
	f := func(want string, logger, level string) {
		t.Helper()
		code, stdout, stderr := run(t, "check", path, "--explain", logger, level)
		if code != exitDone || stdout != want {
			t.Errorf("%s %s: got %d %s%s\nwant\n%s", logger, level, code, stdout, stderr, want)
		}
	}
	f(`shop at INFO: no level is set, so every record is handled
  yes  queue  it hangs on root
  yes  mail   it is behind queue, which hangs on root
  yes  file   it is behind queue, which hangs on root; if the filter odd let it pass
  no   twice  INFO is below its level, WARNING
  no   idle   it hangs on no logger from shop to the root
`, "shop", "INFO")
	f(`b at ERROR: no level is set, so every record is handled
  yes  twice  it hangs on b
  no   queue  its filter shop keeps it
  no   mail   queue, which it is behind, does not get it
  no   file   queue, which it is behind, does not get it
  no   idle   it hangs on no logger from b to the root
`, "b", "ERROR")
	f(`x at INFO: no level is set, so every record is handled
  no   queue  its filter shop keeps it
  no   mail   queue, which it is behind, does not get it
  no   file   queue, which it is behind, does not get it
  no   twice  INFO is below its level, WARNING
  no   idle   it hangs on no logger from x to the root
`, "x", "INFO")
	f(`a at INFO: the level is INFO, by a; if the filter odd of the logger let it pass
  no   queue  it hangs on root, and propagate is off at a
  no   mail   queue, which it is behind, does not get it
  no   file   queue, which it is behind, does not get it
  no   twice  it hangs on root, and propagate is off at a
  no   idle   it hangs on no logger from a to the root
`, "a", "INFO")
}

func TestCheckUsage(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, append([]string{"check"}, args...)...)
	}
	f("name the file: jackdaw check jackdaw.yaml")
	f("got 2 files, want one; a logger and a level go with --explain", "a", "b")
	f("--explain takes a logger and a level, such as: jackdaw check jackdaw.yaml --explain shop.pay DEBUG", "--explain", "a")
	f("--schema goes alone", "--schema", "--json")
	f("--level goes with --explain: it says who gets a record as with that flag of serve", "a", "--level", "INFO")
	f(`--explain x WARNIN: level "WARNIN" is unknown; did you mean WARNING?`, "--explain", "x", "WARNIN")
}
