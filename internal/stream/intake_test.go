package stream

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// desk is an intake with a publisher that takes a while for each message.
type desk struct {
	in     intake
	pool   payloads
	groups []int // records of each message
}

func newDesk(t *testing.T, linger, each time.Duration) *desk {
	t.Helper()
	d := &desk{}
	d.in.init()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := pace{linger: linger}
		for d.in.await(ctx, p) {
			pieces := d.in.take(maxPayload)
			n := 0
			for _, p := range pieces {
				n += len(p.records)
			}
			time.Sleep(each)
			d.in.mu.Lock()
			d.groups = append(d.groups, n)
			d.in.mu.Unlock()
			p.expect, p.ended = d.in.settle(pieces), time.Now()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return d
}

// look returns what there is to see.
func (d *desk) look() (groups []int, counts Counts, cost, calls int) {
	d.in.mu.Lock()
	defer d.in.mu.Unlock()
	return d.groups, d.in.counts, d.in.cost, d.in.calls
}

// call is a Handle of n records.
func (d *desk) call(ctx context.Context, n int, when WhenFull) error {
	pieces, err := d.pool.cut(numbered(0, n), maxPayload)
	if err != nil {
		return err
	}
	c := &call{when: when, done: make(chan error, 1)}
	if err := d.in.enter(ctx, c, pieces); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return d.in.leave(ctx, c)
	}
}

// A single record on an idle stream is stored at once, and so are the calls of one caller after another.
func TestNobodyWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 5*time.Millisecond, time.Millisecond)
		for i := range 5 {
			began := time.Now()
			if err := d.call(t.Context(), 1, Wait); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != time.Millisecond {
				t.Errorf("call %d: took %v, want the millisecond of its message", i, took)
			}
			time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		}
	})
}

// Callers that come again and again are stored together, one message for all.
func TestCallersAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, calls = 20, 50
		d := newDesk(t, 5*time.Millisecond, time.Millisecond)
		done := make(chan error)
		for i := range callers {
			go func() {
				for range calls {
					if err := d.call(t.Context(), 1, Wait); err != nil {
						done <- err
						return
					}
					time.Sleep(time.Duration(i) * 10 * time.Microsecond) // they are not all as fast
				}
				done <- nil
			}()
		}
		for range callers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if groups, _, _, _ := d.look(); len(groups) > calls*2 {
			t.Errorf("messages: got %d for %d calls of %d callers, want hardly more than one for all callers", len(groups), calls, callers)
		}
	})
}

// A caller that stays away holds up the others for a moment, once.
func TestGatheringGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 5*time.Millisecond, time.Millisecond)
		both := make(chan error, 2)
		for range 2 {
			go func() { both <- d.call(t.Context(), 1, Wait) }()
		}
		synctest.Wait()
		go func() { both <- d.call(t.Context(), 1, Wait) }()
		for range 3 {
			if err := <-both; err != nil {
				t.Error(err)
			}
		}
		began := time.Now()
		for range 2 {
			if err := d.call(t.Context(), 1, Wait); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took > 7*time.Millisecond {
			t.Errorf("two calls took %v, want 5 ms of waiting at most and two messages", took)
		}
	})
}

func TestLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 5*time.Millisecond, time.Second)
		first := make(chan error, 1)
		go func() { first <- d.call(t.Context(), 1, Wait) }()
		synctest.Wait() // it is at the publisher
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := d.call(ctx, 7, Wait); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call whose context ends in line: got %v, want DeadlineExceeded", err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if groups, counts, _, _ := d.look(); fmt.Sprint(groups) != "[1]" || counts.Accepted != 1 {
			t.Errorf("got messages of %v and %d accepted, want one record", groups, counts.Accepted)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := d.call(ctx, 1, Wait); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call whose context ends at the publisher: got %v, want DeadlineExceeded", err)
		}
		time.Sleep(2 * time.Second)
		if _, counts, cost, calls := d.look(); counts.Accepted != 2 || counts.Handled != 2 || cost != 0 || calls != 0 {
			t.Errorf("got %+v, cost %d, %d calls, want 2 handled and nothing left", counts, cost, calls)
		}
	})
}

// Memory is bounded: who can wait waits, and the others are sent away.
func TestIntakeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 5*time.Millisecond, time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 200)
		for range 200 {
			go func() { done <- d.call(ctx, 256, Wait) }()
		}
		synctest.Wait()
		if _, _, cost, _ := d.look(); cost > maxWaiting/2+(1<<20) {
			t.Errorf("cost of what waits: got %d, want %d at most and a call", cost, maxWaiting/2)
		}
		if err := d.call(ctx, 1, Refuse); !errors.Is(err, ErrFull) {
			t.Errorf("a call that does not wait: got %v, want ErrFull", err)
		}
		cancel()
		for range 200 {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("a call that waits: got %v, want Canceled", err)
			}
		}
	})
}

func TestCut(t *testing.T) {
	var pool payloads
	f := func(name string, batch []record.Record, most, minPieces, maxPieces int) {
		t.Helper()
		for range 2 { // the same each time
			pieces, err := pool.cut(batch, most)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n := 0
			for _, p := range pieces {
				n += len(p.records)
				if len(p.payload) > most || p.levels.Total() != uint64(len(p.records)) {
					t.Errorf("%s: a piece has %d bytes and %d records by level, want %d at most and %d", name, len(p.payload), p.levels.Total(), most, len(p.records))
				}
			}
			if n != len(batch) || len(pieces) < minPieces || len(pieces) > maxPieces {
				t.Errorf("%s: got %d records in %d pieces, want %d in %d to %d", name, n, len(pieces), len(batch), minPieces, maxPieces)
			}
		}
	}
	f("one", numbered(0, 1), maxPayload, 1, 1)
	f("many", numbered(0, 10_000), maxPayload, 10, 20)
	f("large", large(0, 2000, 0), maxPayload, 4, 12)
	f("large, into small messages", large(0, 100, 0), 4<<10, 25, 100)
	mixed := append(large(0, 300, 0), numbered(0, 3000)...)
	f("mixed", mixed, maxPayload, 4, 30)
}

// Who cannot wait is held back for a moment where records would be dropped, and goes on when there is room.
func TestHesitate(t *testing.T) {
	f := func(name string, used int, roomAfter, want time.Duration) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var in intake
				in.init()
				in.cost = maxWaiting / 100 * used
				if roomAfter > 0 {
					time.AfterFunc(roomAfter, func() {
						in.mu.Lock()
						defer in.mu.Unlock()
						in.cost = 0
						in.release()
					})
				}
				began := time.Now()
				in.filter(t.Context(), numbered(0, 1), patience)
				if took := time.Since(began); took != want {
					t.Errorf("got %v, want %v", took, want)
				}
				if got := in.counts.Dropped.Total() > 0; got != (want == patience) {
					t.Errorf("got %d dropped", in.counts.Dropped.Total())
				}
			})
		})
	}
	f("room", 59, 0, 0)
	f("room soon", 72, 20*time.Millisecond, 20*time.Millisecond)
	f("no room", 72, 0, patience)
	f("too late", 72, 2*patience, patience)
}
