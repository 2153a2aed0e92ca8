package stream

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Where a new handler begins is written when Cursor returns: after a crash it is not new again, and does not begin
// behind what came meanwhile.
func TestBeginIsKept(t *testing.T) {
	s := open(t, Options{Level: Disk})
	store(t, s, numbered(0, 5))
	stopUpkeep(s) // so that nobody else writes it
	if _, err := s.Cursor("new", newKeep(), CursorOptions{FromEnd: true}); err != nil {
		t.Fatal(err)
	}
	doc, err := lastState(s.o.Dir, s.o.Name)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := doc.Cursors["new"]; !ok || p.Sequence != 2 || doc.Clean {
		t.Errorf("got %+v of %+v, want that it begins with message 2", p, doc)
	}
}

// Where it cannot be written, as on a full disk, Cursor succeeds all the same, and nothing is stored before it is.
func TestBeginIsKeptBeforeStoring(t *testing.T) {
	s := open(t, Options{Level: Disk})
	store(t, s, numbered(0, 5))
	stopUpkeep(s)
	e, _, err := s.engines.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.conn.Close()
	k := newKeep()
	if _, err := s.Cursor("new", k, CursorOptions{FromEnd: true}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := s.Handle(ctx, numbered(5, 6)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Handle: got %v, want DeadlineExceeded", err)
	}
	s.engines.set(mustStart(t, s, e))
	store(t, s, numbered(6, 7))
	doc, err := lastState(s.o.Dir, s.o.Name)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := doc.Cursors["new"]; !ok || p.Sequence != 2 {
		t.Errorf("got %+v of %+v, want that it begins with message 2", p, doc)
	}
	if got := messages(k.wait(t, 1)); got[0] != "6" {
		t.Errorf("it got %v, want what was stored after that", got)
	}
}
