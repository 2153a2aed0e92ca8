package config_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
)

// askPython gives each question to a Python script as a line of JSON, and returns its answers, a line each.
func askPython[A any](t *testing.T, python, script string, questions []any) []A {
	t.Helper()
	var in, stderr bytes.Buffer
	for _, q := range questions {
		line, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command(python, "-c", script)
	cmd.Dir, cmd.Stdin, cmd.Stderr = t.TempDir(), &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var answers []A
	for line := range bytes.Lines(out) {
		var a A
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("got %q from Python: %v", line, err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(questions) {
		t.Fatalf("got %d answers from Python, want %d\n%s", len(answers), len(questions), stderr.Bytes())
	}
	return answers
}

// pythonReset makes logging as it is at the start of a program.
const pythonReset = `
import json, logging, logging.config, logging.handlers, sys
logging.raiseExceptions = False
def reset():
    logging.root = logging.RootLogger(logging.WARNING)
    logging.Logger.root = logging.root
    logging.Logger.manager = logging.Manager(logging.root)
    logging._handlers.clear()
    del logging._handlerList[:]
`
