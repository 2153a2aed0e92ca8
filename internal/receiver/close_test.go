package receiver

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func closeWrite(c net.Conn) { c.(interface{ CloseWrite() error }).CloseWrite() }

// A client that closes its side and waits for the receiver's end knows that all is in custody.
func TestEndAfterCustody(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		gate := make(chan struct{})
		var taken atomic.Int32
		s := sink{before: func(_ context.Context, batch []record.Record) error {
			<-gate
			taken.Add(int32(len(batch)))
			return nil
		}}
		r := newReceiver(t, &s, Options{})
		c := connect(t, r, network)
		send(t, c, frame("one", "two", "!bad", "three"))
		closeWrite(c)
		testenv.Await(t, "the handler called", func() bool { return r.Stats().Waiting > 0 })
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: read while the handler has not returned: got %v, want a timeout", network, err)
		}
		close(gate)
		if err := awaitEnd(t, c); err != nil {
			t.Errorf("%s: end: got %v, want an orderly one", network, err)
		}
		if got := taken.Load(); got != 3 {
			t.Errorf("%s: records in custody at the end: got %d, want 3", network, got)
		}
	}
}

// A client whose records were dropped must not take the end for custody.
func TestResetAfterDrop(t *testing.T) {
	s := sink{before: func(_ context.Context, batch []record.Record) error {
		if batch[0].Message == "refused" {
			return record.Permanent(errors.New("never"))
		}
		return nil
	}}
	r := newReceiver(t, &s, Options{})
	end := func(message string) error {
		c := connect(t, r, "tcp")
		send(t, c, frame(message))
		closeWrite(c)
		return awaitEnd(t, c)
	}
	if err := end("refused"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("end after a drop: got %v, want a reset", err)
	}
	if err := end("taken"); err != nil {
		t.Errorf("end of another connection: got %v, want an orderly one", err)
	}
	if got := r.Stats(); got.Dropped[Refused] != 1 {
		t.Errorf("stats: got %+v, want one refused", got)
	}
}

// Close tells peers at once, takes what they still send, and is done as soon as they are.
func TestCloseDrains(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		var s sink
		r := newReceiver(t, &s, Options{DrainTimeout: time.Hour})
		c := connect(t, r, network)
		send(t, c, frame("before", "cut")[:14])
		s.await(t, 1)
		closed := make(chan error)
		go func() { closed <- r.Close(context.Background()) }()
		if err := awaitEnd(t, c); err != nil { // its write side
			t.Errorf("%s: end: got %v, want an orderly one", network, err)
		}
		send(t, c, frame("before", "cut")[14:])
		send(t, c, frame("after"))
		checkMessages(t, s.await(t, 3), []string{"before", "cut", "after"})
		select {
		case <-closed:
			t.Errorf("%s: Close returned before the peer closed", network)
		default:
		}
		closeWrite(c)
		if err := testenv.Receive(t, "Close", closed); err != nil {
			t.Errorf("%s: Close: got %v, want nil", network, err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("%s: second Close: got %v, want nil", network, err)
		}
		if stats := r.Stats(); stats.Conns != 0 || len(stats.Rejected) != 0 {
			t.Errorf("%s: stats: got %+v, want no connection, nothing rejected", network, stats)
		}
		if _, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: Listen after Close: got %v, want ErrClosed", network, err)
		}
	}
}

// A peer that watches nothing is read until DrainTimeout; what is whole by then is taken.
func TestCloseWhilePeerGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		idle, writing := pipe(t, r), pipe(t, r)
		sent := 0
		go func() {
			for {
				for _, part := range [][]byte{frame("x"), {0}, {0, 0, 1, 'y'}} {
					if _, err := writing.Write(part); err != nil {
						return
					}
					if len(part) > 1 {
						sent++
					} else { // the next one has begun
						time.Sleep(100 * time.Millisecond)
					}
				}
			}
		}()
		time.Sleep(1050 * time.Millisecond)
		start := time.Now()
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("Close took %v, want DrainTimeout", took)
		}
		awaitEnd(t, idle)
		time.Sleep(time.Second)
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Accepted != uint64(sent) || stats.Rejected[Half] != 1 || sent < 20 {
			t.Errorf("stats: got %d accepted, rejected %v, want %d and the half frame", stats.Accepted, stats.Rejected, sent)
		}
	})
}

// Connections that the kernel had taken before Close, and what they sent, are not lost: neither those
// that Accept still comes to, nor, where the system lets us, those it does not.
func TestCloseTakesTheBacklog(t *testing.T) {
	f := func(name string, accept func(*net.TCPListener) (net.Conn, error)) {
		t.Helper()
		var s sink
		r := newReceiver(t, &s, Options{DrainTimeout: time.Hour})
		ln, err := listenTCP(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		hold := make(chan struct{})
		late := &lateListener{ln.(*net.TCPListener), hold, accept}
		if err := r.serveStream(t.Context(), late, way{l: r.ledger("tcp")}); err != nil {
			t.Fatal(err)
		}
		const conns = 20
		watchesNothing := dial(t, ln.Addr()) // and is drained as any other
		send(t, watchesNothing, frame("x"))
		for range conns - 1 {
			c := dial(t, ln.Addr())
			send(t, c, frame("x"))
			closeWrite(c)
		}
		closed := make(chan error)
		go func() { closed <- r.Close(context.Background()) }()
		testenv.Receive(t, "Close to begin", r.stopping)
		close(hold)
		testenv.Await(t, name+": all records", func() bool { return r.Stats().Accepted >= conns })
		watchesNothing.Close()
		if err := testenv.Receive(t, "Close", closed); err != nil {
			t.Errorf("%s: Close: got %v, want nil", name, err)
		}
		if got := r.Stats().Accepted; got != conns {
			t.Errorf("%s: got %d records accepted, want %d", name, got, conns)
		}
	}
	f("accepted late", (*net.TCPListener).Accept)
	if runtime.GOOS == "linux" {
		f("never accepted", func(*net.TCPListener) (net.Conn, error) { return nil, os.ErrDeadlineExceeded })
	}
}

// lateListener accepts when it is let.
type lateListener struct {
	*net.TCPListener
	hold   chan struct{}
	accept func(*net.TCPListener) (net.Conn, error)
}

func (l *lateListener) Accept() (net.Conn, error) {
	<-l.hold
	return l.accept(l.TCPListener)
}

func (l *lateListener) SetDeadline(at time.Time) error {
	<-l.hold
	return l.TCPListener.SetDeadline(at)
}

// Who is told to go elsewhere and comes back at once finds the door shut.
func TestCloseShutsTheDoorFirst(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		r := newReceiver(t, &sink{}, Options{})
		c := connect(t, r, network)
		testenv.Await(t, "accepted", func() bool { return r.Stats().Conns == 1 })
		closed := make(chan error)
		go func() { closed <- r.Close(context.Background()) }()
		if err := awaitEnd(t, c); err != nil {
			t.Errorf("%s: end: got %v, want an orderly one", network, err)
		}
		if again, err := net.Dial(network, c.RemoteAddr().String()); err == nil {
			again.Close()
			t.Errorf("%s: could connect again after the end", network)
		}
		c.Close()
		if err := testenv.Receive(t, "Close", closed); err != nil {
			t.Errorf("%s: Close: got %v, want nil", network, err)
		}
	}
}

// When Close's context ends, connections are not read until DrainTimeout.
func TestCloseGivesUpDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(&sink{}, Options{DrainTimeout: time.Hour})
		c := pipe(t, r)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("Close: got %v after %v, want its context's error after 5 s", err, time.Since(start))
		}
		awaitEnd(t, c)
		if got := r.Stats().Conns; got != 0 {
			t.Errorf("connections: got %d, want none", got)
		}
	})
}

// A deadline that was set for half a frame ends no connection that drains.
func TestExpiredWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer client.Close()
		c := &conn{r: New(&sink{}, Options{}), nc: server}
		c.drain(time.Now().Add(time.Minute))
		time.Sleep(59 * time.Second)
		if err := c.expired(); err != nil {
			t.Errorf("expired before drainAt: got %v, want nil", err)
		}
		time.Sleep(time.Second)
		if err := c.expired(); err != errDrained {
			t.Errorf("expired at drainAt: got %v, want %v", err, errDrained)
		}
	})
}

// A handler that hangs holds Close until its context ends, and no longer; what it has is dropped.
func TestCloseWhileHandlerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{before: func(ctx context.Context, _ []record.Record) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		r := New(&s, Options{})
		r.desks.decode = plainDecode
		c, other := pipe(t, r), pipe(t, r)
		send(t, c, frame("one", "two"))
		send(t, other, frame("half")[:5])
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: got %v, want its context's error", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Close took %v, want 5 s", took)
		}
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Dropped[Closed] != 2 || stats.Rejected[Half] != 1 || stats.Conns != 0 {
			t.Errorf("stats: got %+v, want two dropped, a half frame, no connection", stats)
		}
	})
}

// Close does not wait for ever for a handler that heeds no context.
func TestCloseWhileHandlerHeedsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := sink{before: func(context.Context, []record.Record) error {
			<-gate
			return nil
		}}
		r := New(&s, Options{})
		r.desks.decode = plainDecode
		c := pipe(t, r)
		send(t, c, frame("one"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Close(ctx); err == nil {
			t.Error("Close: got nil, want its context's error")
		}
		if got := r.Stats(); got.Waiting != 1 {
			t.Errorf("waiting: got %d, want 1", got.Waiting)
		}
		close(gate)
	})
}

// Many connections, good and bad, some cut: every frame becomes something.
func TestLaw(t *testing.T) {
	var s sink
	r := newReceiver(t, &s, Options{})
	addr, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const conns, each = 8, 200
	done := make(chan error)
	for i := range conns {
		c := dial(t, addr)
		go func() {
			for j := range each {
				payload := "good"
				if j%10 == i {
					payload = "!bad"
				}
				if _, err := c.Write(frame(payload)); err != nil {
					done <- err
					return
				}
				if j%20 == 0 {
					checkLawNow(t, r)
				}
			}
			c.Write(frame("cut")[:5])
			closeWrite(c)
			done <- awaitEnd(t, c)
		}()
	}
	for range conns {
		if err := testenv.Receive(t, "a client's end", done); err != nil {
			t.Errorf("client: %v", err)
		}
	}
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Frames != conns*(each+1) || stats.Rejected[Half] != conns || stats.Rejected[Undecodable] != conns*each/10 || stats.Waiting != 0 {
		t.Errorf("stats: got %+v", stats)
	}
}

// checkLawNow checks, while all is in motion, that no frame is accounted for before it is counted.
func checkLawNow(t *testing.T, r *Receiver) {
	if s := r.Stats(); s.Waiting > s.Frames {
		t.Errorf("stats in motion: got %+v, want no more than all waiting", s)
	}
}
