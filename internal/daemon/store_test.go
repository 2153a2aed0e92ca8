package daemon_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// notes keep what a daemon tells.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) tell(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, text)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "\n")
}

// awaitKept waits until the store has handled all that the stream has.
func awaitKept(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	testenv.Await(t, "the store to have all that the stream has", func() bool {
		s := d.Stats()
		return slices.ContainsFunc(s.Kept, func(h jackdaw.HandlerStats) bool {
			return h.Name == "store" && h.Waiting == 0 && s.Stream.Waiting == 0
		})
	})
}

// messages returns all that is kept, the oldest first.
func messages(t *testing.T, r store.Reader) (all []string) {
	t.Helper()
	q := store.PageQuery{Order: store.OldestFirst, Limit: store.MaxPage}
	for {
		p, err := r.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Records {
			all = append(all, p.Records[i].Message)
		}
		if q.After = p.Next; p.Next == nil {
			return all
		}
	}
}

// checkKept fails unless the store has the messages 0 to n-1, each once.
func checkKept(t *testing.T, r store.Reader, n int) {
	t.Helper()
	times := make(map[string]int)
	for _, m := range messages(t, r) {
		times[m]++
	}
	for i := range n {
		if got := times[fmt.Sprint(i)]; got != 1 {
			t.Errorf("record %d: got it %d times, want once", i, got)
		}
	}
	if len(times) != n {
		t.Errorf("got %d different records, want %d", len(times), n)
	}
}

func withStore(dir string) daemon.Options {
	return daemon.Options{Listen: []daemon.Address{loopback}, Data: dir, Durability: stream.Disk}
}

// What the levels let through is kept, and after a restart it goes on where it was.
func TestStore(t *testing.T) {
	o := withStore(t.TempDir())
	o.Loggers = []hierarchy.Logger[string]{level("noise", slog.LevelError)}
	var told notes
	o.Notify = told.tell
	for round := range 3 {
		d := start(t, o)
		batch := append(numbered(100*round, 100), record.Record{Time: time.Now(), Logger: "noise.of", Message: "below"})
		send(t, d.Listening()[0], batch...)
		awaitKept(t, d)
		checkKept(t, d.Store(), 100*(round+1))
		stop(t, d)
		if s := d.Stats().Store; s.Records != uint64(100*(round+1)) || s.Err != nil {
			t.Errorf("after the end: got %+v, want %d records", s, 100*(round+1))
		}
	}
	if text := told.String(); strings.Contains(text, "gone") || strings.Contains(text, "again") {
		t.Errorf("told: got %q, want nothing of loss or repetition", told.lines)
	}
}

// With the store off nothing is kept for it; once it is on again, it has what the stream still has.
func TestStoreOffAndOn(t *testing.T) {
	o := withStore(t.TempDir())
	o.Store.Off = true
	d := start(t, o)
	send(t, d.Listening()[0], numbered(0, 10)...)
	stop(t, d)
	if s := d.Stats(); d.Store() != nil || s.Store != nil || len(s.Stream.Cursors) != 0 {
		t.Errorf("off: got a store: %+v", s)
	}
	o.Store.Off = false
	d = start(t, o)
	send(t, d.Listening()[0], numbered(10, 10)...)
	awaitKept(t, d)
	checkKept(t, d.Store(), 20)
	stop(t, d)
	o.Store.Off = true
	d = start(t, o)
	if c := d.Stats().Stream.Cursors; len(c) != 0 {
		t.Errorf("off again: got %+v, want that nothing waits for the store", c)
	}
}

// A file that is damaged as a whole is set aside; what was in it comes again, as far as the stream has it, and how
// many records that are is told.
func TestStoreIsDamaged(t *testing.T) {
	dir := t.TempDir()
	var told notes
	o := withStore(dir)
	o.Notify = told.tell
	d := start(t, o)
	send(t, d.Listening()[0], numbered(0, 50)...)
	awaitKept(t, d)
	stop(t, d)
	files, err := filepath.Glob(filepath.Join(daemon.StoreDir(dir), "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %q, %v, want one file", files, err)
	}
	if err := os.WriteFile(files[0], []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	d = start(t, o)
	awaitKept(t, d)
	checkKept(t, d.Store(), 50)
	for _, want := range []string{"it is set aside as " + files[0] + ".damaged", "store: 50 records that were in what is damaged come again"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("told: got %q, want %q", told.lines, want)
		}
	}
	if s := d.Stats().Store; len(s.Damage) != 1 {
		t.Errorf("damage: got %v, want one", s.Damage)
	}
}

// Where the store cannot be had, nothing is started, and nothing is left running.
func TestStoreIsLocked(t *testing.T) {
	o, other := withStore(t.TempDir()), withStore(t.TempDir())
	o.Store.Dir = daemon.StoreDir(other.Data)
	start(t, o)
	_, err := daemon.Start(t.Context(), other)
	if _, ok := errors.AsType[*sqlite.LockedError](err); !ok {
		t.Errorf("got %v, want a LockedError", err)
	}
	other.Store.Off = true
	start(t, other)
}

// Where the stream was removed, or is another one, the store goes on with what is new to it.
func TestStoreOutlivesTheStream(t *testing.T) {
	o := withStore(t.TempDir())
	for round := range 3 {
		d := start(t, o)
		send(t, d.Listening()[0], numbered(10*round, 10)...)
		awaitKept(t, d)
		checkKept(t, d.Store(), 10*(round+1))
		stop(t, d)
		if err := os.RemoveAll(daemon.StreamDir(o.Data)); err != nil {
			t.Fatal(err)
		}
	}
}
