package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// gcPercent is far more than Go's own: records are garbage as soon as they are handled, and what lives is
	// little. To collect at twice that would be to collect all the time, a fourteenth of the time that receiving
	// takes.
	gcPercent = 400
	// usualMemory is what that may come to. It is not aimed at where more lives.
	usualMemory = 200 << 20
)

// tuneMemory lets Go take memory as is good for a program that receives, unless its user said otherwise.
func tuneMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	t := &memoryTuner{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	t.tune(0)
}

// memoryTuner sets Go's limit of memory anew after each collection. It is soft, and near it Go collects more often than
// gcPercent says; at it Go would do little else, so that it has to grow with what lives.
type memoryTuner struct {
	live  []metrics.Sample
	limit int64
}

// tune runs after a collection, and calls itself after the next one.
func (t *memoryTuner) tune(int) {
	metrics.Read(t.live)
	limit := memoryLimit(t.live[0].Value.Uint64())
	if limit != t.limit {
		t.limit = limit
		debug.SetMemoryLimit(limit)
	}
	runtime.AddCleanup(new([64]byte), t.tune, 0)
}

// memoryLimit is the limit while so many bytes live. It moves in steps, since to set it stops the program for a moment.
func memoryLimit(live uint64) int64 {
	const step = 32 << 20
	return max(usualMemory, int64(2*live+2*step-1)/step*step)
}
