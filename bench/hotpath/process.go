package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// taskEnv is set in the processes that measure: to the task, as JSON.
const taskEnv = "HOTPATH_TASK"

// taskLimit is how long a task may take before it is given up.
const taskLimit = 30 * time.Second

// inProcess carries out a task in a process of its own, so that no peer meets what another left
// behind: memory, goroutines, a collector that is at work.
func inProcess(ctx context.Context, t task) (figures, error) {
	arg, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, taskLimit)
	defer cancel()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), taskEnv+"="+string(arg))
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("%s of %s: %w\n%s", t.Work, t.Peer, err, last(stderr.Bytes(), 2000))
	}
	var f figures
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return nil, fmt.Errorf("%s of %s: read its figures: %w", t.Work, t.Peer, err)
	}
	return f, nil
}

// last returns the last n bytes of b.
func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// measuring carries out the task that this process was started for, if it was, and reports whether.
func measuring() (bool, error) {
	arg, ok := os.LookupEnv(taskEnv)
	if !ok {
		return false, nil
	}
	var t task
	if err := json.Unmarshal([]byte(arg), &t); err != nil {
		return true, fmt.Errorf("read %s: %w", taskEnv, err)
	}
	f, err := measure(t)
	if err != nil {
		return true, err
	}
	return true, json.NewEncoder(os.Stdout).Encode(f)
}
