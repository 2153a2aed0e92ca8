package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// frames are the pickles of records, without their lengths.
type frames [][]byte

// makeFrames lets Python make the frames that the benchmark of the receiver sends.
func makeFrames(ctx context.Context, python string) (frames, error) {
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the benchmarks' module: %w", err)
	}
	script := filepath.Join(strings.TrimSpace(string(dir)), "receive", "frames.py")
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Stderr = os.Stderr
	data, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make frames with %s: %w", python, err)
	}
	var f frames
	for len(data) > 4 {
		n := int(binary.BigEndian.Uint32(data))
		f = append(f, data[4:4+n])
		data = data[4+n:]
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("make frames with %s: it made none", python)
	}
	return f, nil
}

func (f frames) mean() int {
	sum := 0
	for _, frame := range f {
		sum += len(frame)
	}
	return sum / len(f)
}

// typicalBytes is the mean length of the records of real programs.
const typicalBytes = 626

// typical returns the frame whose length is nearest to the typical one, of those with several attrs
// that are no containers.
func (f frames) typical() frames {
	best := f[:1]
	distance := func(frame []byte) int { return max(len(frame)-typicalBytes, typicalBytes-len(frame)) }
	for i, frame := range f {
		if strings.Contains(string(frame), "request_id") && distance(frame) < distance(best[0]) {
			best = f[i : i+1]
		}
	}
	return best
}
