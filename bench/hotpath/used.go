package main

import "time"

// usage is what this process has used so far.
type usage struct {
	known  bool
	cpu    time.Duration
	sleeps int64 // how often a thread gave up its processor
}
