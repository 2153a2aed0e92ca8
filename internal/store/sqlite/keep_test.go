package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// numbered returns records with the messages from to to-1, as a stream hands them over: ten in a message.
func numbered(from, to int) (batch []record.Record) {
	for i := from; i < to; i++ {
		batch = append(batch, record.Record{
			ID:   record.ID{Epoch: 7, Sequence: uint64(i/10) + 1, Index: uint32(i % 10)},
			Time: time.Date(2026, 11, 22, 10, 0, 0, i*1000, time.UTC), Logger: "shop", Message: fmt.Sprint(i),
		})
	}
	return batch
}

func handle(t testing.TB, s *Store, batch []record.Record) {
	t.Helper()
	if err := s.Handle(t.Context(), batch); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
}

// read returns all that can be read, the oldest first, and how many records cannot.
func read(t testing.TB, s *Store) (messages []string, unreadable uint64) {
	t.Helper()
	for q := (store.PageQuery{Order: store.OldestFirst, Limit: store.MaxPage}); ; {
		p, err := s.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Records {
			messages = append(messages, p.Records[i].Message)
		}
		unreadable = max(unreadable, p.Unreadable)
		if q.After = p.Next; p.Next == nil {
			return messages, unreadable
		}
	}
}

// checkNumbers fails unless the store has the messages from to to-1, in their order, and nothing else.
func checkNumbers(t testing.TB, s *Store, from, to int) {
	t.Helper()
	got, unreadable := read(t, s)
	if unreadable > 0 || len(got) != to-from {
		t.Errorf("got %d records and %d unreadable, want %d", len(got), unreadable, to-from)
		return
	}
	for i := range got {
		if got[i] != fmt.Sprint(from+i) {
			t.Errorf("at place %d: got %s, want %d", i, got[i], from+i)
			return
		}
	}
}

// settled waits until all full heads are chunks.
func settled(t testing.TB, s *Store) {
	t.Helper()
	for late := time.After(testenv.Patience); ; {
		s.mu.Lock()
		heads, progress := len(s.heads), s.progress
		s.mu.Unlock()
		if heads < 2 {
			return
		}
		select {
		case <-progress:
		case <-late:
			t.Fatal("no chunk is made")
		}
	}
}

// rename gives the only file of a closed store another day, as if its records had been received then.
func rename(t testing.TB, dir, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "????-??-??.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %q, %v, want one file", files, err)
	}
	if err := os.Rename(files[0], filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// What is kept is there after the files are opened again, also what is in no chunk, and what comes again is passed over.
func TestGoesOn(t *testing.T) {
	dir := t.TempDir()
	for i := range 4 {
		s := open(t, dir, Options{ChunkRecords: 64})
		if id, ok := s.Position(); ok != (i > 0) || ok && id != (record.ID{Epoch: 7, Sequence: uint64(10 * i), Index: 9}) {
			t.Errorf("position after %d records: got %v, %v", 100*i, id, ok)
		}
		handle(t, s, numbered(max(100*i-30, 0), 100*i+100))
		checkNumbers(t, s, 0, 100*(i+1))
		if c := s.Stats().Counts; c.Accepted != c.Handled+c.Waiting || c.Repeated != uint64(min(100*i, 30)) {
			t.Errorf("counts: got %+v, want %d repeated", c, min(100*i, 30))
		}
		closeStore(t, s)
	}
}

// A day's file is followed by the next day's, and the position by what comes there.
func TestFilesFollow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{ChunkRecords: 64})
	handle(t, s, numbered(0, 100))
	closeStore(t, s)
	rename(t, dir, time.Now().UTC().Add(-48*time.Hour).Format(dayLayout)+".db")
	for round := range 2 {
		s = open(t, dir, Options{ChunkRecords: 64})
		handle(t, s, numbered(90, 200))
		settled(t, s)
		checkNumbers(t, s, 0, 200)
		if st := s.Stats(); st.Files != 2 {
			t.Errorf("round %d: got %d files, want 2", round, st.Files)
		}
		closeStore(t, s)
	}
}

// Who reads beside the process that writes sees what that has kept so far, and gets in nobody's way.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{ChunkRecords: 64})
	handle(t, s, numbered(0, 150))
	r := open(t, dir, Options{ReadOnly: true})
	checkNumbers(t, r, 0, 150)
	handle(t, s, numbered(150, 300))
	closeStore(t, r)
	r = open(t, dir, Options{ReadOnly: true})
	checkNumbers(t, r, 0, 300)
	if err := r.Handle(t.Context(), numbered(300, 301)); err == nil {
		t.Error("Handle of a store that is open for reading: got no error")
	}
	closeStore(t, r)
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("Close, again: got %v", err)
	}
	if _, err := r.Page(t.Context(), store.PageQuery{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Page of a closed store: got %v, want ErrClosed", err)
	}
	if _, err := Open(filepath.Join(dir, "missing"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: got %v", err)
	}
}

// Who opens the files while chunks are made finds each record once.
func TestReadOnlyWhileChunksAreMade(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{ChunkRecords: 16, NoSync: true})
	for n := 0; n < 2000; n += 50 {
		handle(t, s, numbered(n, n+50)) // three chunks, which are made in the background
		r := open(t, dir, Options{ReadOnly: true})
		checkNumbers(t, r, 0, n+50)
		closeStore(t, r)
		infos, err := List(t.Context(), dir)
		if err != nil || len(infos) != 1 || infos[0].Records != uint64(n+50) {
			t.Errorf("List: got %+v, %v, want %d records", infos, err, n+50)
		}
	}
}

// What is kept is for who keeps it.
func TestMode(t *testing.T) {
	dir := t.TempDir()
	handle(t, open(t, dir, Options{}), numbered(0, 10))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 3 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want -rw-------", f.Name(), info.Mode(), err)
		}
	}
}

// A directory belongs to one process.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	_, err := Open(dir, Options{})
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || locked.PID != fmt.Sprint(os.Getpid()) {
		t.Errorf("got %v, want a LockedError with process %d", err, os.Getpid())
	}
	if _, err := Remove(t.Context(), dir, time.Now()); err == nil {
		t.Error("Remove while a process has the store: got no error")
	}
}

// bomb is a value that cannot be shown.
type bomb struct{}

func (bomb) String() string               { panic("no") }
func (bomb) Error() string                { panic("no") }
func (bomb) MarshalJSON() ([]byte, error) { panic("no") }
func (bomb) MarshalText() ([]byte, error) { panic("no") }
func (bomb) LogValue() slog.Value         { panic("no") }

// Whatever a value does, the next batch is kept, and who hands it over is answered.
func TestPoison(t *testing.T) {
	s := open(t, t.TempDir(), Options{ChunkRecords: 20})
	bad := numbered(100, 101)
	bad[0].Attrs = []slog.Attr{slog.Any("bomb", bomb{}), slog.Any("inside", map[string]any{"bomb": bomb{}})}
	if err := s.Handle(t.Context(), bad); err != nil {
		if _, ok := errors.AsType[*record.PanicError](err); !ok {
			t.Errorf("got %v, want nil, or a panic", err)
		}
		t.Logf("got %v", err)
	}
	handle(t, s, numbered(200, 300))
	settled(t, s)
	if got, _ := read(t, s); len(got) < 100 {
		t.Errorf("got %d records, want 100 or more", len(got))
	}
}
