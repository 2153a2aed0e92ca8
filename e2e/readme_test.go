package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// blocks returns the code of the given language in a document at the root, in its order.
func blocks(t testing.TB, document, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", document))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	return found
}

// block returns the one block that has the given text in it.
func block(t testing.TB, document, language, has string) string {
	t.Helper()
	var found []string
	for _, b := range blocks(t, document, language) {
		if strings.Contains(b, has) {
			found = append(found, b)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: got %d blocks of %s with %q, want one", document, len(found), language, has)
	}
	return found[0]
}

// atPort lets the code of a document send to another port than the usual one.
func atPort(t testing.TB, code, port string) string {
	t.Helper()
	const usual = `"localhost", 9020)`
	if !strings.Contains(code, usual) {
		t.Fatalf("got code without %s, want it to send there:\n%s", usual, code)
	}
	return strings.ReplaceAll(code, usual, `"127.0.0.1", `+port+`)`)
}

// script runs Python code to its end.
func script(t testing.TB, code string) {
	t.Helper()
	cmd := child(t, testenv.Python(t), "-c", code)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("python: got %v, want a silent end:\n%s", err, out)
	}
}

func TestReadmePython(t *testing.T) {
	testenv.Python(t)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	_, port := s.tcp()
	script(t, atPort(t, block(t, "README.md", "python", "root.addHandler"), port))
	s.wait(1)
	s.stop()
	r := s.records()[0]
	if r.Logger != "myapp.area1" || r.Level != "INFO" || r.Message != "How quickly daft jumping zebras vex." || r.Attrs["user_id"] != 42.0 {
		t.Errorf("record: got %+v, want the one of the README", r)
	}
}

// useOfQueue logs what a queue can spoil.
const useOfQueue = `
import asyncio, threading

async def main():
    log = logging.getLogger("myapp.area2")
    items = ["first"]
    log.warning("%d of %s", 1, items, extra={"items": items, "lock": threading.Lock()})
    items.append("later")
    try:
        {}["key"]
    except KeyError:
        log.exception("not found", extra={"user_id": 42})

asyncio.run(main())
`

func TestReadmePythonQueue(t *testing.T) {
	testenv.Python(t)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	_, port := s.tcp()
	// asyncio logs by itself, at DEBUG, which event loop it uses.
	code := atPort(t, block(t, "README.md", "python", "QueueListener"), port) + `logging.getLogger("asyncio").disabled = True` + "\n"
	script(t, code+useOfQueue)
	s.wait(2)
	script(t, code+"sender.setLevel(logging.ERROR)\n"+useOfQueue) // the level of the handler is respected
	s.wait(3)
	s.stop()

	records := s.records()
	if len(records) != 3 {
		t.Fatalf("records: got %d, want the 2 of the first run and the ERROR of the second: %+v", len(records), records)
	}
	warning, failure := records[0], records[1]
	if warning.Message != "1 of ['first']" {
		t.Errorf("message: got %q, want its arguments in it as they were", warning.Message)
	}
	if items, ok := warning.Attrs["items"].([]any); !ok || len(items) != 1 {
		t.Errorf("items: got %v, want the list as it was at the call", warning.Attrs["items"])
	}
	if lock, ok := warning.Attrs["lock"].(string); !ok || !strings.Contains(lock, "lock object at") {
		t.Errorf("lock: got %v, want its text", warning.Attrs["lock"])
	}
	e := failure.Exception
	if failure.Message != "not found" || failure.Attrs["user_id"] != 42.0 {
		t.Errorf("record with an exception: got %+v, want message and extra as they were given", failure)
	}
	if e == nil || e.Type != "KeyError" || e.Message != "'key'" || strings.Count(e.Traceback, "Traceback") != 1 {
		t.Errorf("exception: got %+v, want the KeyError with one traceback", e)
	}
	if records[2].Level != "ERROR" {
		t.Errorf("record behind a handler at ERROR: got %+v, want the ERROR alone", records[2])
	}
}

// TestDocsPython runs the other recipes for Python.
func TestDocsPython(t *testing.T) {
	testenv.Python(t)
	f := func(name, code string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
			_, port := s.tcp()
			script(t, strings.NewReplacer("PORT", port, `"port": 9020`, `"port": `+port).Replace(code)+`
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("docs").exception("%d by %d", 1, 0, extra={"user_id": 42})
`)
			s.wait(1)
			s.stop()
			r := s.records()[0]
			if r.Logger != "docs" || r.Level != "ERROR" || r.Message != "1 by 0" || r.Attrs["user_id"] != 42.0 || len(r.Attrs) != 1 {
				t.Errorf("record: got %+v, want the one of the recipe", r)
			}
			if r.Exception == nil || r.Exception.Type != "ZeroDivisionError" {
				t.Errorf("exception: got %+v, want the ZeroDivisionError", r.Exception)
			}
		})
	}
	f("dictConfig", block(t, "docs/python.md", "python", `"root": {"level": "DEBUG"`))
	f("JSON", "import logging, logging.handlers\n"+block(t, "docs/python.md", "python", "JSONSender")+
		`logging.basicConfig(level=logging.DEBUG, handlers=[JSONSender("127.0.0.1", PORT)])`)
	f("counting", "import logging, logging.handlers\n"+block(t, "docs/python.md", "python", "CountingSender")+
		`logging.basicConfig(level=logging.DEBUG, handlers=[CountingSender("127.0.0.1", PORT)])`)
}

// TestReadmeGo runs the README's Go program, as a package of this module that only an overlay knows.
func TestReadmeGo(t *testing.T) {
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--unix", "off")
	host, port := s.tcp()
	const usual = "jackdaw.SocketOptions{}"
	code := block(t, "README.md", "go", "package main")
	if !strings.Contains(code, usual) {
		t.Fatalf("got code without %s, want it to send to the usual port:\n%s", usual, code)
	}
	code = strings.Replace(code, usual, fmt.Sprintf("jackdaw.SocketOptions{Address: %q}", net.JoinHostPort(host, port)), 1)

	dir, here := t.TempDir(), must(filepath.Abs("."))
	program, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	replace := map[string]map[string]string{"Replace": {filepath.Join(here, "readme", "main.go"): program}}
	for path, content := range map[string][]byte{program: []byte(code), overlay: must(json.Marshal(replace))} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "run", "-overlay", overlay, "./readme").CombinedOutput()
	if err != nil || !strings.Contains(string(out), `level=ERROR msg="The five boxing wizards jump quickly." logger=myapp.area2`) || strings.Contains(string(out), "zephyrs") {
		t.Errorf("the program: got %v, want it to write the ERROR alone:\n%s", err, out)
	}
	s.wait(2)
	s.stop()
	r := s.records()[0]
	if r.Logger != "myapp.area2" || r.Level != "DEBUG" || r.Attrs["user_id"] != 42.0 || r.Source.Function != "main.main" {
		t.Errorf("record: got %+v, want the DEBUG of main.main", r)
	}
	if r := s.records()[1]; r.Level != "ERROR" {
		t.Errorf("second record: got %+v, want the ERROR", r)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
