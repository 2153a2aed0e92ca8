package syslog

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "rewrite what the golden file expects")

// golden is what testdata/senders.py printed, with Python 3.11, logger of util-linux 2.38 and rsyslog 8.2302, and what
// syslog-ng 3.38 passed on of messages by logger and of RFC 5424; and the records that it is.
const golden = "testdata/senders.txt"

// now is when the messages were sent.
var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.FixedZone("", 3600))

type sent struct {
	name string
	data []byte
	want string
}

func parse(t testing.TB, text string) (all []sent) {
	t.Helper()
	for part := range strings.SplitSeq(text, "# ") {
		if part == "" {
			continue
		}
		name, rest, _ := strings.Cut(part, "\n")
		in, want, _ := strings.Cut(rest, "----\n")
		data, err := hex.DecodeString(strings.ReplaceAll(in, "\n", ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, sent{name, data, strings.TrimSpace(want)})
	}
	return all
}

func goldens(t testing.TB) []sent {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

// messages returns the messages of a stream, and what is left of it.
func messages(b []byte) (list [][]byte, rest []byte) {
	var f Framer
	for {
		m := f.Next(b)
		b = b[m.Taken:]
		switch {
		case m.Text != nil:
			list = append(list, m.Text)
		case m.Bad || !f.Settle():
			return list, b
		}
	}
}

// shown returns the JSON form of the records that were sent.
func shown(t testing.TB, s sent) string {
	t.Helper()
	list := [][]byte{s.data}
	if strings.HasPrefix(s.name, "stream ") {
		var rest []byte
		if list, rest = messages(s.data); len(rest) > 0 {
			t.Errorf("%s: got %q left, want nothing", s.name, rest)
		}
	}
	var out []byte
	for _, m := range list {
		var r record.Record
		if err := new(Decoder).Decode(m, now, &r); err != nil {
			t.Errorf("%s: %q: %v", s.name, m, err)
		}
		out = append(record.AppendJSON(out, &r), '\n')
	}
	return string(bytes.TrimSpace(out))
}

func TestGolden(t *testing.T) {
	var out strings.Builder
	for _, s := range goldens(t) {
		got := shown(t, s)
		if got != s.want && !*update {
			t.Errorf("%s:\ngot  %s\nwant %s", s.name, got, s.want)
		}
		out.WriteString("# " + s.name + "\n")
		for digits := hex.EncodeToString(s.data); digits != ""; {
			n := min(len(digits), 160)
			out.WriteString(digits[:n] + "\n")
			digits = digits[n:]
		}
		out.WriteString("----\n" + got + "\n\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The Python at hand sends what the golden file holds.
func TestPython(t *testing.T) {
	want := make(map[string]string)
	for _, s := range goldens(t) {
		want[s.name] = s.want
	}
	out, err := exec.Command(testenv.Python(t), "testdata/senders.py", "python").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := parse(t, string(out))
	for _, s := range all {
		if got := shown(t, s); got != want[s.name] {
			t.Errorf("%s:\ngot  %s\nwant %s", s.name, got, want[s.name])
		}
	}
	if len(all) < 15 {
		t.Errorf("got %d messages, want them all", len(all))
	}
}
