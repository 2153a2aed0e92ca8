package form

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// appended are records of all kinds, without what a form cannot bring.
func appended() []record.Record {
	at := time.Date(2026, 11, 22, 10, 41, 41, 702_123_000, time.UTC)
	return []record.Record{
		{Message: "bare"},
		{
			Time: at, Level: slog.LevelWarn, Logger: "shop.pay", Message: "100 % — größer & =+~\n", Host: "web-1",
			Attrs: []slog.Attr{
				slog.Int("user_id", 42), slog.Float64("took", 1.5), slog.Bool("ok", true), slog.Any("none", nil), slog.String("name", "Zoë"),
				slog.Group("request", slog.String("path", "/"), slog.Any("codes", []any{int64(1), "x"})), slog.Duration("d", 1500*time.Millisecond),
			},
			Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890123, Name: "MainThread"}, Task: "Task-1",
			Source: slog.Source{File: "/srv/pay.tar.py", Line: 10, Function: "charge"}, Trace: record.Trace{ID: [16]byte{1}, Span: [8]byte{2}, Flags: 1},
			Exception: &record.Exception{Traceback: "Traceback (most recent call last):\n  …\nValueError: x"}, Stack: "Stack:\n x",
		},
		{Time: at, Level: 2, LevelNo: 26, LevelName: "NOTICE", Message: "m"}, {Time: at, Level: 1, Message: "m"}, {Time: at, Level: -8, LevelName: "TRACE", Message: "m"},
	}
}

// pythonForms makes the form of pickles, a line of hexadecimal digits each, as HTTPHandler does.
const pythonForms = `
import pickle, sys, urllib.parse
for line in sys.stdin:
    d = pickle.loads(bytes.fromhex(line))
    d["args"] = ()
    print(urllib.parse.urlencode(d))
`

// A form is what Python's HTTPHandler makes of the record that Python's wire brings.
func TestAppendAsPython(t *testing.T) {
	var in bytes.Buffer
	var forms []string
	for _, r := range appended() {
		fmt.Fprintln(&in, hex.EncodeToString(pickle.Append(nil, &r)))
		forms = append(forms, string(Append(nil, &r)))
	}
	cmd := exec.CommandContext(t.Context(), testenv.Python(t), "-c", pythonForms)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(forms) {
		t.Fatalf("Python answered %d of %d", len(lines), len(forms))
	}
	for i, want := range lines {
		if forms[i] != want {
			t.Errorf("record %d:\n got %s\nwant %s", i, forms[i], want)
		}
	}
}

// What Append writes, Decode reads.
func TestAppendDecode(t *testing.T) {
	d := NewDecoder(Limits{})
	for i, r := range appended() {
		var got record.Record
		if err := d.Decode(Append(nil, &r), &got); err != nil {
			t.Fatal(err)
		}
		if got.Message != r.Message || !got.Time.Equal(r.Time) || got.Level != r.Level || got.Process != r.Process || got.Thread != r.Thread || got.Task != r.Task ||
			got.Source != r.Source || !reflect.DeepEqual(got.Exception == nil, r.Exception == nil) || got.Stack != r.Stack {
			t.Errorf("record %d:\n got %+v\nwant %+v", i, got, r)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("a&b=c+%\x00", "name")
	f.Fuzz(func(t *testing.T, s, key string) {
		r := record.Record{Logger: s, Message: s, Attrs: []slog.Attr{slog.String(key, s)}, Stack: s}
		text := Append(nil, &r)
		for _, c := range text {
			if c <= ' ' || c >= 0x7f || c == '"' || c == '<' {
				t.Fatalf("got %q", text)
			}
		}
		var got record.Record
		if err := NewDecoder(Limits{}).Decode(text, &got); err != nil {
			t.Fatal(err)
		}
	})
}
