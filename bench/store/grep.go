package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/jackdaw-log/jackdaw/record"
)

// grep is a file of JSON lines, and grep.
type grep struct {
	path    string
	f       *os.File
	w       *bufio.Writer
	encoder record.Encoder
	buf     []byte
}

func openGrep(dir string) (engine, error) {
	path := filepath.Join(dir, "records.jsonl")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &grep{path: path, f: f, w: bufio.NewWriterSize(f, 1<<20)}, nil
}

func (g *grep) keep(_ context.Context, b *batch) error {
	for i := range b.records {
		g.buf = append(g.encoder.AppendJSON(g.buf[:0], &b.records[i]), '\n')
		if _, err := g.w.Write(g.buf); err != nil {
			return err
		}
	}
	if err := g.w.Flush(); err != nil {
		return err
	}
	return g.f.Sync()
}

func (g *grep) settle(context.Context) error { return nil }

func (g *grep) close() error { return g.f.Close() }

func (g *grep) find(ctx context.Context, q *question) (int, error) {
	if q.grep == "" {
		return -1, nil
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", q.grep)
	cmd.Env = append(os.Environ(), "F="+g.path, "LC_ALL=C")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		err = nil // nothing was found
	}
	if err != nil {
		return 0, err
	}
	if q.ask == count {
		return strconv.Atoi(string(bytes.TrimSpace(out)))
	}
	return bytes.Count(out, []byte("\n")), nil
}
