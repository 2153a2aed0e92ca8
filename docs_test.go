package jackdaw_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docPackages are the packages that the code in docs may use without saying so. trace stands for
// OpenTelemetry's, of which the module has no copy.
var docPackages = map[string]string{
	"bytes": "bytes", "context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "log": "log", "os": "os",
	"runtime": "runtime", "signal": "os/signal", "slog": "log/slog", "strings": "strings", "syscall": "syscall", "time": "time",
	"jackdaw": "github.com/jackdaw-log/jackdaw", "record": "github.com/jackdaw-log/jackdaw/record",
	"testing": "testing", "trace": "github.com/jackdaw-log/jackdaw/doccode/trace",
}

// What stands for OpenTelemetry's package.
const docTrace = `package trace

import "context"

type (
	TraceID     [16]byte
	SpanID      [8]byte
	TraceFlags  byte
	SpanContext struct{}
)

func (SpanContext) TraceID() (id TraceID)      { return id }
func (SpanContext) SpanID() (id SpanID)        { return id }
func (SpanContext) TraceFlags() (f TraceFlags) { return f }

func SpanContextFromContext(context.Context) (s SpanContext) { return s }
`

// What the code around a piece of code is taken to declare.
const docRest = `package main

import (
	"context"

	"github.com/jackdaw-log/jackdaw"
)

var logger = jackdaw.Logger("myapp")

func expensive() string                          { return "" }
func work(ctx context.Context) error             { return ctx.Err() }
func post(ctx context.Context, line []byte) error { return ctx.Err() }
`

// The code in these pages is what a reader copies: each piece compiles.
func TestDocsCompile(t *testing.T) {
	for page, least := range map[string]int{"docs/library.md": 10, "docs/handlers.md": 7, "docs/configuration.md": 2} {
		t.Run(page, func(t *testing.T) { docsCompile(t, page, least) })
	}
}

func docsCompile(t *testing.T, page string, least int) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, replace := t.TempDir(), map[string]string{}
	put := func(path, code string) {
		file := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, "doccode", filepath.FromSlash(path))] = file
	}
	put("trace/trace.go", docTrace)
	put("pieces/rest.go", docRest+"\nfunc main() {}\n")
	packages := []string{"./doccode/pieces"}
	blocks := regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n").FindAllStringSubmatchIndex(string(text), -1)
	for _, b := range blocks {
		line := strings.Count(string(text[:b[2]]), "\n") + 1
		name := fmt.Sprintf("line%d", line)
		code, kind := program(string(text[b[2]:b[3]]), page, line)
		switch kind {
		case statements:
			put("pieces/"+name+".go", code)
			continue
		case declarations:
			put(name+"/rest.go", docRest)
		}
		put(name+"/main.go", code)
		packages = append(packages, "./doccode/"+name)
	}
	if len(blocks) < least {
		t.Fatalf("found %d pieces of code", len(blocks))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-overlay", list}, packages...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The kinds of pieces.
const (
	whole        = "a program"
	declarations = "declarations"
	statements   = "statements"
)

// program makes a file of a program of a piece of code that begins at the given line of the page.
func program(code, page string, line int) (file, kind string) {
	if strings.HasPrefix(code, "package ") {
		return code, whole
	}
	kind = statements
	place := fmt.Sprintf("//line %s:%d\n", page, line)
	if regexp.MustCompile(`(?m)^(func|type) `).MatchString(code) {
		kind = declarations
		if !strings.Contains(code, "func main()") {
			code += "\nfunc main() {}"
		}
		code = place + code + "\n"
	} else {
		for _, m := range regexp.MustCompile(`(?m)^(\w+) := `).FindAllStringSubmatch(code, -1) {
			code += "\n_ = " + m[1] // the reader goes on to use it
		}
		code = fmt.Sprintf("func line%d(ctx context.Context, t *testing.T) error {\n%s%s\nreturn nil\n}\n", line, place, code)
	}
	var head strings.Builder
	head.WriteString("package main\n")
	for _, name := range slices.Sorted(maps.Keys(docPackages)) {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(code) {
			fmt.Fprintf(&head, "import %q\n", docPackages[name])
		}
	}
	return head.String() + code, kind
}
