package pickle

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"os/exec"
	"strconv"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// What a real Python says of its records is what the decoder says.
func TestAgainstPython(t *testing.T) {
	count := 3000
	if testenv.Long() {
		count = 100_000
	}
	cmd := exec.Command(testenv.Python(t), "testdata/random_records.py", "1", strconv.Itoa(count))
	cmd.Env = append(cmd.Environ(), "PYTHONHASHSEED=0")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(Limits{})
	frames := bufio.NewReader(out)
	n := 0
	for ; ; n++ {
		line, err := frames.ReadBytes('\n')
		if err != nil {
			break // Python is done, or has found a difference
		}
		payload, err := hex.DecodeString(string(bytes.TrimSpace(line)))
		if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
		if _, err := in.Write([]byte(decoded(d, payload) + "\n")); err != nil {
			t.Fatalf("answer %d: %v", n, err)
		}
	}
	if err := cmd.Wait(); err != nil || n != count {
		t.Errorf("after %d of %d records: %v\n%s", n, count, err, &complaint)
	}
}
