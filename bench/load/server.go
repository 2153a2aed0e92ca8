package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// server is a process that receives.
type server struct {
	cmd   *exec.Cmd
	lines *bufio.Reader
	// addresses are where it listens, by network.
	addresses map[string]string
}

// listening is what a server says when it is ready; addresses follow.
const listening = "listening on "

// start starts a server, and waits until it listens.
func start(ctx context.Context, command ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, command[0], command[1:]...), addresses: make(map[string]string)}
	s.cmd.Env = append(os.Environ(), "GOMAXPROCS=", "GOGC=", "GOMEMLIMIT=") // as its users have it
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.lines = bufio.NewReader(stderr)
	for said := ""; ; {
		line, err := s.lines.ReadString('\n')
		said += line
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start %q: it says %q", command, said), s.kill())
		}
		if _, places, ok := strings.Cut(line, listening); ok {
			for place := range strings.SplitSeq(strings.TrimSpace(places), ", ") {
				network, addr, _ := strings.Cut(place, " ")
				s.addresses[network] = addr
			}
			return s, nil
		}
	}
}

func (s *server) kill() error {
	err := s.cmd.Process.Kill()
	_ = s.cmd.Wait() // the error is that it was killed
	return err
}

// stop asks the server to end, waits until it has, and returns what it said at last.
func (s *server) stop() (said []byte, err error) {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil, err
	}
	said, err = io.ReadAll(s.lines)
	if err == nil {
		err = s.cmd.Wait()
	}
	if err != nil {
		return said, fmt.Errorf("stop: %w\n%s", err, said)
	}
	return said, nil
}

// written waits until a file has so many lines. It looks into the file, so that it costs the server nothing.
func written(ctx context.Context, path string, lines int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for have := 0; have < lines; {
		n, err := f.Read(buf)
		have += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil && err != io.EOF {
			return err
		}
		if n == len(buf) {
			continue
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s has %d lines of %d: %w", path, have, lines, ctx.Err())
		}
	}
	return nil
}

// peak returns the most memory that a process had, in bytes.
func peak(pid int) (int64, error) {
	status, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "status"))
	if err != nil {
		return 0, err
	}
	_, text, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(text, &kib); err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	return kib << 10, nil
}
