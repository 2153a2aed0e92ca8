// Command load measures what the way of records costs through jackdaw serve: from a socket, through the stream at
// each of its levels, into a file of JSON lines; beside it, in the same run, the plain copy of the same lines from
// a socket into a file, which no program that receives can do without.
//
// For each way in, records come as fast as they are taken, over several connections with one request of a thousand
// records under way on each. What is told:
//
//	accepted/s   records a second until the last one was acknowledged
//	to file/s    until the file had the last one
//	CPU-s/M      seconds of processor time of the server for a million records, all included
//	RSS          the most memory that the server had
//	ack p50 p99  how long an acknowledgement took, under that load
//	paced p99    the same with 20,000 records a second, which is no load
//
// A round counts only if the file has every record. The figures are medians. It runs on Linux.
//
// With -programs two builds are measured in turn, row by row, so that what else the machine does is the same for both:
// on a busy one only their ratio means something, and that of the processor time is steady.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/bench/program"
)

// settings are what is measured.
type settings struct {
	records, rounds, connections int
	ways, levels                 []string
	programs                     []string // to be measured in place of the one that is built here
	store                        bool
	dir                          string
}

func main() {
	log.SetFlags(0)
	beCopy()
	var s settings
	flag.IntVar(&s.records, "records", 1_000_000, "how many records a round sends")
	flag.IntVar(&s.rounds, "rounds", 3, "how often each is measured")
	flag.IntVar(&s.connections, "connections", 4, "how many connections bring the records")
	flag.BoolVar(&s.store, "store", false, "keep the records in the store, too")
	flag.StringVar(&s.dir, "dir", os.TempDir(), "a `directory` on the disk to measure")
	in := flag.String("in", "pickle,jsonl,ingest,otlp", "the ways in")
	levels := flag.String("levels", "sync,disk,memory", "the levels of durability")
	programs := flag.String("programs", "", "measure the `PATHS` of jackdaws, with commas between them, and build none")
	flag.Parse()
	if *programs != "" {
		s.programs = strings.Split(*programs, ",")
	}
	s.ways, s.levels = strings.Split(*in, ","), strings.Split(*levels, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &s); err != nil {
		log.Fatal("load: ", err)
	}
}

// row is one line of the table.
type row struct {
	way     way
	level   string // empty for the plain copy
	program string
	results []result
}

// result is what one round measured.
type result struct {
	accepted, handled time.Duration
	cpu               time.Duration
	rss               int64
	p50, p99, paced   time.Duration
}

func run(ctx context.Context, s *settings) error {
	dir, err := os.MkdirTemp(s.dir, "jackdaw-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if len(s.programs) == 0 {
		jackdaw, err := program.Build(ctx, dir)
		if err != nil {
			return err
		}
		s.programs = []string{jackdaw}
	}
	s.records -= s.records % (requestSize * s.connections)
	parts, lineBytes := makeParts()
	rows, err := s.rows()
	if err != nil {
		return err
	}
	fmt.Printf("%d records a round of %d bytes as JSON, %d connections, %d rounds, medians\n\n", s.records, lineBytes, s.connections, s.rounds)
	for range s.rounds {
		for i := range rows {
			r, err := s.measure(ctx, filepath.Join(dir, "round"), &rows[i], parts)
			if err != nil {
				return fmt.Errorf("%s %s: %w", rows[i].way.name, rows[i].level, err)
			}
			rows[i].results = append(rows[i].results, r)
		}
	}
	report(os.Stdout, s.records, rows, len(s.programs) > 1)
	return nil
}

// rows returns what is to be measured, the plain copy first.
func (s *settings) rows() ([]row, error) {
	rows := []row{{way: way{name: "copy", network: "tcp", bytes: func(p *part) []byte { return p.lines }}}}
	for _, level := range s.levels {
		for _, name := range s.ways {
			i := slices.IndexFunc(ways, func(w way) bool { return w.name == name })
			if i < 0 {
				return nil, fmt.Errorf("there is no way in named %q", name)
			}
			for _, path := range s.programs {
				rows = append(rows, row{way: ways[i], level: level, program: path})
			}
		}
	}
	return rows, nil
}

// command returns what is run for a row, with its files in dir.
func (s *settings) command(dir string, r *row) ([]string, error) {
	if r.level == "" {
		self, err := os.Executable()
		return []string{"env", copyTo + "=" + filepath.Join(dir, "out"), self}, err
	}
	command := []string{r.program, "serve", "--console", "off", "--udp", "off", "--tcp", "off", "--otlp", "off", "--otlp-grpc", "off", "--http", "off", "--web", "off",
		"--data", filepath.Join(dir, "data"), "--durability", r.level, "--file", filepath.Join(dir, "out")}
	if !s.store {
		command = append(command, "--store", "off")
	}
	return append(command, "--"+r.way.network, "127.0.0.1:0"), nil
}

// measure starts a server, sends it the records, and stops it.
func (s *settings) measure(ctx context.Context, dir string, r *row, parts []part) (out result, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	command, err := s.command(dir, r)
	if err != nil {
		return out, err
	}
	p, err := start(ctx, command...)
	if err != nil {
		return out, err
	}
	defer p.cmd.Process.Kill()
	syscall.Sync() // what others have written is not to be synced with this
	before, err := program.CPUTime(p.cmd.Process.Pid)
	if err != nil {
		return out, err
	}
	addr := p.addresses[r.way.network]
	began := time.Now()
	took, err := r.way.load(ctx, addr, parts, s.records, s.connections, 0)
	if err != nil {
		return out, err
	}
	out.accepted, out.p50, out.p99 = time.Since(began), quantile(took, 0.5), quantile(took, 0.99)
	if r.level != "" {
		waiting, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := written(waiting, filepath.Join(dir, "out"), s.records); err != nil {
			said, stopErr := p.stop()
			return out, errors.Join(fmt.Errorf("%w; the server's counts are\n%s", err, said), stopErr)
		}
	}
	out.handled = time.Since(began)
	if out.rss, err = peak(p.cmd.Process.Pid); err != nil {
		return out, err
	}
	used, err := program.CPUTime(p.cmd.Process.Pid)
	if err != nil {
		return out, err
	}
	out.cpu = used - before
	if r.way.path != "" {
		took, err := r.way.load(ctx, addr, parts, 100*requestSize, 1, 20_000)
		if err != nil {
			return out, err
		}
		out.paced = quantile(took, 0.99)
	}
	_, err = p.stop()
	return out, err
}
