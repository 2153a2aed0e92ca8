package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
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
	cmd := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return result{}, err
	}
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	defer cmd.Process.Kill()
	lines := bufio.NewReader(stderr)
	var said strings.Builder
	addr := ""
	for addr == "" {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			return result{}, fmt.Errorf("start %s: it says %q", s.command, said.String())
		}
		addr = boundAddr.FindString(line)
	}
	said.Reset()
	rest := make(chan error, 1)
	go func() {
		_, err := io.Copy(&said, lines)
		rest <- err
	}()

	before, err := cpuTime(cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	start := time.Now()
	if err := f.blast(addr, records, s.connections); err != nil {
		return result{}, err
	}
	wall := time.Since(start)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return result{}, err
	}
	if err := <-rest; err != nil {
		return result{}, err
	}
	if err := cmd.Wait(); err != nil {
		return result{}, fmt.Errorf("stop: %w\n%s", err, said.String())
	}
	if s.queued {
		wall = time.Since(start)
	}
	handled, err := s.parse(said.String())
	if err != nil {
		return result{}, err
	}
	if handled != records {
		return result{}, fmt.Errorf("%d records were handled, want all %d", handled, records)
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return result{records: records, wall: wall, cpu: used - before}, nil
}

// cpuTime returns the processor time that the process has used so far, all its threads together and
// to the nanosecond, from the clock that the kernel keeps for every process.
func cpuTime(pid int) (time.Duration, error) {
	clock := int32(^pid)<<3 | 2 // CPUCLOCK_SCHED of the whole process, as clock_getcpuclockid(3) makes it
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, errno)
	}
	return time.Duration(ts.Nano()), nil
}

var handledCount = regexp.MustCompile(`handled ([0-9]+)`)

func pythonHandled(stderr string) (int, error) {
	m := handledCount.FindStringSubmatch(stderr)
	if m == nil {
		return 0, fmt.Errorf("no count in what it says at its end: %q", stderr)
	}
	return strconv.Atoi(m[1])
}

// jackdawHandled reads the counts that jackdaw prints at its end.
func jackdawHandled(stderr string) (int, error) { return pythonHandled(stderr) }
