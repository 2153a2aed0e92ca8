package form

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

var update = flag.Bool("update", false, "rewrite the expected parts of the golden file")

// golden is what Python 3.11 sent for testdata/forms.py, and the record that each form is.
const golden = "testdata/forms.txt"

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

func decode(t testing.TB, form string) (r record.Record) {
	t.Helper()
	if err := new(Decoder).Decode([]byte(form), &r); err != nil {
		t.Fatalf("Decode(%s): %v", form, err)
	}
	return r
}

func TestGolden(t *testing.T) {
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

// python runs testdata/forms.py with a real Python and returns the forms with their messages, nil for one
// that Python cannot make.
func python(t *testing.T, args ...string) (forms []string, messages []*string) {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.Command(testenv.Python(t), append([]string{"testdata/forms.py"}, args...)...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("Python: %v\n%s", err, &complaints)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		var message *string
		if err := json.Unmarshal([]byte(lines[i+1]), &message); err != nil {
			t.Fatal(err)
		}
		forms, messages = append(forms, lines[i]), append(messages, message)
	}
	return forms, messages
}

// The Python at hand sends what the golden file holds, save for the time and its ids.
func TestPython(t *testing.T) {
	cases := goldenCases(t)
	forms, _ := python(t)
	if len(forms) != len(cases) {
		t.Fatalf("got %d forms of Python, want %d", len(forms), len(cases))
	}
	for i, form := range forms {
		got, want := decode(t, form), decode(t, cases[i][0])
		if got.Time.IsZero() || (got.Process.PID == 0) != (want.Process.PID == 0) || (got.Thread.ID == 0) != (want.Thread.ID == 0) {
			t.Errorf("%s: got time %v, process %v, thread %v, want them set", form, got.Time, got.Process, got.Thread)
		}
		got.Time, got.Process.PID, got.Thread.ID, got.Stack = want.Time, want.Process.PID, want.Thread.ID, want.Stack
		if got, want := record.AppendJSON(nil, &got), record.AppendJSON(nil, &want); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What is put into a random template is what Python puts there, or nothing is.
func TestMessagesPython(t *testing.T) {
	count := 5000
	if testenv.Long() {
		count = 200_000
	}
	forms, messages := python(t, strconv.Itoa(count))
	merged, right := 0, 0
	for i, form := range forms {
		r := decode(t, form)
		if len(r.Attrs) > 0 {
			if r.Attrs[0].Key != "args" || len(r.Attrs) > 1 {
				t.Errorf("%s: got attrs %v, want args alone", form, r.Attrs)
			}
			if messages[i] != nil {
				right++
			}
			continue
		}
		switch {
		case messages[i] == nil:
			t.Errorf("%s:\ngot %q, want what Python cannot make left alone", form, r.Message)
		case utf8.ValidString(r.Message) && r.Message != *messages[i]:
			t.Errorf("%s:\ngot  %q\nwant %q", form, r.Message, *messages[i])
		}
		merged++
	}
	t.Logf("of %d: %d merged, %d left alone that Python can make", len(forms), merged, right)
	if merged < len(forms)/4 || right > merged/4 {
		t.Errorf("of %d forms: got %d merged and %d left alone that Python can make, want more", len(forms), merged, right)
	}
}
