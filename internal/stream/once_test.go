package stream

import (
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

func TestHandleOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	big := large(0, 2000, slog.LevelInfo) // several messages
	for range 3 {
		if err := s.HandleOnce(t.Context(), "request-1", big); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.HandleOnce(t.Context(), "request-2", numbered(2000, 2001)); err != nil {
		t.Fatal(err)
	}
	closeStream(t, s)
	s = open(t, Options{Dir: dir, Level: Disk})
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.HandleOnce(t.Context(), "request-1", big); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(2001, 2002))
	got := k.wait(t, 2002)
	for i := range got {
		if number(&got[i]) != i {
			t.Fatalf("record %d: got number %d", i, number(&got[i]))
		}
	}
	if st := lawful(t, s); len(got) != 2002 || st.Repeated != 2000 || st.Accepted != 1 {
		t.Errorf("got %d records, %d repeated and %d accepted since the start, want 2002, 2000 and 1", len(got), st.Repeated, st.Accepted)
	}
	if err := s.HandleOnce(t.Context(), "a\nb", numbered(0, 1)); !record.IsPermanent(err) {
		t.Errorf("HandleOnce with a strange id: got %v, want a permanent error", err)
	}
}

// An id is remembered through a crash, also if it came in the last moments before it.
func TestHandleOnceThroughCrash(t *testing.T) {
	from := t.TempDir()
	s := open(t, Options{Dir: from, Level: Disk})
	for i := range 50 {
		if err := s.HandleOnce(t.Context(), fmt.Sprint("request-", i), numbered(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	stopUpkeep(s) // nothing is written while it is copied
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	s = open(t, Options{Dir: dir, Level: Disk})
	for i := range 51 {
		if err := s.HandleOnce(t.Context(), fmt.Sprint("request-", i), numbered(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if st := lawful(t, s); st.Repeated != 50 || st.Accepted != 1 {
		t.Errorf("got %d repeated and %d accepted, want 50 and 1", st.Repeated, st.Accepted)
	}
}

// Two calls under the same id, at the same time, are stored once.
func TestHandleOnceAtTheSameTime(t *testing.T) {
	s := open(t, Options{Level: Disk})
	done := make(chan error)
	for range 10 {
		go func() { done <- s.HandleOnce(t.Context(), "the same", numbered(0, 3)) }()
	}
	for range 10 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if st := lawful(t, s); st.Repeated != 27 || st.Accepted != 3 {
		t.Errorf("got %d repeated and %d accepted, want 27 and 3", st.Repeated, st.Accepted)
	}
}
