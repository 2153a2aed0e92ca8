// Command hotpath measures the price of a log call, and of a record's way to a sink, for Jackdaw and its
// peers in the same run.
//
// Each measurement is a process of its own; passes over all peers are interleaved, and the tables
// hold medians, with their ratios to the floor (a slog.Handler that is enabled and does nothing) and to the
// best peer of the run. The README says what each figure means, and what none of them shows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("hotpath: ")
	if did, err := measuring(); did {
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	var o options
	flag.BoolVar(&o.long, "long", false, "measure all forms and peers, with more of everything")
	flag.StringVar(&o.peers, "peers", "", "the `names` of the peers to measure, with commas between them and * for any text; the floor is measured always")
	flag.StringVar(&o.works, "works", "", "the `names` of the works to measure, likewise")
	flag.IntVar(&o.passes, "passes", 0, "how often everything is measured (default 5; hang and idle 1, or 3 with -long)")
	flag.DurationVar(&o.limit, "limit", 0, "when to stop and show what there is (default 2m, or 45m with -long)")
	flag.StringVar(&o.dir, "dir", "", "the `directory` of the files that are written (default the system's for temporary files)")
	flag.StringVar(&o.benchmarks, "o", "", "also write the figures of each pass to this `file`, as benchstat reads them")
	list := flag.Bool("list", false, "show the names of peers and works, and measure nothing")
	flag.Parse()
	if *list {
		showNames()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

// options are the flags.
type options struct {
	long         bool
	peers, works string
	passes       int
	limit        time.Duration
	dir          string
	benchmarks   string
}

// defaults fills in what was not given.
func (o *options) defaults() {
	if o.limit <= 0 {
		o.limit = 2 * time.Minute
		if o.long {
			o.limit = 45 * time.Minute
		}
	}
}

func showNames() {
	for _, w := range works() {
		fmt.Printf("work  %-20s %s\n", w.name, strings.ReplaceAll(w.about, "\n", " "))
	}
	for _, p := range peers() {
		front, extra := "its own front", ""
		if p.slog {
			front = "slog"
		}
		if p.extra {
			extra = "; with -long, or by its name"
		}
		fmt.Printf("peer  %-20s %s, %s%s\n", p.name, front, p.way, extra)
	}
}

// run measures what was chosen and shows it. It returns an error if a measurement failed or there was no
// time for all of them, after it has shown the rest.
func run(ctx context.Context, o options) error {
	o.defaults()
	chosen, err := choose(o)
	if err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp(o.dir, "jackdaw-hotpath-"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()

	var benchmarks *os.File
	if o.benchmarks != "" {
		if benchmarks, err = os.Create(o.benchmarks); err != nil {
			return err
		}
		defer benchmarks.Close()
	}
	fmt.Print(machine(chosen.peers))
	var errs []error
	for _, w := range chosen.works {
		r, err := o.measure(ctx, w, chosen.peers)
		errs = append(errs, err)
		if len(r) == 0 {
			continue
		}
		errs = append(errs, w.writeTables(os.Stdout, r))
		if benchmarks != nil {
			errs = append(errs, r.writeBenchmarks(benchmarks, w.name))
		}
	}
	return errors.Join(errs...)
}

// passesOf returns how often a work is measured.
func (o options) passesOf(w work) int {
	switch {
	case o.passes > 0:
		return o.passes
	case !w.slow:
		return 5
	case o.long:
		return 3
	}
	return 1
}

// measure carries out the passes of a work. Each pass begins with another peer.
func (o options) measure(ctx context.Context, w work, chosen []peer) (results, error) {
	r := results{}
	var errs []error
	passes := o.passesOf(w)
	for pass := range passes {
		for _, t := range w.tasks(o.long) {
			for i := range chosen {
				p := chosen[(i+pass*len(chosen)/passes)%len(chosen)]
				if !w.isFor(p, o.long || o.peers != "") {
					continue
				}
				if ctx.Err() != nil {
					return r, errors.Join(append(errs, fmt.Errorf("%s: stopped in pass %d of %d: %w", w.name, pass+1, passes, ctx.Err()))...)
				}
				t.Peer, t.Work, t.Effort, t.Dir = p.name, w.name, efforts(o.long), o.dir
				f, err := inProcess(ctx, t)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				r.add(t, f)
			}
		}
	}
	return r, errors.Join(errs...)
}

// choice is what the flags name.
type choice struct {
	works []work
	peers []peer
}

func choose(o options) (choice, error) {
	var c choice
	for _, w := range works() {
		if o.works == "" || named(o.works, w.name) {
			c.works = append(c.works, w)
		}
	}
	for _, p := range peers() {
		if p.way == nowhere || o.peers == "" && (o.long || !p.extra) || o.peers != "" && named(o.peers, p.name) {
			c.peers = append(c.peers, p)
		}
	}
	if len(c.works) == 0 {
		return c, fmt.Errorf("no work is named %q: -list shows the names", o.works)
	}
	if o.peers != "" && len(c.peers) == 1 && !named(o.peers, "floor") {
		return c, fmt.Errorf("no peer is named %q: -list shows the names", o.peers)
	}
	return c, nil
}

// named reports whether name is among the names of a list with commas, in which * is any text.
func named(list, name string) bool {
	for pattern := range strings.SplitSeq(list, ",") {
		if ok, err := path.Match(strings.TrimSpace(pattern), name); ok && err == nil {
			return true
		}
	}
	return false
}
