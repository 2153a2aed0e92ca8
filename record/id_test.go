package record_test

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

func TestID(t *testing.T) {
	f := func(id record.ID, want string) {
		t.Helper()
		got := id.String()
		if got != want {
			t.Errorf("text of %+v: got %q, want %q", id, got, want)
		}
		if back, err := record.ParseID(got); err != nil || back != id {
			t.Errorf("ParseID(%q): got %+v and error %v, want %+v", got, back, err, id)
		}
	}
	f(record.ID{}, "")
	f(record.ID{Epoch: 1, Sequence: 2, Index: 3}, "1-2-3")
	f(record.ID{Epoch: 1<<64 - 1, Sequence: 1<<64 - 1, Index: 1<<32 - 1}, "3w5e11264sgsf-18446744073709551615-4294967295")
}

func TestParseIDErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := record.ParseID(text); err == nil || err.Error() != want {
			t.Errorf("ParseID(%q): got error %v, want %s", text, err, want)
		}
	}
	f("17", `read id "17": want <epoch>-<sequence>-<index>`)
	f("a-b-3", `read id "a-b-3": strconv.ParseUint: parsing "b": invalid syntax`)
	f("a-1-4294967296", `read id "a-1-4294967296": strconv.ParseUint: parsing "4294967296": value out of range`)
}

func TestIDCompare(t *testing.T) {
	sorted := []record.ID{{}, {Epoch: 1, Sequence: 9, Index: 9}, {Epoch: 2, Sequence: 1, Index: 5}, {Epoch: 2, Sequence: 2}, {Epoch: 2, Sequence: 2, Index: 1}}
	for i, a := range sorted {
		for j, b := range sorted {
			want := 0
			if i != j {
				want = map[bool]int{true: -1, false: 1}[i < j]
			}
			if got := a.Compare(b); got != want {
				t.Errorf("%q compared with %q: got %d, want %d", a, b, got, want)
			}
		}
	}
}
