// Command receive measures how many records per second, and per second of processor time, Jackdaw
// receives, beside a Python receiver of the logging cookbook's design (its read bugs fixed).
//
// The same frames are replayed to both over loopback TCP, in turn, over one connection and over four: discarding the
// records; writing them to a file, Python a line of five fields and Jackdaw all that a record has, as JSON; and both
// writing the same lines. Each round starts fresh processes. A round counts only if the receiver says
// that it handled every record. The figures are medians.
//
// It runs on Linux, and needs Python 3 and the go command.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/bench/program"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "how often each receiver is measured")
	records := flag.Int("records", 200_000, "how many records a round sends")
	python := flag.String("python", "/usr/bin/python3", "the Python to measure")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *records, *python); err != nil {
		log.Fatal("receive: ", err)
	}
}

func run(ctx context.Context, rounds, records int, python string) error {
	dir, err := os.MkdirTemp("", "jackdaw-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	frames, err := makeFrames(ctx, python, dir)
	if err != nil {
		return err
	}
	jackdaw, err := program.Build(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Printf("%d records a round of %d bytes in the mean, %d rounds, medians\n\n", records, frames.mean(), rounds)

	scenarios := scenarios(python, jackdaw, dir)
	results := make([][]result, len(scenarios))
	for range rounds {
		for i, s := range scenarios {
			r, err := s.measure(ctx, frames, records)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name(), err)
			}
			results[i] = append(results[i], r)
		}
	}
	report(scenarios, results)
	return nil
}

// scenario is a receiver, what it does with the records, and how many connections bring them.
type scenario struct {
	receiver, task string
	connections    int
	command        []string
	parse          func(stderr string) (handled int, err error)
	file           string // where the records go, if they go to a file
	stdout         bool   // it is the standard output
	queued         bool   // records may still be in a queue when the connections are closed: count until the exit
}

func (s scenario) name() string {
	return fmt.Sprintf("%s %s %d", s.receiver, s.task, s.connections)
}

// pythonLine is the form of the lines that the Python receiver writes.
const pythonLine = "%(asctime)s %(processName)s %(name)s %(levelname)s %(message)s"

// scenarios returns the receivers to measure; Python's and Jackdaw's with the same task stand
// beside each other.
func scenarios(python, jackdaw, dir string) []scenario {
	var all []scenario
	receiver := filepath.Join(dir, "receiver.py")
	for _, connections := range []int{1, 4} {
		for _, task := range []string{"discarding", "to a file", "the same lines"} {
			cookbook := scenario{receiver: "Python", task: task, connections: connections, parse: pythonHandled, command: []string{python, receiver}}
			ours := scenario{receiver: "jackdaw", task: task, connections: connections, parse: jackdawHandled, queued: true,
				command: []string{jackdaw, "serve", "--data", "off", "--queue-size", "1GiB", "--udp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "off", "--tcp", "127.0.0.1:0"}}
			if task != "discarding" {
				cookbook.file, ours.file = filepath.Join(dir, "python.log"), filepath.Join(dir, "jackdaw.log")
				cookbook.command = append(cookbook.command, cookbook.file)
			}
			switch task {
			case "discarding":
				ours.command = append(ours.command, "--console", "off")
			case "to a file":
				ours.command = append(ours.command, "--console", "off", "--file", ours.file)
			case "the same lines":
				ours.stdout = true
				ours.command = append(ours.command, "--format", pythonLine)
			}
			all = append(all, cookbook, ours)
		}
	}
	return all
}

// result is what one round measured.
type result struct {
	records   int
	wall, cpu time.Duration
}

func (r result) perSecond() float64    { return float64(r.records) / r.wall.Seconds() }
func (r result) perCPUSecond() float64 { return float64(r.records) / r.cpu.Seconds() }

func median(results []result, figure func(result) float64) float64 {
	figures := make([]float64, len(results))
	for i, r := range results {
		figures[i] = figure(r)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// report prints a line per scenario, with each of Jackdaw's figures as a multiple of the Python
// one above it, and at last what four connections make of the figure of one.
func report(scenarios []scenario, results [][]result) {
	fmt.Printf("%-9s %-15s %12s %15s %8s %15s %8s\n", "receiver", "task", "connections", "records/s", "ratio", "per CPU-second", "ratio")
	figures := map[string]float64{}
	for i, s := range scenarios {
		wall, cpu := median(results[i], result.perSecond), median(results[i], result.perCPUSecond)
		figures[s.name()] = cpu
		wallRatio, cpuRatio := "", ""
		if s.receiver == "jackdaw" && i > 0 {
			wallRatio = fmt.Sprintf("%.1fx", wall/median(results[i-1], result.perSecond))
			cpuRatio = fmt.Sprintf("%.1fx", cpu/median(results[i-1], result.perCPUSecond))
		}
		fmt.Printf("%-9s %-15s %12d %15.0f %8s %15.0f %8s\n", s.receiver, s.task, s.connections, wall, wallRatio, cpu, cpuRatio)
	}
	fmt.Println()
	for _, s := range scenarios {
		if one, four := figures[s.name()], scenario.name(scenario{receiver: s.receiver, task: s.task, connections: 4}); s.connections == 1 && figures[four] > 0 {
			fmt.Printf("%s, %s: records per CPU-second over 4 connections are %.2f of those over 1\n", s.receiver, s.task, figures[four]/one)
		}
	}
}
