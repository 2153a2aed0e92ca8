package queue

import (
	"testing"
	"unsafe"
)

// What the budget counts for a record, beside its text and attrs, is what it takes in a chunk at least.
func TestSizeOfItems(t *testing.T) {
	f := func(what string, counted int, chunk uintptr) {
		t.Helper()
		if got := int(chunk / chunkItems); counted < got {
			t.Errorf("%s: %d bytes are counted, want the %d that it takes at least", what, counted, got)
		}
	}
	f("a record with a form", formedBytes, unsafe.Sizeof(chunk{}))
	f("a record without one", itemBytes, unsafe.Sizeof(chunk{})+unsafe.Sizeof(details{}))
}
