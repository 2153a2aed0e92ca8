// Command store measures the store: what it costs to keep records, how much room they take, and how long it
// takes to find them. Beside it stand grep over the same records as JSON lines, and what one would build first
// with the same SQLite: a row for each record and FTS5 over its words.
//
// Each engine keeps the records in a process of its own and answers in another one, which finds the files in the
// machine's cache. Processor time is that of the whole process, less what making the records takes. Times are
// medians of seven, after a first one.
//
// It runs on Linux, and needs grep.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	var l load
	flag.IntVar(&l.records, "records", 500_000, "how many records")
	flag.IntVar(&l.batch, "batch", 1000, "how many records are handed over at a time")
	flag.IntVar(&l.days, "days", 1, "over how many days they are spread")
	engines := flag.String("engines", "chunks,rows,grep", "what is measured")
	dir := flag.String("dir", "", "where the files go, and stay; else they are removed")
	as := flag.String("as", "", "for processes of its own: the engine, and keep, find or while")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if l.records < 1 || l.batch < 1 || l.days < 1 || l.days > l.records {
		log.Fatal("store: -records, -batch and -days: want one or more")
	}
	if *as != "" {
		err = child(ctx, *as, *dir, l)
	} else {
		names := strings.Split(*engines, ",")
		var results []result
		if results, err = run(ctx, l, names, *dir); err == nil {
			report(os.Stdout, l, names, results)
		}
	}
	if err != nil {
		log.Fatal("store: ", err)
	}
}

// kept is what it cost to keep the records.
type kept struct {
	CPU, Wall time.Duration
	Bytes     int64
	RSS       int64 // in KiB, at its highest
}

// found is the answer to a question.
type found struct {
	N    int
	Took time.Duration
}

// result is what was measured of an engine.
type result struct {
	Kept  kept
	Open  time.Duration
	Found []found // of each question
	RSS   int64   // of who answers
	// While are how long a question took while records came at full speed: the median, and the 99th of 100.
	While [2]time.Duration
}

// run measures engines. What it returns are their results.
func run(ctx context.Context, l load, engines []string, dir string) ([]result, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "jackdaw-bench-store-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(made)
		dir = made
	}
	results := make([]result, len(engines))
	for i, engine := range engines {
		for _, task := range []string{"keep", "find", "while"} {
			if err := start(ctx, engine+" "+task, filepath.Join(dir, engine), l, &results[i]); err != nil {
				return nil, fmt.Errorf("%s %s: %w", engine, task, err)
			}
		}
	}
	return results, nil
}

// start runs a task of an engine in a process of its own, which adds to the result.
func start(ctx context.Context, as, dir string, l load, r *result) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "-as", as, "-dir", dir, "-records", fmt.Sprint(l.records), "-batch", fmt.Sprint(l.batch), "-days", fmt.Sprint(l.days))
	cmd.Env = append(os.Environ(), child1+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(out, r)
}

// child1 tells the test's binary that it is a child.
const child1 = "JACKDAW_BENCH_STORE_CHILD"

// engine is what is measured.
type engine interface {
	// keep keeps records, which are not its own, as safe as a transaction makes them.
	keep(ctx context.Context, records *batch) error
	// settle returns when all is where it will be found.
	settle(ctx context.Context) error
	// find answers a question.
	find(ctx context.Context, q *question) (n int, err error)
	close() error
}

func openEngine(name, dir string) (engine, error) {
	switch name {
	case "chunks":
		return openChunks(dir)
	case "rows":
		return openRows(dir)
	case "grep":
		return openGrep(dir)
	}
	return nil, fmt.Errorf("engine %q: want chunks, rows or grep", name)
}

// child does a task and prints what it measured.
func child(ctx context.Context, as, dir string, l load) error {
	name, task, _ := strings.Cut(as, " ")
	began := time.Now()
	e, err := openEngine(name, dir)
	if err != nil {
		return err
	}
	// What this task has not measured must not overwrite what another one has.
	measured := map[string]any{}
	switch task {
	case "keep":
		var k kept
		if k, err = keepAll(ctx, e, l); err == nil {
			err = e.close()
		}
		k.Bytes = sizeOf(dir)
		measured["Kept"] = k
	case "find":
		measured["Open"] = time.Since(began)
		measured["Found"], err = findAll(ctx, e)
		measured["RSS"] = highWater()
	case "while":
		if name != "grep" {
			measured["While"], err = askWhile(ctx, e, l)
		}
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measured)
}
