package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// follow follows the stream until n records came, or were missed.
func follow(t *testing.T, s *Stream, o FollowOptions, n int) (got []record.Record, missed uint64) {
	t.Helper()
	f, err := s.Follow(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	for len(got)+int(missed) < n {
		batch, m, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("Next after %d records: %v", len(got), err)
		}
		got = append(got, batch...)
		missed += m.Records
	}
	return got, missed
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	for i := 0; i < 100; i += 10 {
		store(t, s, numbered(i, i+10))
	}
	all, _ := follow(t, s, FollowOptions{Last: 100}, 100)
	check := func(name string, o FollowOptions, from int) {
		t.Helper()
		got, missed := follow(t, s, o, 100-from)
		if want := messages(numbered(from, 100)); !slices.Equal(messages(got), want) || missed > 0 {
			t.Errorf("%s: got %q and %d missed, want %q", name, messages(got), missed, want)
		}
	}
	for range 2 {
		check("all", FollowOptions{Last: 1000}, 0)
		check("the last 15, which begin in a message", FollowOptions{Last: 15}, 80)
		check("after a record in the middle of a message", FollowOptions{After: all[42].ID}, 43)
		check("after the last record of a message", FollowOptions{After: all[49].ID}, 50)
		closeStream(t, s) // and from the files
		s = open(t, Options{Dir: dir, Level: Disk})
	}

	f, err := s.Follow(t.Context(), FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	store(t, s, numbered(100, 101))
	if batch, _, err := f.Next(t.Context()); err != nil || len(batch) != 1 || batch[0].Message != "100" {
		t.Errorf("from the end: got %q and error %v, want the new record", messages(batch), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, _, err := f.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Next when nothing comes: got %v, want DeadlineExceeded", err)
	}
	ended := make(chan error, 1)
	go func() {
		_, _, err := f.Next(context.Background())
		ended <- err
	}()
	closeStream(t, s)
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("Next when the stream is closed: got %v, want ErrClosed", err)
	}
}

// A follower that cannot keep up misses records, and knows how many.
func TestFollowerIsBounded(t *testing.T) {
	s := open(t, Options{Level: Disk, MaxBytes: 64 << 20})
	f, err := s.Follow(t.Context(), FollowOptions{MaxBehind: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const n = 40_000 // 40 MB, more than the ring holds
	for i := 0; i < n; i += 100 {
		store(t, s, large(i, 100, slog.LevelInfo))
	}
	next := 0
	var missed uint64
	for next < n {
		batch, m, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		missed += m.Records
		if got := number(&batch[0]); got != next+int(m.Records) {
			t.Fatalf("after %d missed: got number %d, want %d", m.Records, got, next+int(m.Records))
		}
		next = number(&batch[len(batch)-1]) + 1
	}
	if missed < n/2 || missed > n-400 {
		t.Errorf("missed: got %d of %d, want all but about half a megabyte to a megabyte", missed, n)
	}
}

// Who asks to go on after a record that is not there any more gets what there is, and is told so.
func TestFollowAfterWhatIsGone(t *testing.T) {
	s := open(t, Options{Level: Disk, MaxBytes: 4 << 20})
	store(t, s, numbered(0, 1))
	first, _ := follow(t, s, FollowOptions{Last: 1}, 1)
	for i := 0; i < 8000; i += 100 {
		store(t, s, large(i, 100, slog.LevelInfo))
	}
	for _, id := range []record.ID{first[0].ID, {Epoch: 1 << 60, Sequence: 3}, {Epoch: first[0].ID.Epoch, Sequence: 1 << 40}} {
		f, err := s.Follow(t.Context(), FollowOptions{After: id})
		if err != nil {
			t.Fatal(err)
		}
		store(t, s, numbered(0, 1))
		batch, missed, err := f.Next(t.Context())
		if err != nil || len(batch) == 0 || !missed.AtLeast {
			t.Errorf("after %s: got %d records, missed %+v and error %v, want some, and to be told", id, len(batch), missed, err)
		}
		f.Close()
	}
}

func ExampleStream_Follow() {
	dir := exampleDir()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close(context.Background()) }()
	f, err := s.Follow(context.Background(), FollowOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	if err := s.Handle(context.Background(), []record.Record{{Message: "hello"}}); err != nil {
		fmt.Println(err)
		return
	}
	batch, _, err := f.Next(context.Background())
	fmt.Println(batch[0].Message, err)
	// Output: hello <nil>
}
