package stream

import (
	"errors"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// What the files say of cursors and dead letters is what the stream says, while it is open and afterwards.
func TestLookAt(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	bad := newKeep()
	bad.fail = func(batch []record.Record) error {
		if len(batch) > 0 && number(&batch[0]) == 3 {
			return record.Permanent(errors.New("no room for it"))
		}
		return nil
	}
	c, err := s.Cursor("file a", bad, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hung := newGate(newKeep())
	if _, err := s.Cursor("hung", hung, CursorOptions{Required: true}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 3))
	store(t, s, numbered(3, 4))
	store(t, s, numbered(4, 10))
	if err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.saveState(t.Context(), false); err != nil {
		t.Fatal(err)
	}

	check := func(clean bool, waiting uint64, next uint64) {
		t.Helper()
		l, err := LookAt(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if l.Clean != clean || l.Last.Sequence == 0 || l.Bytes == 0 || l.Process == "" || len(l.Cursors) != 2 {
			t.Fatalf("clean %v: got %+v", clean, l)
		}
		if p := l.Cursors[0]; p.Name != "file a" || p.Waiting != 0 || p.WaitingBytes != 0 || p.Next != l.Last.Sequence+1 {
			t.Errorf("clean %v: got %+v, want file a at the end", clean, p)
		}
		if p := l.Cursors[1]; p.Name != "hung" || p.Waiting != waiting || (p.WaitingBytes == 0) != (waiting == 0) || p.Next != next || !p.Required {
			t.Errorf("clean %v: got %+v, want %d waiting for hung", clean, p, waiting)
		}
		n := 0
		for letter, err := range DeadLettersIn(dir, "") {
			n++
			if err != nil || letter.Handler != "file a" || letter.Reason != "no room for it" || letter.Record.Message != "3" || letter.Record.ID.IsZero() {
				t.Errorf("clean %v: got %+v, %v", clean, letter, err)
			}
		}
		if n != 1 {
			t.Errorf("clean %v: got %d dead letters, want 1", clean, n)
		}
	}
	check(false, 10, 1)
	close(hung.open)
	closeStream(t, s)
	check(true, 0, s.ring.end().seq+1)

	if _, err := LookAt(t.TempDir(), ""); err == nil {
		t.Error("a directory without a stream: got nil, want an error")
	}
}
