package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	beCopy()
	os.Exit(m.Run())
}

// TestRun takes one short round of everything, so that the benchmark works when it is wanted.
func TestRun(t *testing.T) {
	if err := run(t.Context(), &settings{records: 8000, rounds: 1, connections: 4, ways: []string{"pickle", "jsonl", "ingest", "otlp"}, levels: []string{"disk"}, dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	slow, fast := result{accepted: 2 * time.Second, handled: 4 * time.Second, cpu: 3 * time.Second, rss: 1 << 20}, result{accepted: 1, handled: 1, cpu: time.Second}
	report(&b, 1_000_000, []row{{way: way{name: "copy"}, results: []result{fast}}, {way: way{name: "pickle"}, level: "sync", results: []result{fast, slow, slow}}}, false)
	if got, want := b.String(), "pickle   sync          500000       250000      3.00      3.0x         1"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %q in it", got, want)
	}
}
