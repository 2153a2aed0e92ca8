package jackdaw_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// pythonConfigs configures Python's logging by lines {"config", "records"}, and logs the records. What it knows of the
// configuration before is forgotten.
const pythonConfigs = `
import json, logging, logging.config, sys
logging.lastResort, logging.raiseExceptions = None, False

for line in sys.stdin:
    case = json.loads(line)
    logging.Logger.manager.loggerDict.clear()
    logging.root.filters.clear()
    logging.config.dictConfig(case["config"])
    for i, r in enumerate(case["records"]):
        logging.getLogger(r["name"]).log(r["level"], "%d", i)
    logging.shutdown()
`

// dict is the configuration of the routes, with a file for each handler. Unlike the routes it hangs handlers on a second
// logger, where no record meets one twice.
func (c routes) dict(r *rand.Rand, dir string) map[string]any {
	formats := []map[string]any{
		{"format": "%(name)s %(message)s"}, {"format": "{name} {message}", "style": "{"}, {"format": "$name ${message}", "style": "$"},
	}
	formatters, filters, handlers, loggers := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for i, f := range formats {
		formatters[fmt.Sprint(i)] = f
	}
	filtered := func(of map[string]any, name string) map[string]any {
		if name != "" {
			filters[name] = map[string]any{"name": name}
			of["filters"] = []string{name}
		}
		return of
	}
	hung := map[string][]string{}
	for i, h := range c.Handlers {
		name := fmt.Sprint(i)
		handlers[name] = filtered(map[string]any{
			"class": "logging.FileHandler", "filename": filepath.Join(dir, name), "level": h.Level, "formatter": fmt.Sprint(r.IntN(len(formats))),
		}, h.Filter)
		hung[h.Logger] = append(hung[h.Logger], name)
		if h.Logger == "b" {
			hung["a.x"] = append(hung["a.x"], name)
		}
	}
	root := map[string]any{"level": "INFO"}
	for _, l := range c.Loggers {
		of := filtered(map[string]any{"propagate": l.Propagate}, l.Filter)
		if l.Level != 0 {
			of["level"] = l.Level
		}
		if l.Name == "" {
			delete(of, "propagate")
			root = of
			continue
		}
		loggers[l.Name] = of
	}
	for logger, names := range hung {
		of, _ := loggers[logger].(map[string]any)
		switch {
		case logger == "":
			of = root
		case of == nil:
			of = map[string]any{}
			loggers[logger] = of
		}
		of["handlers"] = names
	}
	return map[string]any{"version": 1, "formatters": formatters, "filters": filters, "handlers": handlers, "loggers": loggers, "root": root}
}

// A configuration of dictConfig does here what it does in Python, one after another in the same process: each file has
// the same bytes. And so has what "jackdaw check --explain" says.
func TestConfigAsPython(t *testing.T) {
	python := testenv.Python(t)
	count := 40
	if testenv.Long() {
		count = 600
	}
	r := rand.New(rand.NewPCG(2003, 2))
	dirs := [2]string{t.TempDir(), t.TempDir()}
	h := jackdaw.New(jackdaw.Options{NoLastResort: true, OnError: func(err error) { t.Error(err) }})
	explained := map[string]string{}
	var in bytes.Buffer
	for i := range count {
		c := randomRoutes(r)
		seed := r.Uint64()
		var texts [2][]byte
		for at, dir := range dirs {
			dir = filepath.Join(dir, fmt.Sprint(i))
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(c.dict(rand.New(rand.NewPCG(seed, 0)), dir))
			if err != nil {
				t.Fatal(err)
			}
			texts[at] = text
		}
		if err := json.NewEncoder(&in).Encode(map[string]any{"config": json.RawMessage(texts[0]), "records": c.Records}); err != nil {
			t.Fatal(err)
		}
		configure(t, h, string(texts[1]))
		for i, rec := range c.Records {
			h.Logger(rec.Name).Log(t.Context(), slogLevel(rec.Level), fmt.Sprint(i))
		}
		explain(t, texts[1], c.Records, explained)
	}
	closeNow(t, h)
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonConfigs)
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	compareFiles(t, dirs[0], dirs[1], count)
	for path, want := range explained {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q as it is explained", path, got, err, want)
		}
	}
}

// explain adds to files what is in each by what "jackdaw check --explain" says of the records.
func explain(t *testing.T, text []byte, records []routedRecord, files map[string]string) {
	t.Helper()
	node, err := config.ParseJSON("test.json", text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Check(node, config.Options{File: "test.json"})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		for _, v := range c.Explain(r.Name, slogLevel(r.Level)).Handlers {
			if v.Gets {
				files[v.Handler.Params.(*config.File).Path] += fmt.Sprintf("%s %d\n", cmp.Or(r.Name, "root"), i)
			}
		}
	}
}

// compareFiles checks that Python's files are ours. Those of handlers that hang nowhere are Python's alone.
func compareFiles(t *testing.T, python, ours string, count int) {
	t.Helper()
	lines := 0
	files, err := filepath.Glob(filepath.Join(python, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(python, path)
		got, err := os.ReadFile(filepath.Join(ours, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q as in Python", name, got, err, want)
		}
		lines += bytes.Count(want, []byte("\n"))
	}
	if lines < count*5 {
		t.Errorf("%d configurations made %d lines: they say little", count, lines)
	}
}

// Each class that writes files leaves the files that Python's leaves.
func TestConfigHandlersAsPython(t *testing.T) {
	python := testenv.Python(t)
	const text = `{"version": 1,
	  "formatters": {"g": {"format": "{levelno:>5} {name!r} {message}", "style": "{"}},
	  "filters": {"a": {"name": "a"}},
	  "handlers": {
	    "file": {"class": "logging.FileHandler", "filename": "DIR/file", "mode": "w", "encoding": "latin-1", "errors": "backslashreplace", "delay": true, "formatter": "g"},
	    "watched": {"class": "logging.handlers.WatchedFileHandler", "filename": "DIR/watched", "formatter": "g", "filters": ["a"]},
	    "rotating": {"class": "logging.handlers.RotatingFileHandler", "filename": "DIR/rotating", "maxBytes": 200, "backupCount": 4, "formatter": "g"},
	    "never": {"class": "logging.handlers.RotatingFileHandler", "filename": "DIR/never", "maxBytes": 200, "formatter": "g"},
	    "timed": {"class": "logging.handlers.TimedRotatingFileHandler", "filename": "DIR/timed", "when": "W3", "backupCount": 4, "formatter": "g", "level": "WARNING"},
	    "memory": {"class": "logging.handlers.MemoryHandler", "capacity": 7, "flushLevel": 40, "target": "target", "level": "INFO"},
	    "target": {"class": "logging.FileHandler", "filename": "DIR/target", "formatter": "g", "level": "CRITICAL", "filters": ["a"]},
	    "null": {"class": "logging.NullHandler"}
	  },
	  "loggers": {"a": {"handlers": ["watched", "memory"]}, "b": {"handlers": ["null", "memory"], "level": "INFO"}},
	  "root": {"level": "DEBUG", "handlers": ["file", "rotating", "never", "timed"]}}`
	dirs := [2]string{t.TempDir(), t.TempDir()}
	var records []routedRecord
	for i := range 100 {
		records = append(records, routedRecord{[]string{"a", "b", "a.é", "€"}[i*7%4], []int{10, 20, 30, 20, 10, 30, 20, 40, 50}[i*i%9]})
	}
	of := func(dir string) string { return strings.ReplaceAll(text, "DIR", filepath.Join(dir, "all")) }
	for _, dir := range dirs {
		if err := os.Mkdir(filepath.Join(dir, "all"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var in bytes.Buffer
	if err := json.NewEncoder(&in).Encode(map[string]any{"config": json.RawMessage(of(dirs[0])), "records": records}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonConfigs)
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	h, err := jackdaw.FromConfig([]byte(of(dirs[1])), jackdaw.Options{OnError: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		h.Logger(r.Name).Log(t.Context(), slogLevel(r.Level), fmt.Sprint(i))
	}
	closeNow(t, h)
	compareFiles(t, dirs[0], dirs[1], 50)
	for _, dir := range dirs {
		if files, err := os.ReadDir(filepath.Join(dir, "all")); err != nil || len(files) != 10 {
			t.Errorf("%s: got %d files, %v, want 10", dir, len(files), err)
		}
	}
}
