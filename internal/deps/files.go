package deps

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxFileLines = 400
	maxFuncLines = 60
)

// emptyNames are package names that say nothing about what is in the room.
var emptyNames = []string{"util", "utils", "common", "types", "helper", "helpers", "manager", "base", "misc", "shared", "old"}

// constructors are the files of package jackdaw that make what comes with it. The others know no concrete room.
var constructors = []string{"options.go", "syslog.go", "http.go", "smtp.go", "memory.go"}

// plainMethods do what their name says on any type, and need no words.
var plainMethods = []string{"Error", "String", "Unwrap"}

// longFuncs may be longer than a screen, each for the reason given.
var longFuncs = map[string]string{
	"internal/wire/pickle/decoder.go run": "the loop over the opcodes of a plain record, whose state is in local variables for speed",
}

// unfinished finds a note of work left over; with the number of an issue it may stay.
var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b(\(#\d+\))?`)

// checkFile returns what in a parsed Go file breaks the rules that hold for every file, each as a
// line of text with its place.
func checkFile(fset *token.FileSet, file *ast.File) []string {
	c := checker{fset: fset, test: imports(file, "testing") || strings.HasSuffix(fset.Position(file.Package).Filename, "_test.go")}
	if slices.Contains(emptyNames, strings.TrimSuffix(file.Name.Name, "_test")) {
		c.report(file.Name, "a package named %s says nothing about its purpose", file.Name.Name)
	}
	if n := fset.Position(file.FileEnd).Line; n > maxFileLines && !c.test {
		c.report(file.Name, "%d lines, want at most %d: look for the missing noun", n, maxFileLines)
	}
	if base := filepath.Base(fset.Position(file.Package).Filename); file.Name.Name == "jackdaw" && !slices.Contains(constructors, base) && !c.test {
		for _, room := range []string{"sender", "handler"} {
			if imports(file, "github.com/jackdaw-log/jackdaw/internal/"+room) {
				c.report(file.Name, "it names the room %s, which in this package only %s may", room, strings.Join(constructors, ", "))
			}
		}
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if m := unfinished.FindStringSubmatch(comment.Text); m != nil && m[2] == "" {
				c.report(comment, "%s without the number of an issue, as in %s(#12)", m[1], m[1])
			}
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			c.function(d, file.Name.Name == "main")
		case *ast.GenDecl:
			c.declaration(d, file.Name.Name == "main")
		}
	}
	if c.test {
		c.calls(file)
	}
	return c.broken
}

// imports reports whether file imports path.
func imports(file *ast.File, path string) bool {
	return slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(path) })
}

// checker gathers what is broken in one file.
type checker struct {
	fset   *token.FileSet
	test   bool // the file is a test, or a suite of tests
	broken []string
}

func (c *checker) report(at ast.Node, format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf("%s: %s", c.fset.Position(at.Pos()), fmt.Sprintf(format, args...)))
}

func (c *checker) function(f *ast.FuncDecl, program bool) {
	if f.Name.Name == "init" && f.Recv == nil {
		c.report(f, "an init function: what it does belongs to who makes the value")
	}
	if c.test {
		return
	}
	if n := c.fset.Position(f.End()).Line - c.fset.Position(f.Pos()).Line + 1; n > maxFuncLines && !c.mayBeLong(f) {
		c.report(f, "%s has %d lines, want at most %d: a function fits a screen", f.Name.Name, n, maxFuncLines)
	}
	plain := f.Recv != nil && slices.Contains(plainMethods, f.Name.Name)
	if !program && !plain && f.Doc == nil && f.Name.IsExported() && (f.Recv == nil || ast.IsExported(receiver(f))) {
		c.report(f, "%s is exported and has no doc comment", f.Name.Name)
	}
}

func (c *checker) mayBeLong(f *ast.FuncDecl) bool {
	place := filepath.ToSlash(c.fset.Position(f.Pos()).Filename) + " " + f.Name.Name
	for long := range longFuncs {
		if strings.HasSuffix(place, "/"+long) {
			return true
		}
	}
	return false
}

// receiver returns the name of the type that the method f belongs to.
func receiver(f *ast.FuncDecl) string {
	name := ""
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

func (c *checker) declaration(d *ast.GenDecl, program bool) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if !c.test && !program && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				c.report(s, "%s is exported and has no doc comment", s.Name.Name)
			}
		case *ast.ValueSpec:
			c.value(d, s, program)
		}
	}
}

// value checks constants and variables. A package variable without a value is one that is there to
// be changed; an embedded file is not.
func (c *checker) value(d *ast.GenDecl, s *ast.ValueSpec, program bool) {
	embedded := d.Doc != nil && slices.ContainsFunc(d.Doc.List, func(l *ast.Comment) bool { return strings.HasPrefix(l.Text, "//go:embed ") })
	for _, name := range s.Names {
		if d.Tok == token.VAR && len(s.Values) == 0 && !embedded && !c.test {
			c.report(s, "the global %s is there to be changed: make it a field of a value", name.Name)
		}
		if !c.test && !program && name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
			c.report(s, "%s is exported and has no doc comment", name.Name)
		}
	}
}

// calls reports what a test may not call: only testenv skips, and only inside a bubble of synctest,
// where time is not the machine's, does a test sleep.
func (c *checker) calls(file *ast.File) {
	bubble := imports(file, "testing/synctest")
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		on, _ := sel.X.(*ast.Ident)
		switch {
		case on == nil:
		case on.Name == "time" && sel.Sel.Name == "Sleep" && !bubble:
			c.report(call, "time.Sleep outside a bubble: wait for what is to happen")
		case strings.HasPrefix(sel.Sel.Name, "Skip") && len(on.Name) == 1 && file.Name.Name != "testenv":
			c.report(call, "%s.%s: only testenv skips, so that CI can forbid it", on.Name, sel.Sel.Name)
		}
		return true
	})
}
