package main

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// All contenders do the same work: what they write is the same message, and none errs.
func TestSameWork(t *testing.T) {
	records, err := makeRecords(t.Context(), testenv.Python(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := makeMix(records[:400], 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.batches {
		theirs, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.messages[i])
		if err != nil || string(theirs) != string(m.protobuf[i]) {
			t.Errorf("batch %d: the messages differ, %v", i, err)
		}
	}
	for _, c := range contenders {
		if cost, err := c.measure(m); err != nil || cost.took <= 0 {
			t.Errorf("%s: got %+v, %v", c.name, cost, err)
		}
	}
	if len(m.read) != 100 {
		t.Errorf("got %d records read, want 100", len(m.read))
	}
}
