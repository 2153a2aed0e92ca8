package window_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/record"
)

// feed is a window that remembers everything, for one that does not.
type feed struct {
	*window.Window
	mu      sync.Mutex // guards what follows
	fills   int        // under way
	begun   int
	slow    time.Duration // before a fill begins
	fail    bool
	beyond  record.ID // what it says is the last one, if anything
	handled int       // records that were handed in
}

func newFeed() *feed { return &feed{Window: window.New(window.Options{})} }

func (f *feed) Last(context.Context) (record.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.beyond.IsZero() {
		return f.beyond, nil
	}
	return f.Window.Last(), nil
}

func (f *feed) Fill(ctx context.Context, w *window.Window) {
	f.mu.Lock()
	f.fills, f.begun = f.fills+1, f.begun+1
	slow, fail := f.slow, f.fail
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.fills--
		f.mu.Unlock()
	}()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
	}
	if fail {
		return
	}
	from := f.Follow(window.Start{Last: 1 << 40})
	defer from.Close()
	for {
		batch, _, err := from.Next(ctx)
		if err != nil || w.Handle(ctx, batch) != nil {
			return
		}
		f.mu.Lock()
		f.handled += len(batch)
		f.mu.Unlock()
	}
}

// counts returns how many fills there were, how many there are, and how many records they had.
func (f *feed) counts() [3]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return [3]int{f.begun, f.fills, f.handled}
}

func TestLazySuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		f := newFeed()
		l := window.NewLazy(f, window.Options{})
		t.Cleanup(l.Close)
		return storetest.Subject{Handler: f, Reader: l}
	})
}

// pageOf returns the messages that a reader has, the oldest first.
func pageOf(t *testing.T, r store.Reader) []string {
	t.Helper()
	p, err := r.Page(t.Context(), store.PageQuery{Order: store.OldestFirst})
	if err != nil {
		t.Fatal(err)
	}
	return messages(p.Records)
}

// A record costs nothing while nobody asks, and every answer has all that arrived before the question.
func TestLazy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.slow = 100 * time.Millisecond
		l := window.NewLazy(f, window.Options{Idle: time.Minute})
		put := func(from, to int) {
			t.Helper()
			if err := f.Handle(t.Context(), numbered(from, to)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		expect := func(want ...int) {
			t.Helper()
			synctest.Wait() // the feed counts what it has handed over behind that
			if got := f.counts(); !slices.Equal(got[:], want) {
				t.Errorf("fills, under way, records: got %v, want %v", got, want)
			}
		}
		put(0, 10)
		expect(0, 0, 0)
		if got := pageOf(t, l); !slices.Equal(got, messages(numbered(0, 10))) {
			t.Errorf("the first answer: got %q, want all", got)
		}
		put(10, 20)
		if got := pageOf(t, l); !slices.Equal(got, messages(numbered(0, 20))) {
			t.Errorf("the second answer: got %q, want all", got)
		}
		if id, ok := l.Position(); !ok || id != f.Window.Last() {
			t.Errorf("position: got %v, %v, want %v", id, ok, f.Window.Last())
		}
		time.Sleep(50 * time.Second)
		pageOf(t, l) // which is why it goes on
		time.Sleep(50 * time.Second)
		put(20, 25)
		expect(1, 1, 25)
		time.Sleep(11 * time.Second)
		expect(1, 0, 25)
		put(25, 30)
		expect(1, 0, 25)
		if got := pageOf(t, l); !slices.Equal(got, messages(numbered(0, 30))) {
			t.Errorf("after a quiet time: got %q, want all", got)
		}
		expect(2, 1, 55)
		l.Close()
		l.Close()
		expect(2, 0, 55)
		if _, err := l.Count(t.Context(), store.Query{}); !errors.Is(err, store.ErrClosed) {
			t.Errorf("after Close: got %v, want ErrClosed", err)
		}
	})
}

// A feed that fails, or that names a last record that it does not have, holds up a question for a moment only, and the
// next question tries again.
func TestLazyFeedFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.fail = true
		l := window.NewLazy(f, window.Options{})
		defer l.Close()
		if err := f.Handle(t.Context(), numbered(0, 3)); err != nil {
			t.Fatal(err)
		}
		if got := pageOf(t, l); len(got) != 0 {
			t.Errorf("got %q, want nothing", got)
		}
		synctest.Wait()
		f.mu.Lock()
		f.fail = false
		f.mu.Unlock()
		if got := pageOf(t, l); len(got) != 3 {
			t.Errorf("when the feed is well: got %q, want 3 records", got)
		}
		f.mu.Lock()
		f.beyond = record.ID{Epoch: 1 << 62, Sequence: 1}
		f.mu.Unlock()
		for i, want := range []time.Duration{5 * time.Second, 0} {
			began := time.Now()
			if got := pageOf(t, l); len(got) != 3 || time.Since(began) != want {
				t.Errorf("question %d: got %q after %v, want 3 records after %v", i, got, time.Since(began), want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		f.mu.Lock()
		f.beyond.Sequence++
		f.mu.Unlock()
		if _, err := l.Page(ctx, store.PageQuery{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the time is over", err)
		}
	})
}
