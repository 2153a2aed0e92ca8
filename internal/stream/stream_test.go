package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// open opens a stream of its own for the test, and closes it at the end. Without anything else, it is at
// level Disk in a directory of its own.
func open(t testing.TB, o Options) *Stream {
	t.Helper()
	if o.Dir == "" && o.URL == "" {
		o.Dir = t.TempDir()
	}
	if o.Notify == nil {
		o.Notify = func(text string) { t.Log(text) }
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStream(t, s) })
	return s
}

func closeStream(t testing.TB, s *Stream) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// numbered returns records with the messages from to to-1.
func numbered(from, to int) []record.Record {
	batch := make([]record.Record, 0, to-from)
	for i := from; i < to; i++ {
		r := handlertest.Record(i)
		r.Message = fmt.Sprint(i)
		batch = append(batch, r)
	}
	return batch
}

func store(t testing.TB, h record.Handler, batch []record.Record) {
	t.Helper()
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
}

// keep is a handler that keeps what it gets.
type keep struct {
	mu      sync.Mutex
	records []record.Record
	grown   chan struct{}
	fail    func(batch []record.Record) error
}

func newKeep() *keep { return &keep{grown: make(chan struct{}, 1)} }

func (k *keep) Handle(_ context.Context, batch []record.Record) error {
	if k.fail != nil {
		if err := k.fail(batch); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records = append(k.records, batch...)
	select {
	case k.grown <- struct{}{}:
	default:
	}
	return nil
}

func (k *keep) all() []record.Record {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.records)
}

// wait waits until there are n records.
func (k *keep) wait(t testing.TB, n int) []record.Record {
	t.Helper()
	timeout := time.After(testenv.Patience)
	for {
		if all := k.all(); len(all) >= n {
			return all
		}
		select {
		case <-k.grown:
		case <-timeout:
			t.Fatalf("after %v the handler has %d records, want %d", testenv.Patience, len(k.all()), n)
		}
	}
}

func messages(batch []record.Record) []string {
	var all []string
	for i := range batch {
		all = append(all, batch[i].Message)
	}
	return all
}

// lawful checks the law of conservation.
func lawful(t testing.TB, s *Stream) Stats {
	t.Helper()
	st := s.Stats()
	check := func(name string, c Counts) {
		t.Helper()
		if c.Accepted != c.Handled+c.Dropped.Total()+c.Waiting {
			t.Errorf("%s: accepted %d, want handled %d + dropped %d + waiting %d", name, c.Accepted, c.Handled, c.Dropped.Total(), c.Waiting)
		}
	}
	check("stream", st.Counts)
	for _, c := range st.Cursors {
		check("cursor "+c.Name, c.Counts)
	}
	return st
}

func TestHandler(t *testing.T) {
	for _, level := range []Level{Sync, Disk, Memory} {
		t.Run(level.String(), func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				s, k := open(t, Options{Level: level}), newKeep()
				if _, err := s.Cursor("test", k, CursorOptions{}); err != nil {
					t.Fatal(err)
				}
				return handlertest.Subject{Handler: s, Messages: func() []string {
					closeStream(t, s)
					return messages(k.all())
				}}
			})
		})
	}
}

// Records that went through the files are handled as those that did not.
func TestHandlerByReplay(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		dir := t.TempDir()
		s := open(t, Options{Dir: dir, Level: Disk})
		return handlertest.Subject{Handler: s, Messages: func() []string {
			closeStream(t, s)
			s, k := open(t, Options{Dir: dir, Level: Disk}), newKeep()
			if _, err := s.Cursor("test", k, CursorOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := waitUnhandled(s); err != nil {
				t.Fatal(err)
			}
			closeStream(t, s)
			return messages(k.all())
		}}
	})
}

func TestEveryCursorGetsAllInOrder(t *testing.T) {
	s := open(t, Options{Level: Disk})
	early, late := newKeep(), newKeep()
	if _, err := s.Cursor("early", early, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	const n = 3000
	for i := 0; i < n; i += 30 {
		store(t, s, numbered(i, i+30))
	}
	if _, err := s.Cursor("late", late, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*keep{"early": early, "late": late} {
		got := k.wait(t, n)
		for i, r := range got {
			if want := fmt.Sprint(i); r.Message != want {
				t.Fatalf("%s: record %d: got %q, want %q", name, i, r.Message, want)
			}
			if i > 0 && got[i-1].ID.Compare(r.ID) >= 0 {
				t.Fatalf("%s: record %d has the id %s, want one after %s", name, i, r.ID, got[i-1].ID)
			}
		}
	}
	if st := lawful(t, s); st.Accepted != n || st.Cursors[0].Accepted != n {
		t.Errorf("accepted: got %d and %d, want %d", st.Accepted, st.Cursors[0].Accepted, n)
	}
}

// Records that are read from the files are those that are read from memory, with the same ids.
func TestReplayIsWhatWasHandedIn(t *testing.T) {
	dir := t.TempDir()
	s, live := open(t, Options{Dir: dir}), newKeep()
	if _, err := s.Cursor("live", live, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	batch := numbered(0, 5)
	batch[1].Attrs = []slog.Attr{slog.String("a.*", ">"), slog.Float64("f", 1), slog.Group("g", slog.Int("n", -1))}
	batch[2].Exception = &record.Exception{Type: "E", Message: "m", Traceback: "E: m\n"}
	batch[3].Level, batch[3].LevelNo, batch[3].LevelName = 5, 33, "NOTE"
	store(t, s, batch)
	want := live.wait(t, 5)
	closeStream(t, s)

	s, replay := open(t, Options{Dir: dir}), newKeep()
	if _, err := s.Cursor("replay", replay, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	for i, r := range replay.wait(t, 5) {
		if got, want := string(record.AppendJSON(nil, &r)), string(record.AppendJSON(nil, &want[i])); got != want || r.ID != replay.all()[i].ID {
			t.Errorf("record %d: got %s, want %s", i, got, want)
		}
	}
}

func TestCursorGoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	s, k := open(t, Options{Dir: dir}), newKeep()
	c, err := s.Cursor("k", k, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	k.wait(t, 10)
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(10, 20))
	closeStream(t, s)

	s = open(t, Options{Dir: dir})
	store(t, s, numbered(20, 30))
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, want := messages(k.wait(t, 30)), messages(numbered(0, 30)); !slices.Equal(got, want) {
		t.Errorf("messages: got %q, want %q", got, want)
	}
	if st := lawful(t, s); st.Cursors[0].Accepted != 20 {
		t.Errorf("accepted since the start: got %d, want the 20 that waited or came", st.Cursors[0].Accepted)
	}
}

// A handler that gives up in the middle of a message goes on in the middle of it.
func TestCursorGoesOnInsideAMessage(t *testing.T) {
	dir := t.TempDir()
	s, k := open(t, Options{Dir: dir}), newKeep()
	first := make(chan struct{}, 1)
	c, err := s.Cursor("k", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		if len(batch) < 10 {
			select {
			case first <- struct{}{}:
			default: // it is tried again until it is closed
			}
			return errors.New("down")
		}
		return errors.Join(k.Handle(ctx, batch[:4]), &record.PartialError{Handled: 4, Err: errors.New("down")})
	}), CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-first
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	closeStream(t, s)

	s = open(t, Options{Dir: dir})
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, want := messages(k.wait(t, 10)), messages(numbered(0, 10)); !slices.Equal(got, want) {
		t.Errorf("messages: got %q, want %q", got, want)
	}
}

// Close lets what is at the handler finish: its context does not end in the time for that, and the records are not handed
// over again.
func TestCursorCloseWaits(t *testing.T) {
	s, k := open(t, Options{}), newKeep()
	in, out := make(chan struct{}), make(chan struct{})
	var closing atomic.Pointer[time.Time] // since when, at the earliest
	c, err := s.Cursor("k", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		close(in)
		select {
		case <-out:
		case <-ctx.Done():
			if since := closing.Load(); since == nil || time.Since(*since) < finishTime {
				t.Error("the context of Handle ended")
			}
		}
		return k.Handle(ctx, batch)
	}), CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	<-in
	closed := make(chan error)
	closing.Store(new(time.Now()))
	go func() { closed <- c.Close(t.Context()) }()
	testenv.Await(t, "the cursor to be stopping", c.isStopping)
	close(out)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if st := s.Stats().Cursors[0]; st.Handled != 10 || st.Waiting != 0 || st.Reading {
		t.Errorf("got %+v, want all handled", st)
	}
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(10, 20))
	if got, want := messages(k.wait(t, 20)), messages(numbered(0, 20)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// CatchUp waits for what was stored before the call, and no longer than its context; another bound holds from the
// moment on that it is set.
func TestCatchUp(t *testing.T) {
	s := open(t, Options{Level: Disk})
	g := newGate(newKeep())
	c, err := s.Cursor("h", g, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 10))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.CatchUp(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("behind a handler that hangs: got %v, want the context's error", err)
	}
	c.Bound(CursorOptions{Required: true, After: new(record.ID)})
	if st := s.Stats().Cursors[0]; !st.Required {
		t.Errorf("got %+v, want it to be required now", st)
	}
	close(g.open)
	if err := c.CatchUp(t.Context()); err != nil {
		t.Error(err)
	}
	if st := s.Stats().Cursors[0]; st.Handled != 10 || st.Waiting != 0 {
		t.Errorf("got %+v, want all to be handled", st)
	}
}

func TestSecondProcessIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir})
	_, err := Open(Options{Dir: dir})
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || locked.Dir != dir {
		t.Fatalf("Open of a directory in use: got %v, want a LockedError for %s", err, dir)
	}
	if !strings.Contains(err.Error(), "is in use by process ") {
		t.Errorf("error: got %q, want it to name the process", err)
	}
}

func TestOpenErrors(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open: got error %v, want %s", err, want)
		}
	}
	dir := t.TempDir()
	f(Options{}, "open stream: either a directory or the URL of a cluster must be set")
	f(Options{Dir: dir, URL: "nats://x"}, "open stream: either a directory or the URL of a cluster must be set")
	f(Options{Dir: dir, Name: "a.b"}, `open stream: the name "a.b": want at most 64 letters, digits, - and _`)
	f(Options{Dir: dir, MaxBytes: 1}, "the bound of 1 bytes is too small, want at least 4194304")
	f(Options{Dir: dir, Level: 9}, "open stream: the level 9: want sync, disk or memory")
	f(Options{Dir: dir, Replicas: 3}, "3 replicas: want 1 to 5, and in a directory 1")
}

func TestClosed(t *testing.T) {
	s := open(t, Options{})
	closeStream(t, s)
	closeStream(t, s)
	if err := s.Handle(t.Context(), numbered(0, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Handle after Close: got %v, want ErrClosed", err)
	}
	if _, err := s.Cursor("x", newKeep(), CursorOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Cursor after Close: got %v, want ErrClosed", err)
	}
}
