package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw"
)

// flying returns the door with a queue in flight mode, whose file is in memory where the system has such a place.
func (d door) flying() door {
	return door{name: d.name + "-flight", slog: d.slog, calls: d.calls, flight: true}
}

// openFlight begins flight mode, and returns what removes its file's directory.
func openFlight(h *jackdaw.Hierarchy) (remove func() error, err error) {
	dir, err := memoryDir()
	if err != nil {
		return nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if err := h.OpenFlight(filepath.Join(dir, "flight"), jackdaw.FlightOptions{}); err != nil {
		return nil, errors.Join(err, remove())
	}
	return remove, nil
}

// memoryDir makes a directory in memory, or elsewhere if there is none.
func memoryDir() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "hotpath-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "hotpath-")
}

// slogFilePeer is the usual way to lose nothing when a program is killed: each call writes its line into a file.
func slogFilePeer() peer {
	return peer{name: "slog-file", slog: true, way: direct, extra: true, works: []string{"call"}, open: func(to target) (*session, error) {
		dir, err := memoryDir()
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(filepath.Join(dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		s := slogSession(slog.NewJSONHandler(io.MultiWriter(f, to.w), nil))
		s.close = func() error { return errors.Join(f.Close(), os.RemoveAll(dir)) }
		return s, nil
	}}
}
