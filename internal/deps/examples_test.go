package deps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every type that programs may name is in a runnable example: one that names it or uses a function or method
// that takes or returns it, or that is called after one of these.
func TestExamples(t *testing.T) {
	for _, dir := range []string{".", "record"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var parsed []*ast.File
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, file)
		}
		for _, name := range withoutExample(parsed) {
			t.Errorf("%s: no example shows %s", dir, name)
		}
	}
}

// withoutExample returns the exported types of a package that none of its examples is about.
func withoutExample(files []*ast.File) []string {
	types := map[string]bool{} // name → shown
	about := map[string][]string{}
	var examples, mentioned []string
	for _, file := range files {
		test := imports(file, "testing") || strings.HasSuffix(file.Name.Name, "_test")
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && !test {
						types[s.Name.Name] = false
					}
				}
			case *ast.FuncDecl:
				if name, ok := strings.CutPrefix(d.Name.Name, "Example"); ok && test && d.Recv == nil {
					examples = append(examples, name)
					mentioned = append(mentioned, named(d.Body)...)
				} else if !test {
					about[called(d)] = named(d.Type)
					about[d.Name.Name] = append(about[d.Name.Name], named(d.Type)...)
				}
			}
		}
	}
	show := func(names []string) {
		for _, name := range names {
			if _, ok := types[name]; ok {
				types[name] = true
			}
		}
	}
	show(mentioned)
	for _, name := range mentioned {
		show(about[name])
	}
	for _, example := range examples {
		// ExampleT_M_suffix is about M of T; ExampleF_suffix, with a suffix in lower case, about F.
		parts := strings.Split(example, "_")
		for n := range parts {
			name := strings.Join(parts[:n+1], "_")
			show(append(about[name], name))
		}
	}
	maps.DeleteFunc(types, func(_ string, shown bool) bool { return shown })
	return slices.Sorted(maps.Keys(types))
}

// called returns what an example calls a function, or a method.
func called(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return receiver(f) + "_" + f.Name.Name
}

// named returns the names in a piece of code.
func named(code ast.Node) (names []string) {
	ast.Inspect(code, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

func TestWithoutExample(t *testing.T) {
	f := func(src, examples string, want ...string) {
		t.Helper()
		var files []*ast.File
		for _, text := range []string{"package p\n" + src, "package p_test\n" + examples} {
			file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		if got := withoutExample(files); !slices.Equal(got, want) {
			t.Errorf("%s with %s: got %q, want %q", src, examples, got, want)
		}
	}
	f("type T int", "", "T")
	f("type T int", "func ExampleT() {}")
	f("type T int", "func ExampleT_second() {}")
	f("type t int", "")
	f("type T int\nfunc New() *T { return nil }", "func ExampleNew() {}")
	f("type T int\nfunc New(o ...T) {}", "func ExampleNew_other() {}")
	f("type T int\nfunc New() *T { return nil }", "func Example() {}", "T")
	f("type T struct{}", "func Example() { _ = p.T{} }")
	f("type T struct{}", "func helper() { _ = p.T{} }", "T")
	f("type T int\ntype U int\nfunc (U) M() T { return 0 }", "func ExampleU() { u.M() }")
	f("type (\nT int\nU int\n)\nfunc (T) M() U { return 0 }", "func ExampleT_M() {}")
	f("type (\nT int\nU int\n)\nfunc (T) M() U { return 0 }", "func ExampleT() {}", "U")
}
