package deps

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jackdaw-log/jackdaw"

func TestFloors(t *testing.T) {
	p, err := parse(policy)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range p.check(module, goList(t)) {
		t.Error(broken)
	}
}

// goList returns the packages of the module with all they import.
func goList(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Standard,Imports,TestImports,XTestImports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var k pkg
		if err := dec.Decode(&k); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatalf("decode the output of go list: %v", err)
		}
		pkgs = append(pkgs, k)
	}
}

// house is a small plan, for a module named m.
const house = `
3 cmd/m
2 .
1 ground
1 cellar beside ground
test fake
std . ground
only example.org/flags by cmd/m
only cellar by .
never net/... in ground cellar
`

// tree lists the packages of a tree that keeps to the plan, save that the named package
// imports, or its test imports, something more.
func tree(name, imports, testImports string) []pkg {
	pkgs := []pkg{
		{ImportPath: "m", Imports: []string{"m/ground", "m/cellar", "fmt"}},
		{ImportPath: "m/cmd/m", Imports: []string{"m", "m/ground", "example.org/flags", "net/http"}},
		{ImportPath: "m/ground", Imports: []string{"fmt"}, TestImports: []string{"m/fake", "net"}},
		{ImportPath: "m/cellar", Imports: []string{"m/ground"}},
		{ImportPath: "m/fake", Imports: []string{"m/ground", "net"}},
		{ImportPath: "example.org/flags", Imports: []string{"example.org/words"}},
		{ImportPath: "example.org/words"},
		{ImportPath: "fmt", Standard: true}, {ImportPath: "net", Standard: true}, {ImportPath: "net/http", Standard: true},
	}
	i := slices.IndexFunc(pkgs, func(k pkg) bool { return k.ImportPath == name })
	if i < 0 {
		pkgs, i = append(pkgs, pkg{ImportPath: name}), len(pkgs)
	}
	if imports != "" {
		pkgs[i].Imports = append(pkgs[i].Imports, imports)
	}
	if testImports != "" {
		pkgs[i].XTestImports = append(pkgs[i].XTestImports, testImports)
	}
	return pkgs
}

func TestCheck(t *testing.T) {
	p, err := parse(house)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, imports, testImports string, want ...string) {
		t.Helper()
		if got := p.check("m", tree(name, imports, testImports)); !slices.Equal(got, want) {
			t.Errorf("%s imports %q, its test %q: got\n\t%s\nwant\n\t%s", name, imports, testImports, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	f("m", "", "")
	f("m/attic", "", "", "attic stands on no floor; put it on one in internal/deps")
	f("m/ground", "m", "", "ground (floor 1) imports . (floor 2): imports go down")
	f("m/ground", "m/cellar", "",
		"ground imports cellar, which only . may",
		"ground (floor 1) imports cellar (floor 1): imports go down")
	f("m/cmd/m", "m/cellar", "", "cmd/m imports cellar, which only . may")
	f("m/cellar", "m/fake", "", "cellar imports fake, which is for tests only")
	f("m/ground", "net/http", "", "ground imports net/http, which it never may")
	f("m/cellar", "net", "", "cellar imports net, which it never may")
	f("m", "net", "")
	f("m/cmd/m", "example.org/words", "", "cmd/m imports example.org/words, which no line of the policy allows")
	f("m/cellar", "example.org/flags", "",
		". uses more than the standard library: m → m/cellar → example.org/flags",
		"cellar imports example.org/flags, which only cmd/m may")
	f("m/ground", "", "m", "a test of ground (floor 1) imports . (floor 2): imports go down")
	f("m/ground", "", "m/cellar")
	f("m/ground", "", "example.org/assert", "a test of ground imports example.org/assert: tests here use the standard library alone")

	gone := slices.DeleteFunc(tree("m", "", ""), func(k pkg) bool { return k.ImportPath == "m/cmd/m" })
	if got, want := p.check("m", gone), []string{"cmd/m stands on floor 3 of the plan, but not in the tree"}; !slices.Equal(got, want) {
		t.Errorf("a package that is gone: got %q, want %q", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		if _, err := parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parse(%q): got %v, want an error with %q", line, err, want)
		}
	}
	f("1", "a package is missing")
	f("only x by", "a package is missing")
	f("only x", "want one of the forms")
	f("never x by y", "want one of the forms")
	f("1 x in y", "want one of the forms")
	f("upstairs x", "want one of the forms")
	f("1 x\n2 x", "x stands on floor 1 already")
}
