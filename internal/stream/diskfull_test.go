//go:build linux

package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// fill takes all of a disk but so many bytes, with files that make room again when they are removed.
func fill(t *testing.T, dir string, leave int64) {
	t.Helper()
	d, err := datadir.DiskOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Free - leave; n > 0 {
		err := os.WriteFile(filepath.Join(dir, fmt.Sprint("filler", time.Now().UnixNano())), make([]byte, n), 0o600)
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

func unfill(t *testing.T, dir string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "filler*"))
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}

// On a disk that is full nothing is acknowledged that is not kept, and work goes on by itself within a second
// after there is room. With a floor of free space it does not come to an error; without one, JetStream gets
// stuck and is started again.
func TestDiskFull(t *testing.T) {
	for name, floor := range map[string]int64{"floor": 4 << 20, "no floor": -1} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			ran := testenv.OnSmallDisk(t, 48<<20, func(dir string) { diskFull(t, dir, floor) })
			if !ran {
				testenv.Skip(t, "needs a small disk")
			}
		})
	}
}

func diskFull(t *testing.T, dir string, floor int64) {
	s := open(t, Options{Dir: filepath.Join(dir, "stream"), Level: Sync, FreeSpace: floor, MaxBytes: 1 << 30})
	k := newKeep()
	if _, err := s.Cursor("store", k, CursorOptions{Required: true}); err != nil {
		t.Fatal(err)
	}
	var acked, last atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n += 10 {
			batch := large(n, 10, 0)
			for {
				call, end := context.WithTimeout(ctx, 200*time.Millisecond)
				err := s.Handle(call, batch)
				end()
				if err == nil {
					acked.Store(int64(n + 10))
					last.Store(time.Now().UnixNano())
					break
				}
				if ctx.Err() != nil {
					return
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Handle: got %v, want it to wait", err)
					return
				}
			}
		}
	})
	quickest := time.Duration(math.MaxInt64)
	for round := 0; round < 3 || quickest > time.Second && round < 20; round++ { // a machine may stand still, but not each time
		before := acked.Load()
		testenv.Await(t, "records to be taken", func() bool { return acked.Load() > before+100 })
		fill(t, dir, max(floor-(1<<20), 100<<10))
		testenv.Await(t, "the stream to say it is full", func() bool { return s.Healthy() != nil && time.Since(time.Unix(0, last.Load())) > 300*time.Millisecond })
		t.Logf("round %d: %d acknowledged; %v", round, acked.Load(), s.Healthy())
		lawful(t, s)
		testenv.Await(t, "who does not wait to be sent away", func() bool { // it may have made some more room by now
			err := s.Entrance(Refuse).Handle(t.Context(), large(0, 10, 0))
			if err != nil && !errors.Is(err, ErrFull) {
				t.Errorf("Handle of who does not wait: got %v, want ErrFull", err)
			}
			return err != nil
		})
		at := acked.Load()
		unfill(t, dir)
		room := time.Now()
		testenv.Await(t, "work to go on", func() bool { return acked.Load() > at })
		took := time.Since(room)
		t.Logf("round %d: went on after %v", round, took)
		quickest = min(quickest, took)
	}
	if quickest > time.Second {
		t.Errorf("went on after %v at best, want a second at most", quickest)
	}
	cancel()
	wg.Wait()
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	seen := map[int]bool{}
	for _, r := range k.all() {
		seen[number(&r)] = true
	}
	for n := range int(acked.Load()) {
		if !seen[n] {
			t.Fatalf("record %d was acknowledged and is lost", n)
		}
	}
	if floor > 0 { // it need not be met with: it is seen
		testenv.Await(t, "the stream to say it would be full", func() bool {
			fill(t, dir, floor-(1<<20)) // also what it makes room of
			return errors.Is(s.Healthy(), ErrFull)
		})
		unfill(t, dir)
		testenv.Await(t, "the stream to say it has room", func() bool { return s.Healthy() == nil })
	}
	closeStream(t, s) // before the disk goes away
}

// On a disk on which nothing can be written any more what is handled can be removed, file by file, and nothing gets stuck
// over it.
func TestRemoveOnFullDisk(t *testing.T) {
	t.Parallel()
	ran := testenv.OnSmallDisk(t, 48<<20, func(dir string) {
		s := open(t, Options{Dir: filepath.Join(dir, "stream"), Level: Disk, FreeSpace: 4 << 20, MaxBytes: 1 << 30})
		k := newKeep()
		if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
			t.Fatal(err)
		}
		const n = 26000 // a kilobyte each: three files of 8 MiB, and one that is begun
		for i := 0; i < n; i += 100 {
			store(t, s, large(i, 100, 0))
		}
		k.wait(t, n)
		if err := waitUnhandled(s); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
		defer cancel()
		stopUpkeep(s) // it would write meanwhile
		if err := s.saveState(ctx, false); err != nil {
			t.Fatal(err)
		}
		fill(t, dir, 0)
		for i, want := range []int64{1, 2, 0} { // files
			freed, err := s.release(ctx, []int64{4 << 20, 12 << 20, 1 << 20}[i], s.handledBefore())
			if err != nil || freed < want*7<<20 || freed > want*9<<20 {
				t.Fatalf("release %d: got %d bytes and error %v, want %d files of 8 MiB", i, freed, err, want)
			}
			fill(t, dir, 0)
		}
		unfill(t, dir)
		store(t, s, numbered(0, 1))
		closeStream(t, s)
	})
	if !ran {
		testenv.Skip(t, "needs a small disk")
	}
}

// A stream that is opened on a full disk hands out what it has, and waits for room like any other. For room on
// the disk, which somebody else may have taken, nobody's records are given up.
func TestOpenOnFullDisk(t *testing.T) {
	t.Parallel()
	ran := testenv.OnSmallDisk(t, 32<<20, func(dir string) {
		o := Options{Dir: filepath.Join(dir, "stream"), FreeSpace: 4 << 20, MaxBytes: 1 << 30}
		s := open(t, o)
		for i := range 10 {
			store(t, s, numbered(i, i+1))
		}
		closeStream(t, s)
		fill(t, dir, 0)
		s, k, g := open(t, o), newKeep(), newGate(newKeep())
		for name, h := range map[string]record.Handler{"k": k, "hung": g} {
			if _, err := s.Cursor(name, h, CursorOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if got := k.wait(t, 10); len(got) != 10 {
			t.Errorf("on a full disk: got %d records, want 10", len(got))
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		waits := make(chan error, 1)
		go func() { waits <- s.Handle(ctx, numbered(10, 11)) }()
		testenv.Await(t, "the stream to be full", func() bool { return isFull(s) })
		cancel()
		if err := testenv.Receive(t, "Handle to end with its context", waits); !errors.Is(err, ErrFull) {
			t.Errorf("Handle on a full disk: got %v, want ErrFull", err)
		}
		for _, c := range lawful(t, s).Cursors {
			if n := c.Dropped.Total(); n > 0 {
				t.Errorf("handler %s: got %d records dropped, want none", c.Name, n)
			}
		}
		unfill(t, dir)
		store(t, s, numbered(10, 11))
		k.wait(t, 11)
		close(g.open)
		closeStream(t, s)
	})
	if !ran {
		testenv.Skip(t, "needs a small disk")
	}
}

// A disk that is full is told as that, also where JetStream does not answer when it is to remove something.
func TestDiskFullWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, Options{FreeSpace: 1 << 60})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.tryRoom(ctx, 1); !errors.Is(err, ErrFull) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrFull and what went wrong", err)
	}
}
