package stream

import (
	"log/slog"
	"testing"
)

// The counts of a cursor that nobody reads with are those of one that somebody does: what waits for it, what
// came since the stream was opened, and what it had to give up.
func TestStatsOfAbsent(t *testing.T) {
	o := Options{Dir: t.TempDir(), Level: Disk, MaxBytes: minMaxBytes}
	s := open(t, o)
	k := newKeep()
	c, err := s.Cursor("absent", k, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 5))
	k.wait(t, 5)
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(5, 7))
	closeStream(t, s)

	s = open(t, o)
	if got := lawful(t, s).Cursors[0]; got.Reading || got.Accepted != 2 || got.Waiting != 2 || got.Handled != 0 {
		t.Errorf("got %+v, want the 2 that wait, accepted", got)
	}
	for i := 0; s.Stats().Cursors[0].Dropped[NoRoom].Total() == 0; i += 100 {
		store(t, s, large(i, 100, slog.LevelInfo))
		lawful(t, s)
	}
	before := lawful(t, s).Cursors[0].Waiting
	if _, err := s.Cursor("absent", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	if got := lawful(t, s).Cursors[0]; got.Handled != before || got.Accepted != before {
		t.Errorf("read: got %+v, want %d handled", got, before)
	}
}
