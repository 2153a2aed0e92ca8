package otlp

import (
	"bytes"
	"encoding/hex"
	"flag"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "rewrite what the golden files expect")

// golden is a message of a golden file: its name, its bytes in hexadecimal digits, "----", and the JSON
// form of the records that it holds. A name that begins with JSON says that the message is in JSON.
type golden struct {
	name    string
	message []byte
	want    string
}

// goldens reads a golden file.
func goldens(t testing.TB, file string) (cases []golden) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq("\n"+string(text), "\n# ") {
		if part == "" {
			continue
		}
		name, rest, _ := strings.Cut(part, "\n")
		in, want, ok := strings.Cut(rest, "----\n")
		message, err := hex.DecodeString(strings.ReplaceAll(in, "\n", ""))
		if !ok || err != nil {
			t.Fatalf("%s, %s: malformed: %v", file, name, err)
		}
		cases = append(cases, golden{name, message, strings.TrimSpace(want)})
	}
	return cases
}

func writeGoldens(t *testing.T, file string, cases []golden) {
	t.Helper()
	var out bytes.Buffer
	for _, c := range cases {
		out.WriteString("# " + c.name + "\n")
		for line := range slices.Chunk([]byte(hex.EncodeToString(c.message)), 160) {
			out.Write(append(line, '\n'))
		}
		out.WriteString("----\n" + c.want + "\n\n")
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The files named for their languages are what OpenTelemetry's own SDKs send.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatalf("golden files: got %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			cases := goldens(t, file)
			var d Decoder
			for i := range cases {
				c := &cases[i]
				decode := d.Decode
				if strings.HasPrefix(c.name, "JSON") {
					decode = d.DecodeJSON
				}
				records, err := decode(c.message, nil)
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
					continue
				}
				got := jsonLines(records)
				if !*update && got != c.want {
					t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
				}
				c.want = got
				again, err := d.Decode(Append(nil, records), nil)
				if err != nil {
					t.Errorf("%s, again: %v", c.name, err)
				}
				same(t, c.name+", again", again, records)
			}
			if *update {
				writeGoldens(t, file, cases)
			}
		})
	}
}

// ownFile holds what Append writes. Streams on disk hold it too: what is there must be read for ever.
const ownFile = "testdata/own.txt"

func TestGoldenOwn(t *testing.T) {
	if *update {
		var cases []golden
		for _, c := range ownBatches() {
			cases = append(cases, golden{c.name, Append(nil, c.batch), jsonLines(c.batch)})
		}
		writeGoldens(t, ownFile, cases)
	}
	cases := goldens(t, ownFile)
	for i, c := range ownBatches() {
		if i >= len(cases) || cases[i].name != c.name {
			t.Fatalf("%s: not in %s", c.name, ownFile)
		}
		if got := Append(nil, c.batch); !bytes.Equal(got, cases[i].message) {
			t.Errorf("%s: Append\n got %x\nwant %x", c.name, got, cases[i].message)
		}
		var d Decoder
		records, err := d.Decode(cases[i].message, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		same(t, c.name, records, c.batch)
	}
}

type ownBatch struct {
	name  string
	batch []record.Record
}

func ownBatches() []ownBatch {
	at := time.Unix(1795344101, 702123456).UTC()
	berlin := time.FixedZone("CET", 3600)
	full := record.Record{
		Time: at, Level: 3, Logger: "shop.pay", Message: "declined", Received: at.Add(time.Millisecond), Peer: "127.0.0.1:51234",
		Source:    slog.Source{Function: "app.pay", File: "/srv/app/pay.py", Line: 7},
		Exception: &record.Exception{Type: "ValueError", Message: "x", Traceback: "Traceback (most recent call last):\nValueError: x"}, Stack: "Stack (most recent call last):",
		Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890176, Name: "MainThread"}, Task: "Task-1", Host: "web-1",
		Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{0xf0, 7: 0xb7}, Flags: 1}, LevelNo: 28, LevelName: "NOTICE",
		ID:    record.ID{Epoch: 123456789, Sequence: 42, Index: 7},
		Attrs: []slog.Attr{slog.Int("n", -5), slog.String("s", "ü"), slog.Bool("b", true), slog.Float64("f", 0.5), slog.Any("nil", nil), slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.Int("a", 2)))},
	}
	types := record.Record{Level: 16, LevelName: "CRITICAL+4", Thread: record.Thread{ID: math.MaxUint64}, Time: time.Unix(-1, 5).In(berlin), Received: at.In(berlin), Attrs: []slog.Attr{
		slog.Duration("duration", 1500*time.Millisecond), slog.Time("time", at.In(berlin)), slog.Uint64("uint", math.MaxUint64), slog.Uint64("small", 5), slog.Int("same", 1), slog.Uint64("same", 1),
		slog.Any("bytes", []byte{0, 0xff}), slog.Any("map", map[string]any{"k": uint64(1), "n": nil}), slog.Any("list", []any{int64(1), "x", nil, map[string]any{"d": time.Second}, []any{}}),
		slog.Group("g", slog.Time("t", at)), slog.Group("empty"), slog.Any("emptyMap", map[string]any{}),
	}}
	foreign := record.Record{Message: `{"a":1}`, Logger: "browser", Trace: record.Trace{Flags: 1}, Attrs: []slog.Attr{
		slog.Group("", slog.String("service.name", "shop")), slog.String(keyResourceSchema, "https://r"), slog.Int(keyResourceDropped, 1),
		slog.String(keyScopeVersion, "1.2"), slog.String(keyScopeSchema, "https://s"), slog.Group(keyScopeAttrs, slog.Int("k", 1)), slog.Int(keyScopeDropped, 2),
		slog.String(keyEventName, "page.view"), slog.Int(keyFlags, 0x101), slog.Int(keyDropped, 3), slog.Group(keyBody, slog.Int("a", 1)), slog.String("session.id", "s"),
	}}
	return []ownBatch{
		{"nothing", nil},
		{"an empty record", []record.Record{{}}},
		{"all fields", []record.Record{full}},
		{"types", []record.Record{types}},
		{"keys of fields", []record.Record{{Attrs: []slog.Attr{slog.Int("thread.id", 5), slog.String("code.function", "f"), slog.Group(keyTypes, slog.Int("x", 1)), slog.String(ownKey+"x", "y"), slog.String("thread.name", "n")}, Thread: record.Thread{Name: "own"}}}},
		{"no UTF-8", []record.Record{{Logger: "a\xff", Message: "\xed\xb3\xbf \uef80", Host: "h\x80", Attrs: []slog.Attr{slog.String("k\xfe", "v"), slog.Any("list", []any{"\xc3"})}}}},
		{"what others have", []record.Record{foreign, foreign}},
		{"loggers and processes that take turns", []record.Record{{Logger: "a"}, {Logger: "a"}, {Logger: "b"}, {Logger: "a"}, {Logger: "a", Host: "h"}, {Logger: "a", Host: "h", Process: record.Process{PID: 1}}}},
	}
}
