package deps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the root of the repository as seen from this package's tests.
const root = "../.."

func TestFiles(t *testing.T) {
	documented := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, broken := range checkFile(fset, file) {
			t.Error(broken)
		}
		if !strings.HasSuffix(file.Name.Name, "_test") {
			documented[filepath.Dir(path)] = documented[filepath.Dir(path)] || file.Doc != nil
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no file says in a package comment what the package is for", dir)
		}
	}
}

func TestCheckFile(t *testing.T) {
	f := func(name, src string, want ...string) {
		t.Helper()
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := checkFile(fset, file); !slices.Equal(got, want) {
			t.Errorf("%s: got\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	f("clean.go", "package p\n\n// X is one.\nconst X = 1\n\nvar errX = error(nil)\n\ntype t struct{}\n\nfunc (t) M() {}\n")
	f("name.go", "package util\n", "name.go:1:9: a package named util says nothing about its purpose")
	f("room.go", "package jackdaw\nimport _ \"github.com/jackdaw-log/jackdaw/internal/sender\"\n",
		"room.go:1:9: it names the room sender, which in this package only options.go, syslog.go, http.go, smtp.go, memory.go may")
	f("options.go", "package jackdaw\nimport _ \"github.com/jackdaw-log/jackdaw/internal/sender\"\n")
	f("init.go", "package p\nfunc init() {}\n", "init.go:2:1: an init function: what it does belongs to who makes the value")
	f("global.go", "package p\nvar n int\n", "global.go:2:5: the global n is there to be changed: make it a field of a value")
	f("embed.go", "package p\n//go:embed x\nvar n []byte\n")
	f("note.go", "package p\n// TODO: more\n", "note.go:2:1: TODO without the number of an issue, as in TODO(#12)")
	f("issue.go", "package p\n// TODO(#7): more\n")
	f("long.go", "package p\n"+strings.Repeat("\n", 400), "long.go:1:9: 401 lines, want at most 400: look for the missing noun")
	f("long_test.go", "package p\n"+strings.Repeat("\n", 400))
	f("func.go", "package p\nfunc f() {\n"+strings.Repeat("\n", 59)+"}\n", "func.go:2:1: f has 61 lines, want at most 60: a function fits a screen")
	f("func.go", "package p\nfunc f() {\n"+strings.Repeat("\n", 58)+"}\n")
	f("x/internal/wire/pickle/decoder.go", "package p\nfunc run() {\n"+strings.Repeat("\n", 60)+"}\n")
	f("doc.go", "package p\nfunc F() {}\ntype T[E any] struct{}\nfunc (*T[E]) M() {}\nvar V = 1\n",
		"doc.go:2:1: F is exported and has no doc comment",
		"doc.go:3:6: T is exported and has no doc comment",
		"doc.go:4:1: M is exported and has no doc comment",
		"doc.go:5:5: V is exported and has no doc comment")
	f("plain.go", "package p\n// E is one.\ntype E struct{}\nfunc (E) Error() string { return \"\" }\n")
	f("suite.go", "package p\nimport _ \"testing\"\nfunc F() {}\n")
	f("main.go", "package main\nfunc F() {}\nvar V = 1\n")
	f("sleep_test.go", "package p\nimport \"time\"\nfunc f() { time.Sleep(1) }\n", "sleep_test.go:3:12: time.Sleep outside a bubble: wait for what is to happen")
	f("bubble_test.go", "package p\nimport (\n\"time\"\n\"testing/synctest\"\n)\nfunc f() { synctest.Wait(); time.Sleep(1) }\n")
	f("skip_test.go", "package p\nfunc f(t T) { t.Skipf(\"no\") }\n", "skip_test.go:2:15: t.Skipf: only testenv skips, so that CI can forbid it")
	f("env_test.go", "package p\nfunc f(t T) { testenv.Skip(t, \"no\") }\n")
}

func TestReceiverName(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package p\n"+src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := receiver(file.Decls[0].(*ast.FuncDecl)); got != want {
			t.Errorf("receiver of %s: got %q, want %q", src, got, want)
		}
	}
	f("func (x T) M() {}", "T")
	f("func (x *T) M() {}", "T")
	f("func (*T[K, V]) M() {}", "T")
}
