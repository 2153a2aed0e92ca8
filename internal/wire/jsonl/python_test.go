package jsonl

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "rewrite the expected parts of the golden files")

const golden = "testdata/logrecord.txt"

// goldenCases returns the input and the expected text of each case of the golden file: what
// Python 3.13 printed for testdata/logrecord.py, and the own form of the record that this is.
func goldenCases(t testing.TB) (cases [][2]string) {
	t.Helper()
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		in, want, ok := strings.Cut(block+"\n", "\n----\n")
		if !ok {
			t.Fatalf("%s: no ---- in %q", golden, block)
		}
		cases = append(cases, [2]string{in, strings.TrimSpace(want)})
	}
	return cases
}

func TestDecodeLogRecord(t *testing.T) {
	var rewritten strings.Builder
	for _, c := range goldenCases(t) {
		r := decode(t, c[0])
		got := string(record.AppendJSON(nil, &r))
		if got != c[1] && !*update {
			t.Errorf("Decode(%s):\ngot  %s\nwant %s", c[0], got, c[1])
		}
		rewritten.WriteString(c[0] + "\n----\n" + got + "\n\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(rewritten.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// python runs testdata/logrecord.py with a real Python and returns the lines it prints.
func python(t *testing.T, args ...string) []string {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.Command(testenv.Python(t), append([]string{"testdata/logrecord.py"}, args...)...)
	cmd.Env = append(cmd.Environ(), "PYTHONIOENCODING=utf-8")
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("Python: %v\n%s", err, &complaints)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// The Python at hand sends what the golden file holds, save for the time and its ids.
func TestDecodeLogRecordPython(t *testing.T) {
	cases := goldenCases(t)
	lines := python(t)
	if len(lines) != len(cases) {
		t.Fatalf("got %d lines of Python, want %d", len(lines), len(cases))
	}
	for i, line := range lines {
		got, want := decode(t, line), decode(t, cases[i][0])
		if got.Time.IsZero() || got.Process.PID == 0 || got.Thread.ID == 0 {
			t.Errorf("%s: got time %v, process %v, thread %v, want them set", line, got.Time, got.Process, got.Thread)
		}
		got.Time, got.Process.PID, got.Thread.ID = want.Time, want.Process.PID, want.Thread.ID
		if got, want := record.AppendJSON(nil, &got), record.AppendJSON(nil, &want); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Python shows random values just as we show what we read of them.
func TestDecodeValuesPython(t *testing.T) {
	lines := python(t, "2000")
	var d Decoder
	for i := 0; i+2 < len(lines); i += 3 {
		var r record.Record
		if err := d.Decode([]byte(lines[i]), &r); err != nil {
			t.Errorf("Decode(%s): %v", lines[i], err)
			continue
		}
		if len(r.Attrs) != 1 || r.Attrs[0].Key != "v" {
			t.Errorf("attrs of %s: got %v, want v alone", lines[i], r.Attrs)
			continue
		}
		if got := string(logrecord.AppendRepr(nil, r.Attrs[0].Value)); got != lines[i+1] {
			t.Errorf("value of %s:\ngot  %s\nwant %s", lines[i], got, lines[i+1])
		}
		if got := string(logrecord.AppendRepr(nil, slog.StringValue(r.Message))); got != lines[i+2] {
			t.Errorf("message of %s:\ngot  %s\nwant %s", lines[i], got, lines[i+2])
		}
	}
}
