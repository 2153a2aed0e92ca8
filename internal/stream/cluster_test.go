package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/stream/clustertest"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// With the URL of a cluster the stream is there, in three copies. When the server that leads it dies
// under load, nothing acknowledged is lost, and work goes on within seconds.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := clustertest.Start(t, clustertest.Options{Servers: 3})
	s := open(t, Options{URL: c.URL})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	e, _, err := s.engines.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := e.records.CachedInfo().Config.Replicas; got != 3 {
		t.Errorf("replicas: got %d, want 3", got)
	}
	if got := s.Stats().Level; got != Cluster {
		t.Errorf("level: got %s, want cluster", got)
	}
	_, err = Open(Options{URL: c.URL})
	if locked, ok := errors.AsType[*LockedError](err); !ok || locked.Owner != processName() {
		t.Errorf("Open of a stream that is in use: got %v, want a LockedError that names this process", err)
	}
	const callers = 4
	var acked [callers]atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n += 10 {
				batch := numbered(n, n+10)
				for i := range batch {
					batch[i].Logger = fmt.Sprint("caller", caller)
				}
				if err := s.Handle(t.Context(), batch); err != nil {
					t.Errorf("Handle: %v", err)
					return
				}
				acked[caller].Store(int64(n + 10))
			}
		})
	}
	total := func() (n int64) {
		for i := range acked {
			n += acked[i].Load()
		}
		return n
	}
	testenv.Await(t, "records to be taken", func() bool { return total() > 2000 })
	c.KillLeader(t, DefaultName)
	killed, before := time.Now(), total()
	testenv.Await(t, "work to go on", func() bool { return total() > before+1000 })
	t.Logf("%d acknowledged before the leader died, 1000 more after %v", before, time.Since(killed))
	cancel()
	wg.Wait()
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	seen := map[string]int{}
	for _, r := range k.all() {
		seen[r.Logger+"/"+r.Message]++
	}
	doubled := 0
	for caller := range callers {
		for n := range acked[caller].Load() {
			times := seen[fmt.Sprintf("caller%d/%d", caller, n)]
			if times == 0 {
				t.Fatalf("record %d of caller %d was acknowledged and is lost", n, caller)
			}
			doubled += times - 1
		}
	}
	if doubled > 0 {
		t.Errorf("%d records are doubled, want none", doubled)
	}
	// Another process goes on where this one was. What keeps the positions has found a leader too then, if that was the dead one.
	testenv.Await(t, "the positions to be kept", func() bool { return s.saveState(t.Context(), false) == nil })
	closeStream(t, s)
	s = open(t, Options{URL: c.URL})
	again := newKeep()
	if _, err := s.Cursor("k", again, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 1))
	if got := again.wait(t, 1); len(got) != 1 {
		t.Errorf("after opening again: got %d records, want the new one", len(got))
	}
}
