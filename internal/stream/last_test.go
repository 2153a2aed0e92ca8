package stream

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// The last record is known at once, and after a restart, when it is not in memory.
func TestLast(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	if id, err := s.Last(t.Context()); err != nil || !id.IsZero() {
		t.Errorf("of an empty stream: got %v, %v, want none", id, err)
	}
	store(t, s, numbered(0, 3))
	store(t, s, numbered(3, 7))
	all, _ := follow(t, s, FollowOptions{Last: 7}, 7)
	check := func(want record.ID) {
		t.Helper()
		if id, err := s.Last(t.Context()); err != nil || id != want {
			t.Errorf("got %v, %v, want %v", id, err, want)
		}
	}
	check(all[6].ID)
	closeStream(t, s)
	s = open(t, Options{Dir: dir, Level: Disk})
	check(all[6].ID)
}
