package pickle

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "rewrite what the golden files expect")

// golden is a frame of a golden file, which testdata/make_frames.py describes.
type golden struct {
	name    string
	payload []byte
	want    string
}

// goldens reads a golden file.
func goldens(t testing.TB, file string) (cases []golden) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(text), "# ") {
		if part == "" {
			continue
		}
		name, rest, _ := strings.Cut(part, "\n")
		in, want, ok := strings.Cut(rest, "----\n")
		payload, err := hex.DecodeString(strings.ReplaceAll(in, "\n", ""))
		if !ok || err != nil {
			t.Fatalf("%s, %s: malformed: %v", file, name, err)
		}
		cases = append(cases, golden{name, payload, strings.TrimSpace(want)})
	}
	return cases
}

// decoded is the JSON form of the record that a frame holds, or the error.
func decoded(d *Decoder, payload []byte) string {
	var r record.Record
	if err := d.Decode(payload, &r); err != nil {
		return err.Error()
	}
	return string(record.AppendJSON(nil, &r))
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files: got %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			var out bytes.Buffer
			d := NewDecoder(Limits{})
			for _, c := range goldens(t, file) {
				got := decoded(d, c.payload)
				if !*update && got != c.want {
					t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
				}
				if !strings.HasPrefix(c.name, "reject") && !json.Valid([]byte(got)) {
					t.Errorf("%s: got %s, want a record", c.name, got)
				}
				out.WriteString("# " + c.name + "\n")
				for line := range strings.SplitSeq(wrapped(hex.EncodeToString(c.payload)), "\n") {
					out.WriteString(line + "\n")
				}
				out.WriteString("----\n" + got + "\n\n")
			}
			if *update {
				if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// wrapped breaks hexadecimal digits into lines as make_frames.py does.
func wrapped(digits string) string {
	var b strings.Builder
	for len(digits) > 160 {
		b.WriteString(digits[:160] + "\n")
		digits = digits[160:]
	}
	return b.String() + digits
}
