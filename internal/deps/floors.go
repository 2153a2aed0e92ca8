// Package deps holds the plan of the house: the floor each package stands on, who may import what,
// and what no file may hold. Nothing imports it; its tests check the tree against the plan.
package deps

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// policy is a statement of policy: how the packages may depend on each other. A new package is put
// on a floor here first. A floor is not loosened to make a build pass.
//
// Each line is a rule:
//
//	N PACKAGE…             the packages stand on floor N and import floors below it only,
//	N PACKAGE beside P…    and also P, which stands on the same floor
//	test PACKAGE…          only tests import the packages
//	std PACKAGE…           the packages, with all they import, use the standard library alone
//	only PATH… by PACKAGE… no other package imports PATH
//	never PATH… in PACKAGE… the packages do not import PATH
//
// "." is the package at the root of the module, and a name that ends in /... stands for the package
// and all below it. A package of another module may be imported only where an "only" line names it.
const policy = `
# the program; flags are read nowhere else
7 cmd/jackdaw
# programs to read and to run
7 examples/cli examples/flight examples/http examples/workers
only flag github.com/spf13/... by cmd/jackdaw

# a running system from its options
6 internal/daemon

# what a server says of itself over HTTP
5 internal/web/live
5 internal/web beside internal/web/live
5 internal/web/page

# what Go programs import
4 .

# what is asked of a running server
4 internal/client
only internal/client by cmd/jackdaw

# the concrete rooms: bytes in, bytes out, records to a terminal or a file
3 internal/receiver internal/sender internal/handler
only internal/receiver by internal/daemon cmd/jackdaw
only github.com/klauspost/compress/gzip by internal/receiver
only github.com/klauspost/compress/zstd by internal/receiver internal/store/chunk
only internal/sender internal/handler by . internal/assembly internal/daemon cmd/jackdaw

# what waits for a handler longer than there is memory for it
3 internal/spill
only internal/spill by .

# a file in memory, which is one process's alone
3 internal/mapped
only internal/mapped by .

# the terminal in front of which somebody sits
3 internal/terminal
only internal/terminal golang.org/x/term golang.org/x/sys/unix by cmd/jackdaw internal/terminal

# the configuration: checked and explained
3 internal/config
3 internal/config/yaml beside internal/config
only internal/config by . internal/config/yaml internal/assembly internal/daemon cmd/jackdaw
only internal/config/yaml by internal/daemon cmd/jackdaw
only go.yaml.in/yaml/v4 by internal/config/yaml

# running handlers from a configuration
3 internal/assembly beside internal/config internal/sender internal/handler
only internal/assembly by . internal/daemon cmd/jackdaw

# Python programs started so that they send what they log
3 internal/launch
only internal/launch by cmd/jackdaw

# the durable stream
3 internal/stream
only internal/stream by internal/daemon cmd/jackdaw
3 internal/stream/clustertest
only github.com/nats-io/... github.com/minio/highwayhash by internal/stream internal/stream/clustertest

# what is kept of records, to be found: the questions, chunks of records, and an engine
3 internal/store
3 internal/store/chunk beside internal/store
3 internal/store/sqlite beside internal/store internal/store/chunk
3 internal/store/window beside internal/store internal/store/chunk
only internal/store/sqlite by internal/daemon cmd/jackdaw
only internal/store/window by internal/daemon
only internal/store/chunk by internal/store/sqlite internal/store/window
only modernc.org/sqlite by internal/store/sqlite
only github.com/klauspost/compress/s2 by internal/store/chunk

# queue and routing; which records are meant; bytes to records and back
2 internal/hierarchy
2 internal/queue beside internal/flight
2 internal/filter
2 internal/filter/filtertest beside internal/filter
2 internal/format beside internal/wire/logrecord internal/filter
2 internal/wire/logrecord
2 internal/wire/pickle internal/wire/jsonl internal/wire/form beside internal/wire/logrecord
2 internal/wire/syslog beside internal/wire/logrecord
2 internal/wire/otlp beside internal/wire/logrecord

# what a process that is killed has not handled
2 internal/flight beside internal/compact
only internal/flight by . internal/queue cmd/jackdaw

# records in files of our own
2 internal/compact
only internal/compact by internal/spill internal/flight

# what a record is, and how one is handed over; values as they are at a call; the nearest word
1 record
1 internal/delivery beside record
1 internal/snapshot
1 internal/spell

# what is cheaper than the clock, and who may go by it
1 internal/ticks
only internal/ticks by internal/queue internal/flight

# a file that is locked
1 internal/flock
only internal/flock by internal/datadir internal/mapped cmd/jackdaw

# what the rooms with files ask of a directory; what an operator is told, and how often
1 internal/datadir beside internal/flock
1 internal/notice

test record/handlertest internal/filter/filtertest internal/store/storetest internal/stream/clustertest internal/testenv internal/deps examples

# A Go program that imports Jackdaw compiles no third-party code.
std . record record/handlertest internal/snapshot internal/spell internal/ticks internal/delivery internal/queue internal/hierarchy internal/filter internal/format internal/wire/... internal/sender internal/handler internal/compact internal/flight internal/mapped internal/spill internal/datadir internal/flock internal/config internal/assembly

# The wire is pure functions of bytes; the ground floor and the router know of no machine.
never net/... os/... io/fs syscall/... unsafe in internal/wire/...
never net/... os/... io/fs syscall/... unsafe in record internal/hierarchy internal/filter internal/format internal/compact
never net/... os/... io/fs syscall/... in internal/queue internal/flight
`

// plan is the policy in a form to ask.
type plan struct {
	floor  map[string]int      // package → its floor
	beside map[string][]string // package → those of its own floor that it may import
	test   []string
	std    []string
	only   []rule
	never  []rule
}

// rule says where paths may be imported (an "only" line), or must not be (a "never" line).
type rule struct{ paths, packages []string }

// parse reads a policy.
func parse(text string) (plan, error) {
	p := plan{floor: map[string]int{}, beside: map[string][]string{}}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := p.line(words[0], words[1:]); err != nil {
			return plan{}, fmt.Errorf("policy line %q: %w", strings.TrimSpace(line), err)
		}
	}
	return p, nil
}

func (p *plan) line(verb string, words []string) error {
	left, right, divided := split(words, "beside", "by", "in")
	if len(left) == 0 || divided != "" && len(right) == 0 {
		return fmt.Errorf("a package is missing")
	}
	switch want := map[string]string{"only": "by", "never": "in"}[verb]; {
	case verb == "test" && divided == want:
		p.test = append(p.test, left...)
	case verb == "std" && divided == want:
		p.std = append(p.std, left...)
	case verb == "only" && divided == want:
		p.only = append(p.only, rule{left, right})
	case verb == "never" && divided == want:
		p.never = append(p.never, rule{left, right})
	default:
		n, err := strconv.Atoi(verb)
		if err != nil || divided == "by" || divided == "in" {
			return fmt.Errorf("got %q, want one of the forms in the comment", verb)
		}
		for _, name := range left {
			if at, ok := p.floor[name]; ok {
				return fmt.Errorf("%s stands on floor %d already", name, at)
			}
			p.floor[name], p.beside[name] = n, right
		}
	}
	return nil
}

// split cuts words at the first of the dividers.
func split(words []string, dividers ...string) (left, right []string, divider string) {
	i := slices.IndexFunc(words, func(w string) bool { return slices.Contains(dividers, w) })
	if i < 0 {
		return words, nil, ""
	}
	return words[:i], words[i+1:], words[i]
}

// names reports whether any of patterns stands for the package name.
func names(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		above, deep := strings.CutSuffix(pattern, "/...")
		return name == above || deep && strings.HasPrefix(name, above+"/")
	})
}

// pkg is a package as "go list -deps -json" shows it.
type pkg struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// check returns what in the packages breaks the plan, each as a line of text. Packages of the
// module are called by their path within it.
func (p *plan) check(module string, pkgs []pkg) []string {
	g := graph{plan: p, module: module, pkgs: map[string]pkg{}}
	for _, k := range pkgs {
		g.pkgs[k.ImportPath] = k
	}
	for _, importPath := range slices.Sorted(maps.Keys(g.pkgs)) {
		if name, ours := g.name(importPath); ours {
			g.checkPackage(name, g.pkgs[importPath])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.floor)) {
		if _, ok := g.pkgs[path.Join(module, name)]; !ok {
			g.report("%s stands on floor %d of the plan, but not in the tree", name, p.floor[name])
		}
	}
	return g.broken
}

// graph is a plan with the tree that it is held against.
type graph struct {
	*plan
	module string
	pkgs   map[string]pkg
	broken []string
}

func (g *graph) report(format string, args ...any) {
	g.broken = append(g.broken, fmt.Sprintf(format, args...))
}

// name returns what the policy calls the package at an import path, and whether it is ours.
func (g *graph) name(importPath string) (name string, ours bool) {
	if importPath == g.module {
		return ".", true
	}
	if rest, ok := strings.CutPrefix(importPath, g.module+"/"); ok {
		return rest, true
	}
	return importPath, false
}

// standard reports whether the package at path is the standard library's. What only tests import
// is not among the packages, but only the standard library's paths begin without a host's name.
func (g *graph) standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return g.pkgs[path].Standard || !strings.Contains(first, ".")
}

func (g *graph) checkPackage(name string, k pkg) {
	floor, placed := g.floor[name]
	forTests := names(g.test, name)
	if !placed && !forTests {
		g.report("%s stands on no floor; put it on one in internal/deps", name)
		return
	}
	for _, path := range k.Imports {
		imported, ours := g.name(path)
		g.checkImport(name, imported, ours || g.standard(path))
		switch at, ok := g.floor[imported]; {
		case !ours || forTests:
		case names(g.test, imported):
			g.report("%s imports %s, which is for tests only", name, imported)
		case ok && (at > floor || at == floor && !slices.Contains(g.beside[name], imported)):
			g.report("%s (floor %d) imports %s (floor %d): imports go down", name, floor, imported, at)
		}
	}
	for _, path := range slices.Concat(k.TestImports, k.XTestImports) {
		imported, ours := g.name(path)
		if !ours && !g.standard(path) {
			g.report("a test of %s imports %s: tests here use the standard library alone", name, path)
		}
		if at := g.floor[imported]; ours && !forTests && at > floor {
			g.report("a test of %s (floor %d) imports %s (floor %d): imports go down", name, floor, imported, at)
		}
	}
	if names(g.std, name) {
		g.checkStandard(name, k)
	}
}

// checkImport holds the "only" and "never" lines. free is true for a package that need not be named
// in an "only" line.
func (g *graph) checkImport(name, imported string, free bool) {
	for _, r := range g.only {
		if names(r.paths, imported) {
			free = true
			if !names(r.packages, name) {
				g.report("%s imports %s, which only %s may", name, imported, strings.Join(r.packages, ", "))
			}
		}
	}
	if !free {
		g.report("%s imports %s, which no line of the policy allows", name, imported)
	}
	for _, r := range g.never {
		if names(r.packages, name) && names(r.paths, imported) {
			g.report("%s imports %s, which it never may", name, imported)
		}
	}
}

// checkStandard reports the first way on which the package reaches code that is neither ours nor the
// standard library's.
func (g *graph) checkStandard(name string, k pkg) {
	from := map[string]string{}
	next := []string{k.ImportPath}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if _, ours := g.name(at); !ours && !g.standard(at) {
			way := []string{at}
			for at != k.ImportPath {
				at = from[at]
				way = append(way, at)
			}
			slices.Reverse(way)
			g.report("%s uses more than the standard library: %s", name, strings.Join(way, " → "))
			return
		}
		for _, path := range g.pkgs[at].Imports {
			_, seen := from[path]
			_, ours := g.name(path)
			if !seen && (ours || !g.standard(path)) {
				from[path] = at
				next = append(next, path)
			}
		}
	}
}
