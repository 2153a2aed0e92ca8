package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// load calls Handle from several goroutines until stop is called, which returns how many records of each were
// acknowledged. The records of caller c have the logger c, and count up.
func load(t *testing.T, s *Stream, callers int) (acked func() int64, stop func() []int64) {
	t.Helper()
	counts := make([]atomic.Int64, callers)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; {
				batch := numbered(n, n+1+rand.IntN(20))
				for i := range batch {
					batch[i].Logger = fmt.Sprint(c)
				}
				if err := s.Handle(t.Context(), batch); err != nil {
					t.Errorf("Handle: %v", err)
					return
				}
				n += len(batch)
				counts[c].Store(int64(n))
			}
		})
	}
	acked = func() (n int64) {
		for i := range counts {
			n += counts[i].Load()
		}
		return n
	}
	return acked, func() (all []int64) {
		cancel()
		wg.Wait()
		for i := range counts {
			all = append(all, counts[i].Load())
		}
		return all
	}
}

// exactly checks that what was acknowledged is there once, and in the order of each caller.
func exactly(t *testing.T, got []record.Record, acked []int64) {
	t.Helper()
	next := make([]int, len(acked))
	for i := range got {
		c, n := -1, number(&got[i])
		if _, err := fmt.Sscan(got[i].Logger, &c); err != nil {
			continue // of the stream's own
		}
		if n != next[c] {
			t.Fatalf("caller %d: got number %d, want %d", c, n, next[c])
		}
		next[c]++
	}
	for c, n := range acked {
		if next[c] != int(n) {
			t.Errorf("caller %d: got %d records, want %d", c, next[c], n)
		}
	}
}

// An engine that breaks while the positions of the handlers are being written is replaced at once: the answer that
// will not come is not waited for.
func TestEngineBreaksWhileSaving(t *testing.T) {
	var notices notes
	s := open(t, Options{Level: Disk, Notify: notices.tell})
	c, err := s.Cursor("k", newKeep(), CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 1))
	if err := errors.Join(c.CatchUp(t.Context()), s.saveState(t.Context(), false)); err != nil { // from here on there is nothing to write
		t.Fatal(err)
	}
	e, _, err := s.engines.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.js.DeleteStream(t.Context(), s.o.Name+suffixState); err != nil {
		t.Fatal(err)
	}
	// In its place stands somebody who never answers, as JetStream after a failed write.
	asked, err := e.conn.SubscribeSync(s.o.subject(suffixState))
	if err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(1, 2)) // so that there is something to write
	if _, err := asked.NextMsgWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.fail(errors.New("a write failed"))
	testenv.Await(t, "another engine", func() bool {
		now, _, err := s.engines.get(t.Context())
		return err == nil && now != e
	})
	i := slices.IndexFunc(notices.all(), func(text string) bool { return strings.Contains(text, "keep the positions") })
	if i < 0 || !strings.Contains(notices.all()[i], context.Canceled.Error()) {
		t.Errorf("told: got %q, want that the answer was waited for until the engine broke, and no longer", notices.all())
	}
	store(t, s, numbered(2, 3))
}

// When JetStream stops working under load, in whatever way, nobody notices but by the clock: nothing is
// lost, and nothing is there twice.
func TestEngineBreaks(t *testing.T) {
	t.Parallel()
	breaks := map[string]func(e *engine){
		"the connection is gone": func(e *engine) { e.conn.Close() },
		"the server is gone":     func(e *engine) { e.server.Shutdown() },
		"a write failed": func(e *engine) {
			serverLog{e}.Errorf("JetStream stream '%s > %s' critical write error: %v", "$G", DefaultName, "no space left on device")
		},
	}
	for name, break1 := range breaks {
		t.Run(name, func(t *testing.T) {
			s, k := open(t, Options{Level: Disk}), newKeep()
			if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
				t.Fatal(err)
			}
			acked, stop := load(t, s, 3)
			for range 3 {
				before := acked()
				testenv.Await(t, "records to be taken", func() bool { return acked() > before+100 })
				e, _, err := s.engines.get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				break1(e)
			}
			before := acked()
			testenv.Await(t, "records to be taken again", func() bool { return acked() > before+100 })
			counts := stop()
			if err := waitUnhandled(s); err != nil {
				t.Fatal(err)
			}
			exactly(t, k.all(), counts)
			lawful(t, s)
		})
	}
}

// Who does not wait is told soon that nothing is taken, whatever the reason; of a full disk he is told that it is full.
func TestRefuseWhileBroken(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		t.Run(fmt.Sprint("full=", full), func(t *testing.T) {
			t.Parallel()
			s := open(t, Options{Level: Disk})
			e, _, err := s.engines.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			stopUpkeep(s) // nobody replaces the engine
			if full {
				e.fail(errors.New("critical write error: write 1.blk: no space left on device"))
			}
			e.conn.Close()
			began := time.Now()
			if err := s.Entrance(Refuse).Handle(t.Context(), numbered(0, 1)); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrFull) != full {
				t.Errorf("Handle of who does not wait: got %v, want ErrUnavailable, and ErrFull: %v", err, full)
			}
			if took := time.Since(began); took > testenv.Patience {
				t.Errorf("it took %v", took)
			}
			if err := s.Healthy(); err == nil {
				t.Error("Healthy: got nil, want an error")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := s.Handle(ctx, numbered(0, 1)); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Handle of who waits: got %v, want ErrUnavailable and DeadlineExceeded", err)
			}
			s.engines.set(mustStart(t, s, e))
			store(t, s, numbered(0, 1))
		})
	}
}

func mustStart(t *testing.T, s *Stream, old *engine) *engine {
	t.Helper()
	old.stop()
	e, err := s.tryReopen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What somebody else put into the stream is passed over, and does no harm.
func TestForeignMessages(t *testing.T) {
	s, k := open(t, Options{Level: Disk}), newKeep()
	g := newGate(k)
	if _, err := s.Cursor("k", g, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 5))
	e, _, err := s.engines.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []map[string][]string{nil, {headerMark: {"2 what is to come"}}, {headerMark: {"1 2 3"}}} {
		msg, err := e.conn.RequestWithContext(t.Context(), "$JS.API.INFO", nil) // a message to make one's own of
		if err != nil {
			t.Fatal(err)
		}
		msg.Subject, msg.Reply, msg.Data, msg.Header = s.o.subject(""), "", []byte("not ours"), h
		if _, err := e.js.PublishMsg(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		store(t, s, numbered(5, 6))
	}
	close(g.open)
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	if got := messages(k.all()); fmt.Sprint(got) != "[0 1 2 3 4 5 5 5]" {
		t.Errorf("messages: got %v, want 0 to 5, and 5 twice more", got)
	}
	ids := map[record.ID]bool{}
	for _, r := range k.all() {
		if ids[r.ID] {
			t.Errorf("the id %s is there twice", r.ID)
		}
		ids[r.ID] = true
	}
}

// The law of conservation holds at any moment, while all there is happens at once.
func TestLawUnderLoad(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir(), Level: Memory, MaxBytes: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	fail := newKeep()
	fail.fail = func(batch []record.Record) error {
		if rand.IntN(20) == 0 {
			return errors.New("down")
		}
		for i := range batch {
			switch number(&batch[i]) {
			case 13:
				return record.Permanent(errors.New("bad"))
			case 77:
				panic("oh")
			}
		}
		return nil
	}
	for name, h := range map[string]record.Handler{"fails": fail, "hangs": newGate(discard{}), "well": discard{}} {
		if _, err := s.Cursor(name, h, CursorOptions{MaxBytes: 1 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, when := range []WhenFull{Wait, Refuse, DropLowest} {
		wg.Go(func() {
			for ctx.Err() == nil {
				_ = s.Entrance(when).Handle(ctx, large(0, 100, slog.LevelInfo))
			}
		})
	}
	testenv.Await(t, "all that may happen", func() bool {
		st := lawful(t, s)
		fails, hangs := st.Cursors[0].Counts, st.Cursors[1].Counts
		return st.Handled > 5000 && hangs.Dropped.Total() > 0 &&
			fails.Handled > 0 && fails.Dropped[Refused].Total() > 0 && fails.Dropped[Panicked].Total() > 0
	})
	cancel()
	wg.Wait()
	closing, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	if err := s.Close(closing); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close while a handler hangs: got %v, want DeadlineExceeded", err)
	}
	lawful(t, s)
}
