package handler_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// pythonRotations logs by Python's own handlers: a JSON line [directory, options, [[seconds to wait,
// message] …]] in, a line {file: content} out.
const pythonRotations = `
import json, logging, logging.handlers as handlers, os, sys, time

class Clock:
    def __getattr__(self, name):
        return getattr(time, name)
    def time(self):
        return self.now

clock = handlers.time = Clock()
for line in sys.stdin:
    directory, options, steps = json.loads(line)
    clock.now = 946684800 # the year 2000
    # delay: else it would begin with the time at which the file is made, which is the machine's
    kind = handlers.TimedRotatingFileHandler if "when" in options else handlers.RotatingFileHandler
    h = kind(os.path.join(directory, "app.log"), delay=True, **options)
    for wait, message in steps:
        clock.now += wait
        h.emit(logging.makeLogRecord({"msg": message}))
    h.close()
    tree = {}
    for name in os.listdir(directory):
        with open(os.path.join(directory, name)) as f:
            tree[name] = f.read()
    print(json.dumps(tree))
`

// rotations is what is logged, by which handler.
type rotations struct {
	options handler.FileOptions
	waits   []int
	texts   []string
}

// python returns the line that has Python do the same in a directory.
func (s *rotations) python(t *testing.T, dir string) []byte {
	t.Helper()
	options := map[string]any{"backupCount": s.options.BackupCount}
	if s.options.When == "" {
		options["maxBytes"] = s.options.MaxBytes
	} else {
		options["when"], options["interval"], options["utc"] = s.options.When, max(s.options.Interval, 1), s.options.UTC
	}
	steps := [][]any{}
	for i := range s.texts {
		steps = append(steps, []any{s.waits[i], s.texts[i]})
	}
	b, err := json.Marshal([]any{dir, options, steps})
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// run logs the same by our handler, and returns the files.
func (s *rotations) run(t *testing.T) (files map[string]string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, s.options))
		var batch []string
		for i, text := range s.texts {
			if s.waits[i] > 0 && len(batch) > 0 {
				handle(t, file, logged(batch...))
				batch = nil
			}
			time.Sleep(time.Duration(s.waits[i]) * time.Second)
			batch = append(batch, text)
		}
		if len(batch) > 0 {
			handle(t, file, logged(batch...))
		}
		files = tree(t, dir)
	})
	return files
}

// The same records make the same files as in Python, and every file holds the same.
func TestRotationAsPython(t *testing.T) {
	python := testenv.Python(t)
	local(t, "Europe/Berlin")
	r := rand.New(rand.NewPCG(2000, 1))
	var all []rotations
	count := 60
	if testenv.Long() {
		count = 1000
	}
	for i := range count {
		s := rotations{options: handler.FileOptions{BackupCount: 1 + r.IntN(5)}}
		longest := 1
		if i%3 == 0 {
			s.options.MaxBytes = 100 + r.Int64N(200)
		} else {
			s.options.When = []string{"S", "M", "H", "D", "midnight", "W0", "W3", "W6"}[r.IntN(8)]
			s.options.BackupCount = r.IntN(4) // 0 keeps all
			s.options.UTC = r.IntN(3) == 0
			// Until the end of winter, within a zone whose summer has another time.
			longest = map[byte]int{'S': 3, 'M': 200, 'H': 9000}[s.options.When[0]]
			if longest == 0 {
				longest = 2 * 86400
			} else {
				s.options.Interval = r.IntN(3)
			}
		}
		for range 40 {
			s.texts = append(s.texts, strings.Repeat("abc"[r.IntN(3):][:1], r.IntN(99)))
			s.waits = append(s.waits, r.IntN(2)*r.IntN(longest))
		}
		all = append(all, s)
	}

	var in bytes.Buffer
	for i := range all {
		in.Write(all[i].python(t, t.TempDir()))
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonRotations)
	cmd.Env = append(cmd.Environ(), "TZ=CET-1CEST,M3.5.0,M10.5.0/3")
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for line := range bytes.Lines(out) {
		var want map[string]string
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		got := all[i].run(t)
		if !maps.Equal(got, want) {
			t.Errorf("%+v: got\n\t%q\nwant\n\t%q", all[i].options, contents(got), contents(want))
		}
		i++
	}
	if i != count {
		t.Errorf("Python answered %d of %d", i, count)
	}
}

func contents(files map[string]string) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lines = append(lines, name+": "+files[name])
	}
	return lines
}
