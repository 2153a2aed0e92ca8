package daemon_test

import (
	"context"
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
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// plain is a form of records of which a test sees the message alone.
func plain(dst []byte, r *record.Record) []byte { return append(append(dst, r.Message...), '\n') }

func numbered(from, n int) (batch []record.Record) {
	for i := range n {
		batch = append(batch, record.Record{Time: time.Now(), Logger: "shop", Message: fmt.Sprint(from + i)})
	}
	return batch
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(b))
}

// What was received goes through the stream to every handler, each with its levels, and the counts say so.
func TestDurable(t *testing.T) {
	dir := t.TempDir()
	path, console := filepath.Join(dir, "a.log"), new(screen)
	d := start(t, with(daemon.Options{
		Listen: []daemon.Address{loopback}, Data: filepath.Join(dir, "data"), Durability: stream.Disk,
		Loggers: []hierarchy.Logger[string]{level("noise", slog.LevelError)},
	}, consoleOn(console, plain), fileAt(path, plain)))
	batch := append(numbered(0, 100), record.Record{Time: time.Now(), Logger: "noise.of", Message: "below"})
	send(t, d.Listening()[0], batch...)
	stop(t, d)

	want := strings.Fields(strings.Trim(fmt.Sprint(slices.Collect(upTo(100))), "[]"))
	if got := lines(t, path); !slices.Equal(got, want) {
		t.Errorf("file: got %q, want 0 to 99", got)
	}
	if got := strings.Fields(console.String()); !slices.Equal(got, want) {
		t.Errorf("console: got %q, want 0 to 99", got)
	}
	s := d.Stats()
	if c := s.Entrance(); c.Accepted != 101 || c.Handled != 101 || c.Waiting != 0 {
		t.Errorf("stream: got %+v, want 101 accepted and handled", c)
	}
	if len(s.Kept) != 2 || s.Kept[0].Accepted != 100 || s.Kept[0].Handled != 100 || s.Kept[1].Handled != 100 || s.Store.Records != 100 || s.Queue.Handlers[0].Handled != 100 {
		t.Errorf("handlers: got %+v and %+v, want 100 each", s.Kept, s.Queue.Handlers)
	}
}

func upTo(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// stuck is a form of records that waits until it may go on.
type stuck struct {
	once sync.Once
	in   chan struct{} // closed when the first record is there
	out  chan struct{}
}

func (s *stuck) format(dst []byte, r *record.Record) []byte {
	s.once.Do(func() { close(s.in) })
	<-s.out
	return plain(dst, r)
}

// awaitStored waits until all that was received is in the stream: the receiver may have it before.
func awaitStored(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	testenv.Await(t, "all records to be in the stream", func() bool { return d.Stats().Stream.Waiting == 0 })
}

// caughtUp waits until all handlers behind the stream have handled what is in it.
func caughtUp(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	testenv.Await(t, "all handlers to have what is in the stream", func() bool {
		return !slices.ContainsFunc(d.Stats().Kept, func(h jackdaw.HandlerStats) bool { return h.Waiting > 0 })
	})
}

// What a handler could not take before the end is handed to it at the next start, and a handler that
// hangs holds up neither the receiver nor the end for longer than it is given.
func TestDurableGoesOn(t *testing.T) {
	dir := t.TempDir()
	hang := &stuck{in: make(chan struct{}), out: make(chan struct{})}
	path := filepath.Join(dir, "a.log")
	o := daemon.Options{
		Listen: []daemon.Address{loopback}, Data: filepath.Join(dir, "data"), Durability: stream.Disk,
	}
	d, err := daemon.Start(t.Context(), with(o, fileAt(path, hang.format)))
	if err != nil {
		t.Fatal(err)
	}
	send(t, d.Listening()[0], numbered(0, 1000)...) // returns when the receiver has them
	testenv.Receive(t, "the handler to hang", hang.in)
	testenv.Await(t, "all records to be in the stream", func() bool { return d.Stats().Stream.Handled >= 1000 }) // the receiver may have them before
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := d.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close behind a handler that hangs: got %v, want the context's error", err)
	}
	close(hang.out)

	d = start(t, with(o, fileAt(path, plain)))
	send(t, d.Listening()[0], numbered(1000, 10)...)
	caughtUp(t, d) // Close leaves in the stream what a handler has still to read from its files
	stop(t, d)
	got := lines(t, path)
	for i := range 1010 { // some may be there twice: at the end nobody knew of them
		if !slices.Contains(got, fmt.Sprint(i)) {
			t.Fatalf("record %d is not in the file", i)
		}
	}
}

// A handler that is new sees what comes from now on; what waits for one that is not there is told.
func TestDurableHandlersComeAndGo(t *testing.T) {
	dir := t.TempDir()
	hang := &stuck{in: make(chan struct{}), out: make(chan struct{})}
	o := daemon.Options{Listen: []daemon.Address{loopback}, Data: filepath.Join(dir, "data"), Durability: stream.Disk}
	d, err := daemon.Start(t.Context(), with(o, fileAt(filepath.Join(dir, "old"), hang.format)))
	if err != nil {
		t.Fatal(err)
	}
	send(t, d.Listening()[0], numbered(0, 10)...)
	testenv.Receive(t, "the handler to hang", hang.in)
	testenv.Await(t, "all records to be in the stream", func() bool { return d.Stats().Stream.Handled >= 10 })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := d.Close(ctx); err == nil {
		t.Error("Close behind a handler that hangs: got no error")
	}
	close(hang.out)

	var mu sync.Mutex
	var told []string
	o.Notify = func(text string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, text)
	}
	path := filepath.Join(dir, "new")
	d = start(t, with(o, fileAt(path, plain)))
	send(t, d.Listening()[0], numbered(10, 5)...)
	stop(t, d)
	if got := lines(t, path); !slices.Equal(got, []string{"10", "11", "12", "13", "14"}) {
		t.Errorf("the new file: got %q, want what came after it", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, "10 records wait for file ") }) {
		t.Errorf("told: got %q, want that 10 records wait for the old file", told)
	}
}

// A second daemon does not get the directory of the first.
func TestDurableIsLocked(t *testing.T) {
	o := daemon.Options{Listen: []daemon.Address{loopback}, Data: t.TempDir(), Durability: stream.Disk}
	start(t, o)
	_, err := daemon.Start(t.Context(), o)
	if locked, ok := errors.AsType[*stream.LockedError](err); !ok || !strings.Contains(locked.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("got %v, want a LockedError that names process %d", err, os.Getpid())
	}
}

// What waits for a file is bounded by bytes and by age, and what is beyond is counted.
func TestDurableBacklogBounds(t *testing.T) {
	for _, bounds := range []daemon.Handler{{BacklogBytes: 64 << 10}, {BacklogAge: time.Second}} {
		want := stream.TooMuch
		if bounds.BacklogAge > 0 {
			want = stream.TooOld
		}
		t.Run(want.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			hang := &stuck{in: make(chan struct{}), out: make(chan struct{})}
			file := fileAt(filepath.Join(dir, "a.log"), hang.format)
			file.BacklogBytes, file.BacklogAge = bounds.BacklogBytes, bounds.BacklogAge
			d := start(t, with(daemon.Options{
				Listen: []daemon.Address{loopback}, Data: filepath.Join(dir, "data"), Durability: stream.Disk,
			}, file))
			testenv.Await(t, "the handler to hang", func() bool { // before its first record is too old for it
				send(t, d.Listening()[0], numbered(0, 1)...)
				select {
				case <-hang.in:
					return true
				default:
					return false
				}
			})
			for i := range 10 {
				send(t, d.Listening()[0], numbered(i, 1000)...)
			}
			var kept jackdaw.HandlerStats
			testenv.Await(t, "something to be dropped", func() bool {
				kept = d.Stats().Kept[0]
				return kept.Dropped[want.String()]["INFO"] > 0
			})
			if kept.Accepted != kept.Handled+kept.DroppedTotal()+kept.Waiting {
				t.Errorf("got %+v, want counts that add up", kept)
			}
			close(hang.out)
			stop(t, d)
		})
	}
}
