package main

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// TestRun takes one short round of everything, so that the benchmark works when it is wanted.
func TestRun(t *testing.T) {
	if err := run(t.Context(), 1, 4000, testenv.Python(t)); err != nil {
		t.Error(err)
	}
}

func TestMedian(t *testing.T) {
	results := []result{{records: 30, wall: 10}, {records: 10, wall: 10}, {records: 20, wall: 10}}
	if got, want := median(results, func(r result) float64 { return float64(r.records) }), 20.0; got != want {
		t.Errorf("median: got %v, want %v", got, want)
	}
}
