package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// form is a task without its peer: what the figures of peers are compared in.
type form struct {
	attrs, goroutines int
	toFile            bool
}

func (t task) form() form { return form{t.Attrs, t.Goroutines, t.ToFile} }

// table returns the form of which the forms that stand in the same table differ in their attrs alone.
func (f form) table() form { return form{goroutines: f.goroutines, toFile: f.toFile} }

func (f form) String() string {
	s := fmt.Sprintf("%d goroutine", f.goroutines)
	if f.goroutines != 1 {
		s += "s"
	}
	if f.toFile {
		s += ", to a file"
	}
	return s
}

// results are the figures of a work: one of each pass, by form and peer.
type results map[form]map[string][]figures

func (r results) add(t task, f figures) {
	if r[t.form()] == nil {
		r[t.form()] = map[string][]figures{}
	}
	r[t.form()][t.Peer] = append(r[t.form()][t.Peer], f)
}

// figure returns the median of a peer's figures of a unit over the passes, or the worst of them; not ok if
// there is none.
func (r results) figure(f form, peer string, c column) (figure float64, ok bool) {
	var all []float64
	for _, one := range r[f][peer] {
		if v, ok := one[c.unit]; ok {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	if c.worst {
		return all[len(all)-1], true
	}
	return all[len(all)/2], true
}

// best returns the least figure among the peers that are not ours and lost nothing, and whose it is.
func (r results) best(f form, c column) (figure float64, name string) {
	for _, p := range peers() {
		if lost, ok := r.figure(f, p.name, column{unit: "lost", worst: true}); p.ours || p.way == nowhere || ok && lost > 0 {
			continue
		}
		if v, ok := r.figure(f, p.name, c); ok && (name == "" || v < figure) {
			figure, name = v, p.name
		}
	}
	return figure, name
}

// writeBenchmarks writes the figures of each pass in the form of Go's benchmarks, which benchstat
// reads.
func (r results) writeBenchmarks(w io.Writer, name string) error {
	title := strings.ToUpper(name[:1]) + name[1:]
	for _, f := range sortedForms(r) {
		for _, peer := range slices.Sorted(maps.Keys(r[f])) {
			for _, one := range r[f][peer] {
				sink := "memory"
				if f.toFile {
					sink = "file"
				}
				var line strings.Builder
				fmt.Fprintf(&line, "Benchmark%s/peer=%s/attrs=%d/goroutines=%d/sink=%s-%d\t1", title, peer, f.attrs, f.goroutines, sink, runtime.GOMAXPROCS(0))
				for _, unit := range slices.Sorted(maps.Keys(one)) {
					fmt.Fprintf(&line, "\t%g %s", one[unit], unit)
				}
				if _, err := fmt.Fprintln(w, line.String()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func sortedForms(r results) []form {
	return slices.SortedFunc(maps.Keys(r), func(a, b form) int {
		if a.toFile != b.toFile {
			if b.toFile {
				return -1
			}
			return 1
		}
		if a.goroutines != b.goroutines {
			return a.goroutines - b.goroutines
		}
		return a.attrs - b.attrs
	})
}
