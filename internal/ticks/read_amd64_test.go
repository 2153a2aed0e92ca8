//go:build gc && !race && !jackdaw_portable

package ticks

import "testing"

// Ticks go on.
func TestRead(t *testing.T) {
	first := Read()
	for range 1000 {
		if Read() != first {
			return
		}
	}
	t.Errorf("got %d each time", first)
}
