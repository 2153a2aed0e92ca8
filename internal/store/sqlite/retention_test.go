package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
)

// daysAgo is the name of a file of that day.
func daysAgo(n int) string {
	return time.Now().UTC().Add(-time.Duration(n)*24*time.Hour).Format(dayLayout) + ".db"
}

// oldFile makes a store whose only file is of a day, with the records from to to-1.
func oldFile(t *testing.T, dir string, days, from, to int) {
	t.Helper()
	s := open(t, t.TempDir(), Options{ChunkRecords: 64})
	handle(t, s, numbered(from, to))
	closeStore(t, s)
	rename(t, s.dir, daysAgo(days))
	if err := os.Rename(filepath.Join(s.dir, daysAgo(days)), filepath.Join(dir, daysAgo(days))); err != nil {
		t.Fatal(err)
	}
}

// Files are removed whole, when all that is in them is too old. The newest one stays whatever its age.
func TestMaxAge(t *testing.T) {
	dir := t.TempDir()
	oldFile(t, dir, 20, 0, 100)
	oldFile(t, dir, 15, 100, 200)
	oldFile(t, dir, 14, 200, 300)
	oldFile(t, dir, 1, 300, 400)
	s := open(t, dir, Options{MaxAge: -1})
	checkNumbers(t, s, 0, 400)
	closeStore(t, s)
	s = open(t, dir, Options{})
	checkNumbers(t, s, 200, 400) // some of the day before the fourteenth may be young enough
	closeStore(t, s)
	s = open(t, dir, Options{MaxAge: time.Hour})
	checkNumbers(t, s, 300, 400) // it is the newest
	handle(t, s, numbered(400, 500))
	settled(t, s)
	s.expire()
	if s.Stats().Files > 1 {
		checkNumbers(t, s, 300, 500) // it is just after midnight
	} else {
		checkNumbers(t, s, 400, 500)
	}
}

// The oldest files are removed when all are too large, and what is left is answered from.
func TestMaxBytes(t *testing.T) {
	const most = 400 << 10
	var mu sync.Mutex
	var told strings.Builder
	s := open(t, t.TempDir(), Options{ChunkRecords: 256, FileBytes: 64 << 10, MaxBytes: most, NoSync: true, Notify: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		told.WriteString(text)
	}})
	n := 0
	for range 40 {
		handle(t, s, numbered(n, n+1000))
		n += 1000
		settled(t, s)
	}
	s.expire()
	st := s.Stats()
	if st.Bytes > most+128<<10 || st.Files < 2 {
		t.Errorf("got %d bytes in %d files, want about %d", st.Bytes, st.Files, most)
	}
	got, _ := read(t, s)
	if len(got) == n || len(got) < 1000 {
		t.Fatalf("got %d records, want the newest of %d", len(got), n)
	}
	checkNumbers(t, s, n-len(got), n)
	if st.Records+st.Expired != uint64(n) || !strings.Contains(told.String(), " records is removed: all files have 0 MiB, and may have 0") {
		t.Errorf("got %d records and %d expired, want %d in all; told %q", st.Records, st.Expired, n, told.String())
	}

	one := open(t, t.TempDir(), Options{ChunkRecords: 256, FileBytes: 1 << 20, MaxBytes: 1, NoSync: true})
	handle(t, one, numbered(0, 1000))
	settled(t, one)
	one.expire()
	checkNumbers(t, one, 0, 1000)
}

// A file that is removed while it is read stays until it no longer is.
func TestRemovedWhileRead(t *testing.T) {
	dir := t.TempDir()
	oldFile(t, dir, 3, 0, 100)
	s := open(t, dir, Options{ChunkRecords: 64})
	handle(t, s, numbered(100, 200))
	v, err := s.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.turn <- struct{}{} // the store itself looks for old files when it has made a chunk
	s.o.MaxAge = time.Hour
	<-s.turn
	s.expire()
	checkNumbers(t, s, 100, 200)
	if _, err := os.Stat(filepath.Join(dir, daysAgo(3))); err != nil {
		t.Errorf("a file that is read is gone: %v", err)
	}
	if b, err := v.shelves[0].readPart(t.Context(), 1, 0, nil); err != nil || len(b) == 0 {
		t.Errorf("read what was there: got %d bytes, %v", len(b), err)
	}
	v.release()
	if _, err := os.Stat(filepath.Join(dir, daysAgo(3))); !os.IsNotExist(err) {
		t.Errorf("got %v, want that the file is gone", err)
	}
}

// Remove removes the files of days before a time, and never the newest.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		oldFile(t, dir, 10-i, 100*i, 100*i+100)
	}
	removed, err := Remove(t.Context(), dir, time.Now().UTC().Add(-8*24*time.Hour))
	if err != nil || len(removed) != 2 || removed[0].Name != daysAgo(10) || removed[1].Records != 100 {
		t.Errorf("got %+v, %v, want the two of 10 and 9 days ago", removed, err)
	}
	if removed, err = Remove(t.Context(), dir, time.Now().Add(time.Hour)); err != nil || len(removed) != 1 {
		t.Errorf("got %+v, %v, want all but the newest", removed, err)
	}
	s := open(t, dir, Options{})
	checkNumbers(t, s, 300, 400)
	if n, err := s.Count(t.Context(), store.Query{}); err != nil || n.Total.Total() != 100 {
		t.Errorf("got %+v, %v", n, err)
	}
}
