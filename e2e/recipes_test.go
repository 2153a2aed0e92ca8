package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// recipe is a part of docs/python.md that is tried.
type recipe struct {
	name    string
	config  string   // jackdaw.yaml
	command []string // the arguments of jackdaw
	code    string   // of Python
	arrives []string // what is to arrive, nil where the page does not say it
}

// recipesOf returns the recipes of the cookbook, and the names of those that have no code.
func recipesOf(t *testing.T) (recipes []recipe, bare []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/python.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(text), "\n# The recipes of the cookbook\n")
	if !found {
		t.Fatal("docs/python.md has no recipes of the cookbook")
	}
	for section := range strings.SplitSeq(part, "\n### ") {
		name, rest, _ := strings.Cut(section, "\n")
		before := len(recipes)
		r := recipe{name: name, command: []string{"serve"}}
		for i, fenced := range strings.Split(rest, "\n```") {
			if i%2 == 0 {
				continue
			}
			language, code, _ := strings.Cut(fenced, "\n")
			switch language {
			case "yaml":
				r.config = code
			case "":
				r.command = words(t, code)[1:]
			case "ini":
				_, start, _ := strings.Cut(code, "\nExecStart=")
				start, _, _ = strings.Cut(start, "\n")
				r.command = words(t, start)[1:]
			case "python":
				r.code = code + "\n"
				recipes = append(recipes, r)
				r = recipe{name: name, command: []string{"serve"}}
			case "text":
				recipes[len(recipes)-1].arrives = strings.Split(code, "\n")
			}
		}
		if len(recipes) == before {
			bare = append(bare, name)
		}
	}
	return recipes, bare[1:] // without what stands before the first
}

// words returns the words of a command, as a shell reads it.
func words(t *testing.T, command string) []string {
	t.Helper()
	out, err := child(t, "sh", "-c", `printf '%s\n' `+strings.ReplaceAll(strings.TrimSpace(command), "\n", " ")).Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// afterRecipe is what a recipe needs besides: how it is called, or what it leaves. The files are those of the server.
var afterRecipe = map[string]struct {
	call  string
	files []string
	lines int // of the files, in all
}{
	"Deploying web applications using Gunicorn and uWSGI": {call: `
import os
child = os.fork()
if child == 0:
    post_fork(None, None)
    logging.shutdown()
    os._exit(0)
os.waitpid(child, 0)
`},
	"Using file rotation": {files: []string{"app.jsonl", "app.jsonl.1", "app.jsonl.2", "app.jsonl.3"}, lines: 20},
	"Using a rotator and namer to customize log rotation processing": {files: []string{"app.jsonl", "app.jsonl.1.gz", "app.jsonl.2.gz"}, lines: 20},
	"Logging to a single file from multiple processes":               {files: []string{"app.jsonl"}, lines: 3},
	"Running a logging socket listener in production":                {files: []string{"app.jsonl"}, lines: 1},
}

// TestRecipes tries the recipes of docs/python.md, as they stand there.
func TestRecipes(t *testing.T) {
	testenv.Python(t)
	recipes, bare := recipesOf(t)
	if len(recipes) < 25 {
		t.Errorf("got %d recipes, want them all", len(recipes))
	}
	if want := []string{"Sending logging messages to email, with buffering", "Patterns to avoid"}; !slices.Equal(bare, want) {
		t.Errorf("recipes without code: got %q, want %q", bare, want)
	}
	for _, r := range recipes {
		t.Run(r.name, func(t *testing.T) { tryRecipe(t, r) })
	}
}

func tryRecipe(t *testing.T, r recipe) {
	dir := t.TempDir()
	after := afterRecipe[r.name]
	s, code := serveRecipe(t, dir, r)
	program := filepath.Join(dir, "recipe.py")
	if err := os.WriteFile(program, []byte(code+after.call), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, testenv.Python(t), program)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the recipe: got %v, want a silent end:\n%s", err, out)
	}
	if strings.Contains(code, "SysLogHandler") { // whose datagrams are not confirmed
		s.wait(len(r.arrives))
	}
	for _, name := range after.files { // gzip comes in its time
		awaitFile(t, filepath.Join(dir, name), "a file", func([]byte) bool { return true })
	}
	s.stop()
	if n := linesOf(t, filepath.Join(dir, "app.jsonl*")); n != after.lines {
		t.Errorf("the files: got %d lines, want %d", n, after.lines)
	}
	var got []string
	switch {
	case r.config != "":
		got = logs(t, dir)
	case slices.Contains(r.command, "--format"):
		got = strings.Split(strings.TrimSpace(string(s.out)), "\n")
	default:
		for _, x := range s.records() {
			got = append(got, brief(x))
		}
		slices.Sort(got)
		slices.Sort(r.arrives)
	}
	if r.arrives != nil && !slices.Equal(got, r.arrives) {
		t.Errorf("got %q, want what the page says: %q", got, r.arrives)
	}
}

// serveRecipe starts what a recipe says is to be run, at free ports and in a directory, and returns its code for that.
func serveRecipe(t *testing.T, dir string, r recipe) (s *server, code string) {
	t.Helper()
	if r.command[0] != "serve" {
		t.Fatalf("got jackdaw %q, want serve", r.command)
	}
	args := r.command[1:]
	for i, arg := range args {
		switch {
		case i > 0 && (args[i-1] == "--file" || args[i-1] == "--data"):
			args[i] = filepath.Join(dir, filepath.Base(arg))
		case i > 0 && args[i-1] == "--config":
			args[i] = filepath.Join(dir, arg)
			config := strings.ReplaceAll(r.config, "filename: ", "filename: "+dir+string(filepath.Separator))
			if err := os.WriteFile(args[i], []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
		case i > 0 && args[i-1] == "--syslog":
			args[i] = "127.0.0.1:0"
		}
	}
	if slices.Contains(args, "--format") {
		args = append(args, "--color", "never")
		s = start(t, "", append([]string{"serve", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "off", "--udp", "off", "--tcp", "127.0.0.1:0"}, args...)...)
	} else {
		s = serve(t, append([]string{"--udp", "off", "--tcp", "127.0.0.1:0"}, args...)...)
	}
	_, port := s.tcp()
	places := []string{`"localhost", 9020`, `"127.0.0.1", ` + port, `"port": 9020`, `"port": ` + port, "9030", strconv.Itoa(testenv.FreePort(t))}
	if slices.Contains(args, "--syslog") {
		_, syslog, _ := strings.Cut(s.address("syslog-udp"), ":")
		places = append(places, `"localhost", 5514`, `"127.0.0.1", `+syslog)
	}
	return s, strings.NewReplacer(places...).Replace(r.code)
}

// linesOf counts the lines of files, some of which may be compressed.
func linesOf(t *testing.T, pattern string) (n int) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b := must(os.ReadFile(path))
		if strings.HasSuffix(path, ".gz") {
			b = must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(b)))))
		}
		n += bytes.Count(b, []byte{'\n'})
	}
	return n
}

// logs returns the lines of all logs in a directory, each behind the name of its file.
func logs(t *testing.T, dir string) (lines []string) {
	t.Helper()
	for _, path := range must(filepath.Glob(filepath.Join(dir, "*.log"))) {
		for line := range strings.Lines(string(must(os.ReadFile(path)))) {
			lines = append(lines, filepath.Base(path)+": "+strings.TrimSuffix(line, "\n"))
		}
	}
	slices.Sort(lines)
	return lines
}

// brief is a record as the page shows it: level, logger, message, the attrs by name, and the type of an exception.
func brief(r received) string {
	words := []string{r.Level, r.Logger + ":", r.Message}
	for _, key := range slices.Sorted(maps.Keys(r.Attrs)) {
		text, ok := r.Attrs[key].(string)
		if !ok {
			text = string(must(json.Marshal(r.Attrs[key])))
		}
		words = append(words, key+"="+text)
	}
	if r.Exception != nil {
		words = append(words, r.Exception.Type)
	}
	return strings.Join(words, " ")
}
