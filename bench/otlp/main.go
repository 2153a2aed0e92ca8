// Command otlp measures what it costs to write and to read log records as OTLP: Jackdaw's encoding beside
// OpenTelemetry's own protobuf types for Go, on the same records in the same run.
//
// The records are those that the benchmark of the receiver sends, as it hands them on: in batches, with
// peer and time of receipt. The contenders take turns, round after round, so that what else the machine does
// meets them all; the figures are medians. The official types stop at the messages that OTLP is made
// of, and begin with such messages; Jackdaw's encoding begins and ends with records.
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
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 9, "how often each contender goes through the records")
	size := flag.Int("batch", 200, "how many records a batch has")
	python := flag.String("python", "/usr/bin/python3", "the Python to make the records")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *size, *python); err != nil {
		log.Fatal("otlp: ", err)
	}
}

func run(ctx context.Context, rounds, size int, python string) error {
	records, err := makeRecords(ctx, python)
	if err != nil {
		return err
	}
	m, err := makeMix(records, size)
	if err != nil {
		return err
	}
	fmt.Printf("%d records in batches of %d; %d bytes a record in protobuf, %d in JSON\n\n", len(records), size, m.bytes()/len(records), m.jsonBytes()/len(records))
	results := make([][]cost, len(contenders))
	for range rounds {
		for i, c := range contenders {
			cost, err := c.measure(m)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			results[i] = append(results[i], cost)
		}
	}
	return report(results)
}

// cost is what a record cost in a round.
type cost struct {
	took   time.Duration
	allocs float64
}

// measure goes through the batches once.
func (c contender) measure(m *mix) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for i := range m.batches {
		if err := c.work(m, i); err != nil {
			return cost{}, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	n := m.records()
	return cost{took / time.Duration(n), float64(after.Mallocs-before.Mallocs) / float64(n)}, nil
}

// report prints the results, each beside Jackdaw's of the same work.
func report(results [][]cost) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tns/record\tratio\tallocations\t")
	var ours float64
	for i, c := range contenders {
		took := median(results[i], func(c cost) float64 { return float64(c.took.Nanoseconds()) })
		if c.ours {
			ours = took
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.1f\t%.1f\t\n", c.name, took, took/ours, median(results[i], func(c cost) float64 { return c.allocs }))
	}
	return w.Flush()
}

func median(costs []cost, figure func(cost) float64) float64 {
	figures := make([]float64, len(costs))
	for i, c := range costs {
		figures[i] = figure(c)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}
