// Command pickle measures what it costs to read a log record of Python's SocketHandler: Jackdaw's
// decoder beside two general unpicklers for Go, and beside CPython's own pickle.loads and
// logging.makeLogRecord, all on the same frames in the same run.
//
// The frames are the 10,000 distinct records that the benchmark of the receiver sends, and, by
// itself, one of the typical length among them. The decoders take turns, round after round, so that
// what else the machine does meets them all; the figures are medians. A general unpickler stops at a
// map of the record's dict; Jackdaw's decoder, as CPython, goes on to the record.
//
// It needs Python 3 and the go command.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 9, "how often each decoder goes through the frames")
	python := flag.String("python", "/usr/bin/python3", "the Python to make the frames, and to measure")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *python); err != nil {
		log.Fatal("pickle: ", err)
	}
}

func run(ctx context.Context, rounds int, python string) error {
	mix, err := makeFrames(ctx, python)
	if err != nil {
		return err
	}
	typical := mix.typical()
	loads, err := startPython(ctx, python, mix, typical)
	if err != nil {
		return err
	}
	defer loads.close()
	fmt.Printf("mix: %d records of %d bytes in the mean; typical: one record of %d bytes, over and over\n\n", len(mix), mix.mean(), len(typical[0]))
	results := make([]result, len(contenders)+len(pythonTasks))
	for i, c := range contenders {
		results[i].name = c.name
	}
	for i, task := range pythonTasks {
		results[len(contenders)+i].name = task
	}
	for range rounds {
		for i, c := range contenders {
			if err := results[i].add(c.measure(mix, typical)); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		for i := range pythonTasks {
			if err := results[len(contenders)+i].add(loads.measure(i)); err != nil {
				return fmt.Errorf("measure Python: %w", err)
			}
		}
	}
	return report(results)
}

// cost is what a record cost in a round; allocs are not counted in Python.
type cost struct {
	mix, typical time.Duration
	allocs       float64
}

// result is what the rounds of one decoder measured.
type result struct {
	name  string
	costs []cost
}

func (r *result) add(c cost, err error) error {
	r.costs = append(r.costs, c)
	return err
}

func (r *result) median(figure func(cost) float64) float64 {
	figures := make([]float64, len(r.costs))
	for i, c := range r.costs {
		figures[i] = figure(c)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}

func (r *result) mix() float64 {
	return r.median(func(c cost) float64 { return float64(c.mix.Nanoseconds()) })
}
func (r *result) typical() float64 {
	return r.median(func(c cost) float64 { return float64(c.typical.Nanoseconds()) })
}

// report prints the results, each beside the first.
func report(results []result) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tmix\t\ttypical\t\tallocations\t")
	fmt.Fprintln(w, "\tns/record\tratio\tns/record\tratio\tper record\t")
	first := &results[0]
	for i := range results {
		r := &results[i]
		allocs := "-"
		if n := r.median(func(c cost) float64 { return c.allocs }); n > 0 {
			allocs = fmt.Sprintf("%.1f", n)
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.1f\t%.0f\t%.1f\t%s\t\n", r.name, r.mix(), r.mix()/first.mix(), r.typical(), r.typical()/first.typical(), allocs)
	}
	return w.Flush()
}
