package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// discard is a sink that does nothing at all.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// counter is a sink that counts lines.
type counter struct {
	lines atomic.Int64
	last  atomic.Int64 // when the last Write was, by the clock
}

func (c *counter) Write(p []byte) (int, error) {
	c.last.Store(int64(clock()))
	c.lines.Add(int64(bytes.Count(p, []byte{'\n'})))
	return len(p), nil
}

// patience is how long await looks at a count that does not grow.
const patience = 30 * time.Millisecond

// await waits until there are n lines, and returns early when nothing has come for a while.
func (c *counter) await(n int64) {
	seen, since := int64(-1), clock()
	for {
		lines := c.lines.Load()
		if lines >= n {
			return
		}
		if lines != seen {
			seen, since = lines, clock()
		}
		if clock()-since > patience {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// staller is a sink that stands still at times, and counts.
type staller struct {
	counter
	from  []time.Duration // by the clock
	stand time.Duration
}

func (s *staller) Write(p []byte) (int, error) {
	now := clock()
	for _, from := range s.from {
		if now >= from && now < from+s.stand {
			time.Sleep(from + s.stand - now)
		}
	}
	return s.counter.Write(p)
}

// clockStart is what the clock counts from.
var clockStart = time.Now()

// clock returns the time since the program started. It costs half of time.Now.
func clock() time.Duration { return time.Since(clockStart) }

// linesBelow returns how many lines of the request are in the files of a directory.
func linesBelow(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // empty: phuslu makes a second file when the second turns, and removes the first later
		}
		n += bytes.Count(data, []byte(message))
		return err
	})
	return n, err
}
