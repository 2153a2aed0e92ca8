package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// kept returns a data directory with these records, whose ids are 1-1-0, 1-1-1 and so on.
func kept(t *testing.T, records ...record.Record) (data string) {
	t.Helper()
	data = t.TempDir()
	s, err := sqlite.Open(daemon.StoreDir(data), sqlite.Options{FreeSpace: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		records[i].ID = record.ID{Epoch: 1, Sequence: 1, Index: uint32(i)}
		if records[i].Received.IsZero() {
			records[i].Received = records[i].Time
		}
	}
	for len(records) > 0 {
		n := min(1000, len(records))
		if err := s.Handle(t.Context(), records[:n]); err != nil {
			t.Fatal(err)
		}
		records = records[n:]
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return data
}

// shop returns n records of a shop, a second apart, the first at noon.
func shop(n int) (records []record.Record) {
	for i := range n {
		r := record.Record{Time: noon.Add(time.Duration(i) * time.Second), Logger: "shop.cart", Message: fmt.Sprintf("order %d", i), Attrs: []slog.Attr{slog.Int("user", i%3)}}
		if i%10 == 9 {
			r.Level, r.Logger, r.Message = record.LevelError, "shop.pay", fmt.Sprintf("payment %d\nfailed\x1b[31m", i)
		}
		records = append(records, r)
	}
	return records
}

// asks checks what a question is answered with.
func asks(t *testing.T, want, data string, args ...string) {
	t.Helper()
	code, stdout, stderr := run(t, append([]string{"query", "--utc", "--data", data}, args...)...)
	if code != exitDone || stdout != want || stderr != "" {
		t.Errorf("jackdaw query %s:\n got %d\n%s%s\nwant\n%s", strings.Join(args, " "), code, stdout, stderr, want)
	}
}

func TestQueryRecords(t *testing.T) {
	data := kept(t, shop(30)...)
	const nine = `2026-11-22T12:00:09.000Z ERROR shop.pay: payment 9\nfailed\x1b[31m user=0` + "\n"
	const nineteen = `2026-11-22T12:00:19.000Z ERROR shop.pay: payment 19\nfailed\x1b[31m user=1` + "\n"
	const last = `2026-11-22T12:00:29.000Z ERROR shop.pay: payment 29\nfailed\x1b[31m user=2` + "\n"
	f := func(want string, args ...string) { t.Helper(); asks(t, want, data, args...) }
	f(nine+nineteen+last, "payment")
	f(nine+nineteen+last, "payment OR nothing") // one argument or several
	f(nine+nineteen+last, "payment", "OR", "nothing")
	f(nineteen+last, "payment", "-n", "2")
	f(nine+nineteen+last, "-l", "error", "-n", "0")
	f(last, "-l", "error", "payment user=2")
	f(nineteen, "payment", "--since", "2026-11-22T12:00:15Z", "--until", "2026-11-22T12:00:29Z")
	f("2026-11-22T12:00:00.000Z INFO shop.cart: order 0 user=0\n", "order", "--until", "2026-11-22T12:00:01Z")
	f("2026-11-22T13:00:00.000+01:00 INFO shop.cart: order 0 user=0\n", `message="order 0"`, "--utc=false", "--tz", "Etc/GMT-1", "--since", "2026-11-22 13:00:00", "--until", "2026-11-22 13:00:01")
	f("", "nothing")
	f("", "--since", "2027-01-01")
	f("payment 9\\nfailed\\x1b[31m\t0\t\n", "payment", "--until", "2026-11-22T12:00:10Z", "--fields", "message,user,host")
	f("{\"id\":\"1-1-0\",\"user\":0}\n", "order", "--until", "2026-11-22T12:00:01Z", "--fields", "id,user,host", "-o", "json")
	f("message,user\n\"payment 9\nfailed\x1b[31m\",0\n", "payment", "--until", "2026-11-22T12:00:10Z", "--fields", "message,user", "-o", "csv")
	f("id,time,level,logger,message,attrs,exception\n1-1-0,2026-11-22T12:00:00.000000000Z,INFO,shop.cart,order 0,\"{\"\"user\"\":0}\",\n", "order", "--until", "2026-11-22T12:00:01Z", "-o", "csv")
	f(`{"id":"1-1-0","time":"2026-11-22T12:00:00.000000000Z","level":"INFO","logger":"shop.cart","message":"order 0","attrs":{"user":0},"received":"2026-11-22T12:00:00.000000000Z"}`+"\n", "order", "--until", "2026-11-22T12:00:01Z", "-o", "json")
	asks(t, nine, filepath.Join(data, "store"), "payment", "--until", "2026-11-22T12:00:10Z") // the store's own directory
}

func TestQueryContext(t *testing.T) {
	data := kept(t, shop(30)...)
	line := func(i int, mark string) string {
		at := fmt.Sprintf("%s2026-11-22T12:00:%02d.000Z ", mark, i)
		if i%10 == 9 {
			return fmt.Sprintf("%sERROR shop.pay: payment %d\\nfailed\\x1b[31m user=%d\n", at, i, i%3)
		}
		return fmt.Sprintf("%sINFO shop.cart: order %d user=%d\n", at, i, i%3)
	}
	asks(t, line(8, "  ")+line(9, "> ")+line(10, "  ")+"--\n"+line(18, "  ")+line(19, "> ")+line(20, "  ")+"--\n"+line(28, "  ")+line(29, "> "), data, "payment", "-C", "1")
	// What overlaps is shown once, and each match is marked.
	asks(t, line(3, "  ")+line(4, "> ")+line(5, "  ")+line(6, "> ")+line(7, "  "), data, `/^order [46]$/`, "-C", "1")
	asks(t, line(3, "  ")+line(4, "> ")+line(5, "> ")+line(6, "  "), data, `/^order [45]$/`, "-C", "1")
	asks(t, line(4, "  ")+line(5, "  ")+line(6, "> ")+line(7, "  ")+line(8, "  "), data, "--id", "1-1-6", "-C", "2")
	asks(t, line(6, ""), data, "--id", "1-1-6")
	code, stdout, _ := run(t, "query", "--data", data, "--id", "1-1-6", "-C", "1", "-o", "json")
	if code != exitDone || strings.Count(stdout, `"context":true`) != 2 || strings.Count(stdout, "\n") != 3 || !json.Valid([]byte(strings.Split(stdout, "\n")[0])) {
		t.Errorf("got %d\n%s", code, stdout)
	}
	fails(t, exitFailed, "jackdaw: there is no record 1-9-9, or not any more", "query", "--data", data, "--id", "1-9-9")
}

func TestQueryPretty(t *testing.T) {
	data := kept(t, shop(10)...)
	asks(t, "\x1b[2mSunday 2026-11-22\x1b[0m\n\x1b[2m12:00:09.000\x1b[0m \x1b[31mERROR   \x1b[0m \x1b[36mshop.pay        \x1b[0m \x1b[7mpayment\x1b[27m 9 \x1b[2m user=0\x1b[0m\n    failed\\x1b[31m\n",
		data, "payment", "--color", "always")
	asks(t, "Sunday 2026-11-22\n12:00:09.000 ERROR    - shop.pay         payment 9  user=0\n    failed\x1b[31m\n", data, "payment", "-o", "pretty", "--raw", "--sources")
}

// Many records come in pages, and in their order.
func TestQueryMany(t *testing.T) {
	const n = 12_345
	data := kept(t, shop(n)...)
	f := func(first, last, lines int, args ...string) {
		t.Helper()
		code, stdout, stderr := run(t, append([]string{"query", "--utc", "--data", data, "--fields", "id"}, args...)...)
		ids := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if code != exitDone || len(ids) != lines {
			t.Fatalf("%q: got %d, %d lines, want %d\n%s", args, code, len(ids), lines, stderr)
		}
		if got, want := ids[0]+" "+ids[len(ids)-1], fmt.Sprintf("1-1-%d 1-1-%d", first, last); got != want {
			t.Errorf("%q: got %s, want %s", args, got, want)
		}
		before := -1
		for _, id := range ids {
			i := 0
			fmt.Sscanf(id, "1-1-%d", &i)
			if i <= before {
				t.Fatalf("%q: %s comes behind 1-1-%d", args, id, before)
			}
			before = i
		}
	}
	f(n-100, n-1, 100)
	f(0, n-1, n, "-n", "0")
	f(0, n-1, n, "--since", "2026-11-22")
	f(n-4000, n-1, 4000, "-n", "4000")
	f(n-8000, n-1, 8000, "-n", "8000") // more than are held
	f(0, n-1, n, "-n", "20000")
	f(9, 12_339, 1234, "-n", "0", "payment")
}

func TestQueryCounts(t *testing.T) {
	data := kept(t, shop(30)...)
	f := func(want string, args ...string) { t.Helper(); asks(t, want, data, args...) }
	f("LOGGER     ERROR  INFO  RECORDS\nshop.cart      0    27       27\nshop.pay       3     0        3\n", "--count-by", "logger,level")
	f("LOGGER     RECORDS\nshop.cart       27\nshop.pay         3\n", "--count-by", "logger")
	f("LEVEL  RECORDS\nERROR        3\nINFO        27\n", "--count-by", "level")
	f("USER  RECORDS\n0          10\n1          10\n2          10\n", "--count-by", "user")
	f("logger,level,records\nshop.cart,INFO,27\nshop.pay,ERROR,3\n", "--count-by", "logger,level", "-o", "csv")
	f("{\"level\":\"INFO\",\"logger\":\"shop.cart\",\"records\":27}\n", "--count-by", "level,logger", "-o", "json", "-n", "1")
	f("LEVEL  RECORDS\nERROR        1\n", "--count-by", "level", "payment user=0")
	f("", "--count-by", "level", "nothing")
}

func TestQueryHistogram(t *testing.T) {
	data := kept(t, append(shop(30), record.Record{Message: "no time"}, record.Record{Time: noon.Add(26 * time.Second), Level: -4}, record.Record{Time: noon.Add(2 * time.Second), Level: 12})...)
	bar := func(parts ...any) (bar string) {
		for i := 0; i < len(parts); i += 2 {
			bar += strings.Repeat(parts[i].(string), parts[i+1].(int))
		}
		return bar + strings.Repeat(" ", 60-len(bar))
	}
	want := "Sunday 2026-11-22\n" +
		"12:00:00  " + bar("C", 5, "E", 6, "i", 49) + "  11\n" +
		"12:00:10  " + bar("E", 6, "i", 49) + "  10\n" +
		"12:00:20  " + bar("E", 5, "i", 50, "d", 5) + "  11\n" +
		"32 records: C CRITICAL 1  E ERROR 3  i INFO 27  d DEBUG 1\n"
	asks(t, want, data, "--histogram=10s")
	asks(t, "Sunday 2026-11-22\n12:00:09  "+bar("E", 60)+"  1\n1 record: E ERROR 1\n", data, "--histogram", "payment", "--until", "2026-11-22T12:00:10Z")
	// Bars begin at round times, and have nothing from before --since.
	asks(t, "Sunday 2026-11-22\n12:00:20  "+bar("E", 12, "i", 48)+"  5\n5 records: E ERROR 1  i INFO 4\n", data, "--histogram=10s", "--since", "2026-11-22T12:00:25Z", "-l", "info")
	asks(t, "{\"time\":\"2026-11-22T12:00:00.000000000Z\",\"seconds\":3600,\"counts\":{\"ERROR\":3}}\n", data, "--histogram=1h", "payment", "-o", "json")
	asks(t, "time,CRITICAL,ERROR,WARNING,INFO,DEBUG,records\n2026-11-22T12:00:00.000000000Z,0,3,0,0,0,3\n", data, "--histogram=1h", "payment", "-o", "csv")
	code, stdout, _ := run(t, "query", "--data", data, "--histogram", "--color", "always")
	if code != exitDone || !strings.Contains(stdout, "\x1b[31m█") || !strings.Contains(stdout, "\x1b[31m█\x1b[0m ERROR 3") {
		t.Errorf("got %d\n%s", code, stdout)
	}
	if lines := strings.Count(stdout, "\n"); lines > maxBars+2 || lines < maxBars/3 {
		t.Errorf("got %d lines, want a fair number of bars:\n%s", lines, stdout)
	}
	asks(t, "", data, "--histogram", "nothing")
}

func TestQueryErrors(t *testing.T) {
	data := kept(t, shop(1)...)
	f := func(code int, want string, args ...string) {
		t.Helper()
		fails(t, code, want, append([]string{"query", "--data", data}, args...)...)
	}
	f(exitUsage, "jackdaw: the filter is wrong\n         order lvel>=error\n               ^^^^\n         field \"lvel\" is unknown; did you mean level? (an attr of that name is attrs.lvel)\n         try: order level>=error", "order", "lvel>=error")
	f(exitUsage, "jackdaw: unknown flag --since-when; see jackdaw query --help\n         a filter that begins with - goes behind --: jackdaw query -- '-healthcheck timeout'", "--since-when")
	f(exitUsage, "jackdaw: --since: \"noonish\" is no time; write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00", "--since", "noonish")
	f(exitUsage, "jackdaw: --since -1m is not before --until -2m", "--since", "-1m", "--until", "-2m")
	f(exitUsage, "jackdaw: --tz Nowhere: it is no time zone that this machine knows; write for example Europe/Berlin", "--tz", "Nowhere")
	f(exitUsage, "jackdaw: --fields mesage: field \"mesage\" is unknown; did you mean message? (an attr of that name is attrs.mesage)", "--fields", "mesage")
	f(exitUsage, "jackdaw: --count-by: host is counted by itself; only logger and level go together", "--count-by", "host,level")
	f(exitUsage, "jackdaw: --histogram and --count-by are two answers; ask for one of them", "--count-by", "host", "--histogram")
	f(exitUsage, "jackdaw: --data: name the directory with --data DIR", "--data", "off")
	f(exitUsage, "jackdaw: --histogram=5: want a width in whole seconds, such as 30s, 10m or 24h", "--histogram=5")
	f(exitUsage, "jackdaw: -n -1: want a number of records, or 0 for all", "-n", "-1")
	f(exitUsage, "jackdaw: --data asks files and --addr a server; leave one of them out", "--addr", "127.0.0.1:1")
	for _, args := range [][]string{{"nothing"}, {"nothing", "--count-by", "level"}, {"nothing", "--histogram"}} {
		code, stdout, stderr := run(t, append([]string{"query", "--data", data, "--exit-code"}, args...)...)
		if code != exitNothing || stdout+stderr != "" {
			t.Errorf("%q: got %d, %q, %q, want %d and not a word", args, code, stdout, stderr, exitNothing)
		}
	}
	at := nobody(t)
	fails(t, exitUnreachable, "jackdaw: ask "+at+": dial tcp "+at+": connect: connection refused\n         no server runs there; start \"jackdaw serve\", or name the server's web address with --addr", "query", "--addr", at)
	code, _, stderr := run(t, "query", "--data", filepath.Join(data, "none"))
	if code != exitFailed || !strings.Contains(stderr, "name the directory of a server with --data DIR") {
		t.Errorf("got %d, %s", code, stderr)
	}
}

// nobody returns an address at which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	return fmt.Sprint("127.0.0.1:", testenv.FreePort(t))
}

// Where no server runs and none was named, the files that it would have are asked.
func TestQueryFallsBack(t *testing.T) {
	s := newSession(t)
	s.p.web, s.p.data = nobody(t), kept(t, shop(1)...)
	s.start(t, "query", "--utc")
	if code := s.wait(t); code != exitDone || s.stdout.String() != "2026-11-22T12:00:00.000Z INFO shop.cart: order 0 user=0\n" {
		t.Errorf("got %d, %s", code, s.stdout)
	}
	if got, want := s.stderr.String(), "jackdaw: no server runs at "+s.p.web+"; these are the records in "+s.p.data+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s = newSession(t)
	s.p.web = nobody(t)
	s.start(t, "query")
	if code := s.wait(t); code != exitUnreachable || !strings.HasSuffix(s.stderr.String(), "or ask the files of one with --data DIR\n") {
		t.Errorf("got %d, %s", code, s.stderr)
	}
}

// serving starts a server, and returns where it listens.
func serving(t *testing.T, args ...string) (s *session, tcp, web string) {
	t.Helper()
	s = newSession(t)
	s.start(t, append([]string{"serve", "--udp", "off", "--otlp", "off", "--otlp-grpc", "off"}, args...)...)
	return s, s.address(t, "tcp"), s.address(t, "web")
}

// eventually asks until something matches: a record is kept soon after it was received.
func eventually(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	for until := time.Now().Add(testenv.Patience); ; {
		code, stdout, stderr := run(t, append([]string{"query", "--exit-code"}, args...)...)
		if code == exitDone {
			return stdout
		}
		if code != exitNothing || time.Now().After(until) {
			t.Fatalf("jackdaw query %q: got %d\n%s", args, code, stderr)
		}
	}
}

// A running server is asked the same questions, and gives the same answers as its files.
func TestQueryServer(t *testing.T) {
	s, tcp, web := serving(t)
	for i := range 3 {
		sends(t, "--tcp", tcp, "-n", "shop.cart", fmt.Sprintf("order %d", i), "user=7")
	}
	sends(t, "--tcp", tcp, "-l", "ERROR", "-n", "shop.pay", "payment failed", "user=7")
	eventually(t, "--addr", web, "payment")
	for _, question := range []string{"", "order", "-l ERROR", "payment -C 1", "--count-by logger,level", "--histogram=24h", "-n 0 -o json", "--fields id,user -n 2", "--since -1h -o csv"} {
		args := append([]string{"query"}, strings.Fields(question)...)
		code, fromServer, stderr := run(t, append(args, "--addr", web)...)
		if code != exitDone || stderr != "" {
			t.Errorf("%q: got %d, %s", question, code, stderr)
		}
		if _, fromFiles, _ := run(t, append(args, "--data", s.p.data)...); fromServer != fromFiles || fromServer == "" {
			t.Errorf("%q: the server says\n%s\nits files say\n%s", question, fromServer, fromFiles)
		}
	}
}
