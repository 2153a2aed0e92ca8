package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

//go:embed loads.py
var loadsScript string

// pythonTasks are what loads.py measures, in its order.
var pythonTasks = []string{"CPython, loads", "CPython, loads and makeLogRecord"}

// pythonProcess is a Python that has the frames, and measures when it is told to.
type pythonProcess struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
}

func startPython(ctx context.Context, python string, mix, typical frames) (*pythonProcess, error) {
	cmd := exec.CommandContext(ctx, python, "-c", loadsScript)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", python, err)
	}
	w := bufio.NewWriter(in)
	for _, f := range []frames{mix, typical} {
		fmt.Fprintln(w, len(f))
		for _, frame := range f {
			_, _ = w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(frame)))) // Flush has the error
			_, _ = w.Write(frame)
		}
	}
	p := &pythonProcess{cmd: cmd, in: in, answers: bufio.NewReader(out)}
	if err := w.Flush(); err != nil {
		p.close()
		return nil, fmt.Errorf("hand %s the frames: %w", python, err)
	}
	return p, nil
}

// measure has Python do a task once.
func (p *pythonProcess) measure(task int) (cost, error) {
	if _, err := fmt.Fprintln(p.in, task, typicalCount); err != nil {
		return cost{}, err
	}
	line, err := p.answers.ReadString('\n')
	if err != nil {
		return cost{}, err
	}
	var mix, typical int64
	if _, err := fmt.Sscan(line, &mix, &typical); err != nil {
		return cost{}, fmt.Errorf("read %q: %w", line, err)
	}
	return cost{mix: time.Duration(mix), typical: time.Duration(typical)}, nil
}

// close ends Python.
func (p *pythonProcess) close() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // its errors went to standard error
}
