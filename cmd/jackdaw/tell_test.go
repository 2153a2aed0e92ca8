package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A word about what takes its time comes before what is said behind it, or not at all.
func TestTellSoon(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			var b strings.Builder
			teller := newTeller(&b)
			done := time.After(time.Second) // the same moment
			never := teller.soon(time.Second, "slow")
			<-done
			never()
			teller.tell("done")
			teller.close()
			if got := b.String(); got != "jackdaw: done\n" && got != "jackdaw: slow\njackdaw: done\n" {
				t.Fatalf("got %q, want the slow word first or not at all", got)
			}
		})
	}
}
