package receiver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Half a frame is given StallTimeout from its last byte on; a connection between frames any time.
func TestStall(t *testing.T) {
	f := func(name string, stall time.Duration, held []byte, want Reason, conns int) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s sink
				r := newReceiver(t, &s, Options{MaxFrame: 100_000})
				c := pipe(t, r)
				send(t, c, frame("first"))
				time.Sleep(100 * 24 * time.Hour)
				send(t, c, held)
				time.Sleep(stall)
				synctest.Wait()
				stats := r.Stats()
				if stats.Conns != conns || want != "" && stats.Rejected[want] != 1 || want == "" && len(stats.Rejected) > 0 {
					t.Errorf("after %v: got %d connections, rejected %v, want %d, %s", stall, stats.Conns, stats.Rejected, conns, want)
				}
				checkLaw(t, stats)
			})
		})
	}
	f("idle", 1000*time.Hour, frame("x"), "", 1)
	f("half a header, in time", 29*time.Second, []byte{0, 0}, "", 1)
	f("half a header", 31*time.Second, []byte{0, 0}, Stalled, 0)
	f("half a frame, in time", 29*time.Second, frame("abc")[:6], "", 1)
	f("half a frame", 31*time.Second, frame("abc")[:6], Stalled, 0)
	f("half a frame of its own buffer", 31*time.Second, frame(repeat('x', 90_000))[:50_000], Stalled, 0)
	f("in the middle of what is skipped", 31*time.Second, frame("}q" + repeat('x', 200_000))[:1000], TooLong, 0)
	f("a lone impossible length", 31*time.Second, []byte("quit\n"), Foreign, 0)
}

// Each byte starts the time anew, and a deadline that was set for an earlier frame means nothing.
func TestSlowButNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		c := pipe(t, r)
		want := []string{"slow", "but steady"}
		for _, b := range frame(want...) {
			send(t, c, []byte{b})
			time.Sleep(29 * time.Second)
		}
		time.Sleep(time.Hour)
		send(t, c, frame("later"))
		checkMessages(t, s.await(t, 3), append(want, "later"))
	})
}

// The time during which we do not read is no fault of the peer's.
func TestNoStallWhileHandling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{before: func(context.Context, []record.Record) error {
			time.Sleep(5 * time.Minute)
			return nil
		}}
		r := newReceiver(t, &s, Options{})
		c := pipe(t, r)
		b := frame("one", "two")
		send(t, c, b[:2]) // arms the deadline
		send(t, c, b[2:len(b)-1])
		time.Sleep(5*time.Minute + 20*time.Second)
		send(t, c, b[len(b)-1:])
		time.Sleep(time.Hour)
		checkMessages(t, s.await(t, 2), []string{"one", "two"})
	})
}

// The same over a real socket, whose deadlines are the kernel poller's.
func TestStallOverTCP(t *testing.T) {
	var s sink
	r := newReceiver(t, &s, Options{StallTimeout: 50 * time.Millisecond})
	c := connect(t, r, "tcp")
	send(t, c, append(frame("whole"), 0, 0))
	if err := awaitEnd(t, c); err != nil {
		t.Errorf("end: got %v, want an orderly one", err)
	}
	if got := r.Stats(); got.Rejected[Stalled] != 1 || got.Accepted != 1 {
		t.Errorf("stats: got %+v, want one accepted, one stalled", got)
	}
}
