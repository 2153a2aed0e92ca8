package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// makeRecords lets Python make the frames that the benchmark of the receiver sends, and returns the
// records in them as the receiver hands them on.
func makeRecords(ctx context.Context, python string) (records []record.Record, err error) {
	dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the benchmarks' module: %w", err)
	}
	cmd := exec.CommandContext(ctx, python, filepath.Join(strings.TrimSpace(string(dir)), "receive", "frames.py"))
	cmd.Stderr = os.Stderr
	data, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make frames with %s: %w", python, err)
	}
	d := pickle.NewDecoder(pickle.Limits{})
	for len(data) > 4 {
		to := 4 + int(binary.BigEndian.Uint32(data))
		var r record.Record
		if err := d.Decode(data[4:to], &r); err != nil {
			return nil, fmt.Errorf("read frame %d: %w", len(records), err)
		}
		r.Peer, r.Received = "127.0.0.1:51234", time.Now().UTC()
		records, data = append(records, r), data[to:]
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("make frames with %s: it made none", python)
	}
	return records, nil
}
