package main

import (
	"context"
	"flag"
	"os"
	"testing"
)

// TestMain lets the benchmark start this binary as its child.
func TestMain(m *testing.M) {
	if os.Getenv(child1) == "" {
		os.Exit(m.Run())
	}
	as, dir := flag.String("as", "", ""), flag.String("dir", "", "")
	var l load
	flag.IntVar(&l.records, "records", 0, "")
	flag.IntVar(&l.batch, "batch", 0, "")
	flag.IntVar(&l.days, "days", 0, "")
	flag.Parse()
	if err := child(context.Background(), *as, *dir, l); err != nil {
		println(err.Error())
		os.Exit(1)
	}
}

// TestRun takes a short round of everything, so that the benchmark works when it is wanted, and what the store finds is
// what grep finds.
func TestRun(t *testing.T) {
	results, err := run(t.Context(), load{6000, 1000, 1}, []string{"chunks", "grep"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i := range questions {
		got, want := results[0].Found[i].N, results[1].Found[i].N
		if want < 0 {
			continue // grep has no way to ask that
		}
		if compared++; got != want {
			t.Errorf("%s: got %d, want %d", questions[i].name, got, want)
		}
	}
	if compared < 8 || results[0].While[1] == 0 || results[0].Kept.Bytes == 0 {
		t.Errorf("got %d questions compared, and %+v", compared, results[0])
	}
	if _, err := run(t.Context(), load{2000, 1000, 1}, []string{"rows"}, t.TempDir()); err != nil {
		t.Errorf("rows: %v", err)
	}
}
