package testenv

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must come. It is no measure of speed: it is so long that only
// what never comes outlasts it, however slow a machine is and whatever else it does.
const Patience = time.Minute

// Await waits until there is what a test waits for, and ends the test, saying what, if it does not come.
// It asks again and again, from the test's own goroutine.
func Await(t testing.TB, what string, there func() bool) {
	t.Helper()
	for late := time.Now().Add(Patience); !there(); <-time.After(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("waited %v in vain for %s", Patience, what)
		}
	}
}

// Receive returns what comes by a channel, or the zero value when it is closed, and ends the test, saying what
// it waits for, if neither happens.
func Receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(Patience):
		t.Fatalf("waited %v in vain for %s", Patience, what)
		panic("unreachable")
	}
}
