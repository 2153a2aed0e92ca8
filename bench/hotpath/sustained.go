package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// sustainedWork measures the whole way of records: from the first call to the last record in the
// sink, the peer's Close included.
func sustainedWork() work {
	return work{
		name: "sustained", title: "Sustained", about: "per record, from the first call until all are in the sink and the peer is closed:\nns of time, ns of processor time of the whole process; records lost",
		columns: []column{
			{head: "ns", unit: "ns/op", show: plain, floor: true, best: true},
			{head: "cpu ns", unit: "cpu-ns/op", show: plain, best: true},
			{head: "lost", unit: "lost", show: plain, worst: true},
		},
		tasks: func(long bool) []task {
			tasks := []task{{Attrs: 5, Goroutines: 1}, {Attrs: 5, Goroutines: 1, ToFile: true}}
			if long {
				tasks = append(tasks, task{Attrs: 5, Goroutines: 8},
					task{Attrs: 0, Goroutines: 1, ToFile: true}, task{Attrs: 10, Goroutines: 1, ToFile: true},
					task{Attrs: 0, Goroutines: 8, ToFile: true}, task{Attrs: 5, Goroutines: 8, ToFile: true}, task{Attrs: 10, Goroutines: 8, ToFile: true})
			}
			return tasks
		},
		measure: measureSustained,
	}
}

func measureSustained(p peer, t task) (figures, error) {
	var lines counter
	to := target{w: &lines}
	if t.ToFile {
		f, err := newFile(t.Dir)
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(filepath.Dir(f.Name()))
		defer f.Close() // a peer may have closed it
		to = target{w: f, file: f.Name()}
	}
	s, err := p.open(to)
	if err != nil {
		return nil, err
	}
	each := t.Effort.Records / t.Goroutines
	n := each * t.Goroutines
	before, begin := used(), clock()
	crew(t.Goroutines, each, s.with(t.Attrs))
	if err := s.close(); err != nil {
		return nil, fmt.Errorf("close %s: %w", p.name, err)
	}
	wall, after := clock()-begin, used()
	f := figures{"ns/op": float64(wall.Nanoseconds()) / float64(n)}
	if after.known {
		f["cpu-ns/op"] = float64((after.cpu - before.cpu).Nanoseconds()) / float64(n)
	}
	if p.way == nowhere {
		return f, nil
	}
	there := int(lines.lines.Load())
	if s.told != nil {
		there -= s.told()
	}
	if t.ToFile {
		if there, err = linesBelow(filepath.Dir(to.file)); err != nil {
			return nil, err
		}
	}
	f["lost"] = float64(n - there)
	return f, nil
}

// newFile makes a file in a directory of its own.
func newFile(dir string) (*os.File, error) {
	own, err := os.MkdirTemp(dir, "sustained-")
	if err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(own, "peer.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}
