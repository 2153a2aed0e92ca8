package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/bench/program"
)

// boundAddr finds where a receiver says that it listens.
var boundAddr = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)

// measure starts the receiver, sends it the records and stops it.
func (s scenario) measure(ctx context.Context, f *frames, records int) (result, error) {
	if s.file != "" {
		if err := os.Remove(s.file); err != nil && !os.IsNotExist(err) {
			return result{}, err
		}
	}
	p, err := s.start(ctx)
	if err != nil {
		return result{}, err
	}
	defer p.cmd.Process.Kill()
	before, err := program.CPUTime(p.cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	began := time.Now()
	if err := f.blast(p.addr, records, s.connections); err != nil {
		return result{}, err
	}
	wall := time.Since(began)
	said, err := p.stop()
	if err != nil {
		return result{}, err
	}
	if s.queued {
		wall = time.Since(began)
	}
	handled, err := s.parse(said)
	if err != nil {
		return result{}, err
	}
	if handled != records {
		return result{}, fmt.Errorf("%d records were handled, want all %d", handled, records)
	}
	used := p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	return result{records: records, wall: wall, cpu: used - before}, nil
}

// process is a receiver that runs.
type process struct {
	cmd   *exec.Cmd
	addr  string // where it listens
	lines *bufio.Reader
}

// start starts a receiver and waits until it says where it listens.
func (s scenario) start(ctx context.Context) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, s.command[0], s.command[1:]...)}
	if s.stdout {
		f, err := os.Create(s.file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		p.cmd.Stdout = f
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.lines = bufio.NewReader(stderr)
	for said := ""; p.addr == ""; {
		line, err := p.lines.ReadString('\n')
		if said += line; err != nil {
			p.cmd.Process.Kill()
			return nil, fmt.Errorf("start %s: it says %q", s.command, said)
		}
		p.addr = boundAddr.FindString(line)
	}
	return p, nil
}

// stop asks the receiver to end, and returns what it said until then.
func (p *process) stop() (string, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return "", err
	}
	said, err := io.ReadAll(p.lines)
	if err != nil {
		return "", err
	}
	if err := p.cmd.Wait(); err != nil {
		return "", fmt.Errorf("stop: %w\n%s", err, said)
	}
	return string(said), nil
}

var handledCount = regexp.MustCompile(`handled ([0-9]+)`)

func pythonHandled(stderr string) (int, error) {
	m := handledCount.FindStringSubmatch(stderr)
	if m == nil {
		return 0, fmt.Errorf("no count in what it says at its end: %q", stderr)
	}
	return strconv.Atoi(m[1])
}

var handledCounts = regexp.MustCompile(`([0-9]+) handled`)

// jackdawHandled reads the counts that jackdaw prints at its end, of the queue and of each handler: what
// all of them handled.
func jackdawHandled(stderr string) (int, error) {
	counts := handledCounts.FindAllStringSubmatch(stderr, -1)
	if len(counts) == 0 {
		return 0, fmt.Errorf("no counts in what it says at its end: %q", stderr)
	}
	least := math.MaxInt
	for _, m := range counts {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		least = min(least, n)
	}
	return least, nil
}
