package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// singles stores records one by one, each in a message of its own.
func singles(t *testing.T, s *Stream, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		store(t, s, numbered(i, i+1))
	}
}

// A handler that gathers gets the messages that wait together, whether they are in memory or on disk, each record
// once and in its order.
func TestGather(t *testing.T) {
	const n = 100
	for _, replay := range []bool{false, true} {
		t.Run(fmt.Sprint("replay=", replay), func(t *testing.T) {
			o := Options{Dir: t.TempDir()}
			s := open(t, o)
			singles(t, s, 0, n)
			if replay {
				closeStream(t, s)
				s = open(t, o)
			}
			k, calls := newKeep(), atomic.Int32{}
			k.fail = func([]record.Record) error { calls.Add(1); return nil }
			if _, err := s.Cursor("k", k, CursorOptions{Gather: 30}); err != nil {
				t.Fatal(err)
			}
			if got, want := messages(k.wait(t, n)), messages(numbered(0, n)); !slices.Equal(got, want) {
				t.Errorf("messages: got %q, want %q", got, want)
			}
			if got := calls.Load(); got != 4 {
				t.Errorf("calls of Handle: got %d, want 4 with up to 30 records", got)
			}
			lawful(t, s)
		})
	}
}

// Records that come a moment later are waited for, and none is held back for want of others.
func TestGatherLingers(t *testing.T) {
	s, k := open(t, Options{}), newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{Gather: 1000, Linger: maxLinger}); err != nil {
		t.Fatal(err)
	}
	singles(t, s, 0, 50)
	if got, want := messages(k.wait(t, 50)), messages(numbered(0, 50)); !slices.Equal(got, want) {
		t.Errorf("messages: got %q, want %q", got, want)
	}
	lawful(t, s)
}

// What was handled of several messages at once is known to the record, also after a restart.
func TestGatherGoesOnInside(t *testing.T) {
	for _, taken := range []int{0, 1, 4, 5, 7, 10, 12, 14} {
		t.Run(fmt.Sprint(taken), func(t *testing.T) {
			dir := t.TempDir()
			s, k := open(t, Options{Dir: dir}), newKeep()
			store(t, s, numbered(0, 5))
			store(t, s, numbered(5, 10))
			store(t, s, numbered(10, 15))
			failed := make(chan struct{}, 1)
			c, err := s.Cursor("k", record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
				if len(batch) < 15 || taken == 0 {
					select {
					case failed <- struct{}{}:
					default:
					}
					return errors.New("down")
				}
				return errors.Join(k.Handle(ctx, batch[:taken]), &record.PartialError{Handled: taken, Err: errors.New("down")})
			}), CursorOptions{Gather: 1000})
			if err != nil {
				t.Fatal(err)
			}
			<-failed
			if st := lawful(t, s); st.Cursors[0].Waiting != uint64(15-taken) {
				t.Errorf("waiting: got %d, want %d", st.Cursors[0].Waiting, 15-taken)
			}
			if err := c.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			lawful(t, s)
			closeStream(t, s)

			s = open(t, Options{Dir: dir})
			if _, err := s.Cursor("k", k, CursorOptions{Gather: 1000}); err != nil {
				t.Fatal(err)
			}
			if got, want := messages(k.wait(t, 15)), messages(numbered(0, 15)); !slices.Equal(got, want) {
				t.Errorf("messages: got %q, want %q", got, want)
			}
			lawful(t, s)
		})
	}
}

// A record that the handler will never take costs no other one of those that were handed over with it.
func TestGatherRefused(t *testing.T) {
	s, k := open(t, Options{}), newKeep()
	singles(t, s, 0, 20)
	k.fail = func(batch []record.Record) error {
		if slices.Contains(messages(batch), "7") {
			return record.Permanent(errors.New("bad"))
		}
		return nil
	}
	if _, err := s.Cursor("k", k, CursorOptions{Gather: 1000}); err != nil {
		t.Fatal(err)
	}
	got := messages(k.wait(t, 20)) // with the one that tells of it
	for i := range 20 {
		if has := slices.Contains(got, fmt.Sprint(i)); has == (i == 7) {
			t.Errorf("record %d: got it is %v", i, has)
		}
	}
	if st := lawful(t, s); st.Cursors[0].Handled != 19 || st.Cursors[0].Dropped.Total() != 1 {
		t.Errorf("got %+v, want 19 handled and 1 dropped", st.Cursors[0])
	}
}

// The bound of what waits for a handler that gathers costs nothing of what is at it.
func TestGatherIsMovedOn(t *testing.T) {
	s, k := open(t, Options{}), newKeep()
	stopUpkeep(s) // it would look after the bound before the handler has all it gathers
	singles(t, s, 0, 10)
	g := newGate(k)
	if _, err := s.Cursor("k", g, CursorOptions{Gather: 10, MaxBytes: 1}); err != nil {
		t.Fatal(err)
	}
	<-g.at
	singles(t, s, 10, 40)
	s.bound(t.Context())
	singles(t, s, 40, 50)
	close(g.open)
	k.wait(t, 10)
	for range 10 {
		store(t, s, numbered(50, 51))
	}
	k.wait(t, 12)
	if got, want := messages(k.all())[:10], messages(numbered(0, 10)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q first", got, want)
	}
	lawful(t, s)
}

// Where a handler's own position is behind what was removed, but the handler was given that, there is nothing to tell.
func TestAfterWhatWasNotWanted(t *testing.T) {
	dir := t.TempDir()
	s, k := open(t, Options{Dir: dir}), newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	singles(t, s, 0, 10)
	own := k.wait(t, 10)[2].ID // it kept nothing after that
	closeStream(t, s)
	s = open(t, Options{Dir: dir})
	if _, err := s.release(t.Context(), 1<<20, s.handledBefore()); err != nil {
		t.Fatal(err)
	}
	closeStream(t, s)

	var told atomic.Int32
	s = open(t, Options{Dir: dir, Notify: func(text string) { told.Add(1); t.Log(text) }})
	k = newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{After: &own}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(10, 11))
	if got := messages(k.wait(t, 1)); !slices.Contains(got, "9") && !slices.Contains(got, "10") {
		t.Errorf("got %q, want what is left", got)
	}
	if told.Load() != 0 {
		t.Errorf("got %d notices, want none", told.Load())
	}
}
