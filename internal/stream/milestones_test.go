package stream

import (
	"log/slog"
	"testing"
)

func TestMilestones(t *testing.T) {
	var m milestones
	f := func(first, last uint64, bytes int64, want uint64, known bool) {
		t.Helper()
		if got, ok := m.beyond(first, last, bytes); got != want || ok != known {
			t.Errorf("beyond(%d, %d, %d): got %d, %v, want %d, %v", first, last, bytes, got, ok, want, known)
		}
	}
	f(1, 10, 5, 0, false)
	for seq := range uint64(100) { // 16 KiB each: every fourth is one
		m.pass(1000+seq, seq*milestoneBytes/4)
	}
	f(999, 1050, 1, 0, false) // what is before was not seen
	f(1000, 1050, 1, 1004, true)
	f(1000, 1050, milestoneBytes, 1004, true)
	f(1000, 1050, milestoneBytes+1, 1008, true)
	f(1000, 1003, 1, 1003, true)
	f(1000, 1050, 1<<30, 1050, true)
	f(1000, 1200, 1<<30, 1200, true)
	f(1021, 1050, 1, 1024, true)
	f(1000, 1050, 1, 0, false) // forgotten
	f(1021, 1050, 0, 1021, true)
}

// To make room in a stream that is full takes nothing of it into memory: how many bytes lie before a message is known.
func TestPurgeByWhatIsKnown(t *testing.T) {
	s := open(t, Options{Level: Disk})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	const n = 4000
	for i := 0; i < n; i += 100 {
		store(t, s, large(i, 100, slog.LevelInfo))
	}
	k.wait(t, n)
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	if err := s.saveState(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	first := uint64(1)
	if to, ok := s.ring.beyond(first, s.handledBefore(), 1<<20); !ok || to <= first || to >= s.handledBefore() {
		t.Fatalf("beyond: got %d, %v of %d, want a place in between that is known", to, ok, s.handledBefore())
	}
	used := s.room.used.Load()
	freed, err := s.release(t.Context(), 1<<20, s.handledBefore())
	if err != nil || freed < 1<<20 || freed > 2<<20 || s.room.used.Load() > used-freed {
		t.Errorf("release of a megabyte: got %d, %v, and %d used of %d", freed, err, s.room.used.Load(), used)
	}
}
