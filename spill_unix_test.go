//go:build unix

package jackdaw_test

import (
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// A disk that is full before the files are leaves it to the policy, and is told; what is there comes in its order.
func TestSpillOnFullDisk(t *testing.T) {
	if !testenv.OnSmallDisk(t, 1<<20, func(dir string) { testSpillFullDisk(t, dir) }) {
		t.Log("what the queue does about a Spill that fails is tested in its room too")
	}
}

func testSpillFullDisk(t *testing.T, dir string) {
	full := make(chan error, 100)
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget, OnError: func(err error) {
		select {
		case full <- err:
		default:
		}
	}})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: filepath.Join(dir, "spill")})
	const n = 80000
	for i := range n {
		info(h)(i)
	}
	if err := testenv.Receive(t, "an error", full); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
	close(gate)
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	s := h.Stats()
	checkLaw(t, s)
	hs := s.Handlers[0]
	if hs.Accepted != n || hs.Dropped["queue full"]["INFO"] == 0 || hs.Waiting > 0 {
		t.Errorf("got %+v", hs)
	}
	checkTold(t, hs, m)
	var got []int64
	for _, r := range m.records {
		if r.Logger != "jackdaw" {
			got = append(got, r.Attrs[0].Value.Int64())
		}
	}
	if uint64(len(got)) != hs.Handled || !slices.IsSorted(got) {
		t.Errorf("got %d records of %d, in order: %t", len(got), hs.Handled, slices.IsSorted(got))
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
