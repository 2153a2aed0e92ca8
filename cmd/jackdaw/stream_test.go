package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// storedData is a data directory with ten records, of which a handler has eight and refused one, and another has none.
func storedData(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	s, err := stream.Open(stream.Options{Dir: daemon.StreamDir(data), Level: stream.Disk})
	if err != nil {
		t.Fatal(err)
	}
	seven := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		if batch[0].Message == "7" {
			return record.Permanent(fmt.Errorf("seven is refused"))
		}
		return nil
	})
	if _, err := s.Cursor("file b.jsonl", seven, stream.CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	a, err := s.Cursor("file a.jsonl", record.HandlerFunc(func(ctx context.Context, _ []record.Record) error {
		<-ctx.Done()
		return ctx.Err()
	}), stream.CursorOptions{Required: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		r := record.Record{Time: time.Date(2026, 11, 22, 10, 41, i, 0, time.UTC), Level: record.LevelInfo, Logger: "shop", Message: fmt.Sprint(i)}
		if err := s.Handle(t.Context(), []record.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return data
}

// scrubbed is text without what differs from run to run.
func scrubbed(text, data string) string {
	text = strings.ReplaceAll(text, data, "DATA")
	for pattern, with := range map[string]string{
		`process \d+ of \S+`: "process N of HOST", `[0-9.]+ (B|KiB)`: "SIZE", `[0-9a-z]{5,}(-\d+-\d+)`: "EPOCH$1",
		` +`: " ", `0o600`: "",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, with)
	}
	return text
}

func TestStreamCommands(t *testing.T) {
	data := storedData(t)
	f := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := run(t, append(args, "--data", data)...)
		if text := scrubbed(stdout+stderr, data); got != code || text != want {
			t.Errorf("%q: got %d\n%s\nwant %d\n%s", args, got, text, code, want)
		}
	}
	f(exitDone, `DATA: SIZE up to record EPOCH-10-0; closed by process N of HOST
HANDLER WAITING BYTES NEXT DEAD LETTERS
file a.jsonl 10 SIZE 1 0 required
file b.jsonl 0 SIZE 11 1
`, "stream", "ls")
	f(exitDone, `{"time":"2026-11-22T10:41:00.000000000Z","level":"INFO","logger":"shop","message":"0"}
{"time":"2026-11-22T10:41:01.000000000Z","level":"INFO","logger":"shop","message":"1"}
`, "stream", "cat", "-n", "2")
	f(exitDone, "DATA: 10 records in 10 messages, SIZE in 1 file, from EPOCH-1-0 to EPOCH-10-0; nothing is damaged\n", "stream", "verify")
	f(exitFailed, `jackdaw: there is no handler "file c.jsonl"; did you mean "file a.jsonl"?`+"\n", "stream", "forget", "file c.jsonl")
	f(exitDone, "jackdaw: file a.jsonl is forgotten; 10 records waited for it\n", "stream", "forget", "file a.jsonl")
	f(exitDone, "jackdaw: file b.jsonl is forgotten; 0 records waited for it\n", "stream", "forget", "file b.jsonl")
	f(exitFailed, `jackdaw: there is no handler "file b.jsonl", and no other`+"\n", "stream", "forget", "file b.jsonl")
	f(exitDone, `DATA: SIZE up to record EPOCH-10-0; closed by process N of HOST
HANDLER WAITING BYTES NEXT DEAD LETTERS
file b.jsonl 0 SIZE forgotten 1
`, "stream", "ls")
}

// The ids that cat writes are those it begins with, and what it writes of a dead letter says whose it is.
func TestStreamCat(t *testing.T) {
	data := storedData(t)
	code, stdout, stderr := run(t, "stream", "cat", "--ids", "--data", data)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitDone || stderr != "" || len(lines) != 10 {
		t.Fatalf("got %d, %d lines, %q", code, len(lines), stderr)
	}
	var r struct{ ID, Message string }
	if err := json.Unmarshal([]byte(lines[6]), &r); err != nil || r.Message != "6" {
		t.Fatalf("line 7: got %q, %v", lines[6], err)
	}
	if _, rest, _ := run(t, "stream", "cat", "--ids", "--from", r.ID, "--data", data); rest != strings.Join(lines[6:], "\n")+"\n" {
		t.Errorf("from %s: got\n%s\nwant the last four of\n%s", r.ID, rest, stdout)
	}

	_, stdout, _ = run(t, "stream", "cat", "--dead", "--data", data)
	var dead struct {
		Time                time.Time
		Handler, Reason, ID string
		Record              struct{ Message string }
	}
	if err := json.Unmarshal([]byte(stdout), &dead); err != nil {
		t.Fatalf("%q: %v", stdout, err)
	}
	if dead.Handler != "file b.jsonl" || dead.Reason != "seven is refused" || dead.Record.Message != "7" || dead.Time.IsZero() ||
		dead.ID != strings.Replace(r.ID, "-7-0", "-8-0", 1) {
		t.Errorf("dead letter: got %+v", dead)
	}

	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, append([]string{"stream"}, args...)...)
	}
	f("--from 17: want <epoch>-<sequence>-<index>, as jackdaw stream cat --ids writes it", "cat", "--from", "17")
	f("-n -1: want a number of records, or 0 for all", "cat", "-n", "-1", "--data", data)
	f("--from and --ids are for the records of the stream; leave --dead out", "cat", "--dead", "--ids", "--data", data)
	f("--data: name the directory with --data DIR", "cat", "--data", "off")
	f("name one handler, as jackdaw stream ls shows it; in quotes if it has blanks in it", "forget", "file", "b.jsonl")
	f(`unknown command "lst"; did you mean ls?`, "lst")
}

// What is damaged is said, with what it costs, and the exit code tells of it.
func TestStreamVerifyDamage(t *testing.T) {
	data := storedData(t)
	blocks, err := filepath.Glob(filepath.Join(daemon.StreamDir(data), "jetstream", "*", "streams", stream.DefaultName, "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("got %v, %v", blocks, err)
	}
	b, err := os.ReadFile(blocks[0])
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("shop"))+1] ^= 1
	if err := os.WriteFile(blocks[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := run(t, "stream", "verify", "--data", data)
	if !regexp.MustCompile(`^1\.blk, byte 0: the hash of a message is wrong; \d+ bytes are not a message; before message 2;.*\n.*: 9 records in 9 messages, .*\n$`).MatchString(stdout) {
		t.Errorf("got %q", stdout)
	}
	if code != exitFailed || !strings.HasPrefix(stderr, "jackdaw: the stream is damaged in 1 place: ") {
		t.Errorf("got %d %q", code, stderr)
	}
	_, stdout, _ = run(t, "stream", "verify", "--json", "--data", data)
	var v verdict
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || v.Records != 9 || len(v.Damage) != 1 || v.Damage[0].Before != 2 || v.Damage[0].File != "1.blk" {
		t.Errorf("got %q, %v", stdout, err)
	}
}

// Looking is possible beside a server; forgetting is not, and says who has the directory.
func TestStreamBesideServer(t *testing.T) {
	s := newSession(t)
	path := filepath.Join(t.TempDir(), "a.jsonl")
	s.start(t, "serve", "--udp", "off", "--console", "off", "--file", path)
	s.address(t, "tcp")
	for _, command := range []string{"ls", "cat", "verify"} {
		if code, _, stderr := run(t, "stream", command, "--data", s.p.data); code != exitDone || stderr != "" {
			t.Errorf("%s: got %d %q", command, code, stderr)
		}
	}
	code, _, stderr := run(t, "stream", "forget", "console", "--data", s.p.data)
	if code != exitFailed || !strings.Contains(stderr, fmt.Sprintf("in use by process %d", os.Getpid())) || !strings.Contains(stderr, "ls, cat and verify do not mind one") {
		t.Errorf("forget: got %d %q", code, stderr)
	}
	code, _, stderr = run(t, "stream", "ls", "--data", filepath.Join(s.p.data, "none"))
	if code != exitFailed || !strings.Contains(stderr, "there is no stream in ") || !strings.Contains(stderr, "--data DIR") {
		t.Errorf("no directory: got %d %q", code, stderr)
	}
}

func TestTable(t *testing.T) {
	tab := table{left: map[int]bool{2: true}}
	tab.row("NAME", "N", "WHY")
	tab.row("käse", count(1234567), "x\x1b[31m")
	tab.row()
	tab.row("b", count(uint64(12)), "")
	var b strings.Builder
	tab.write(&b)
	if want := "NAME          N  WHY\nkäse  1,234,567  x\\x1b[31m\n\nb            12\n"; b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1<<20 - 1: "1.0 MiB", 5 << 30: "5.0 GiB", 1 << 60: "1048576.0 TiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456"} {
		if got := count(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
