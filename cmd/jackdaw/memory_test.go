package main

import "testing"

// Half of the limit at least is for what does not live.
func TestMemoryLimit(t *testing.T) {
	f := func(live uint64, want int64) {
		t.Helper()
		if got := memoryLimit(live); got != want {
			t.Errorf("%d MB live: got %d MB, want %d", live>>20, got>>20, want>>20)
		}
	}
	f(0, usualMemory)
	f(64<<20, usualMemory)
	f(100<<20, 256<<20)
	f(1<<30, 2080<<20)
}
