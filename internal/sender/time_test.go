package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// halves is one end of a connection whose directions close by themselves, as a stream's do.
type halves struct {
	net.Conn // reads
	out      net.Conn
}

func (h halves) Write(p []byte) (int, error)         { return h.out.Write(p) }
func (h halves) SetWriteDeadline(at time.Time) error { return h.out.SetWriteDeadline(at) }
func (h halves) CloseWrite() error                   { return h.out.Close() }
func (h halves) Close() error                        { return errors.Join(h.Conn.Close(), h.out.Close()) }

// fake is a network of pipes that keep nothing: a write lasts until it has been read.
type fake struct {
	dials []time.Duration              // when, since the start
	start time.Time                    //
	fail  func(n int) error            // of the n-th attempt, from 0
	on    func(n int, server net.Conn) // serves it
}

// socket returns a Socket over f, in a bubble.
func (f *fake) socket(t *testing.T, o Options) *Socket {
	f.start = time.Now()
	s := newSocket(t, o)
	s.dialer = func(context.Context, string, string) (net.Conn, error) {
		n := len(f.dials)
		f.dials = append(f.dials, time.Since(f.start))
		if f.fail != nil {
			if err := f.fail(n); err != nil {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
			}
		}
		ours, theirs := net.Pipe()
		in, out := net.Pipe()
		go f.on(n, halves{theirs, in})
		return halves{out, ours}, nil
	}
	return s
}

// Nothing is dialled before the first record, an idle connection is confirmed after a second, and
// the next record makes the next one.
func TestLazyAndIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		f := fake{on: func(_ int, c net.Conn) { p.serve(c) }}
		s := f.socket(t, Options{})
		time.Sleep(time.Hour)
		if len(f.dials) != 0 {
			t.Fatalf("dialled %v before there was a record", f.dials)
		}
		records, want := batch(0, 3)
		handle(t, s, records[:1])
		time.Sleep(900 * time.Millisecond)
		handle(t, s, records[1:2])
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		checkCounts(t, s, counts{waiting: 2})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		checkCounts(t, s, counts{confirmed: 2})
		if s.Stats().Connected {
			t.Error("an idle Socket is still connected")
		}
		time.Sleep(time.Hour)
		handle(t, s, records[2:])
		time.Sleep(time.Second)
		synctest.Wait()
		checkCounts(t, s, counts{confirmed: 3})
		check(t, p.received(), want)
		hour := time.Hour
		if want := []time.Duration{hour, 2*hour + 1900*time.Millisecond}; !slices.Equal(f.dials, want) {
			t.Errorf("dialled at %v, want %v", f.dials, want)
		}
	})
}

// While the receiver is away Handle waits; the pauses double, with jitter, up to a bound. OnError
// hears of it once, and of the end.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		var l told
		f := fake{
			fail: func(n int) error {
				if n < 12 {
					return syscall.ECONNREFUSED
				}
				return nil
			},
			on: func(_ int, c net.Conn) { p.serve(c) },
		}
		s := f.socket(t, Options{OnError: l.hook})
		records, want := batch(0, 3)
		handle(t, s, records)
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		check(t, p.received(), want)
		pause := 100 * time.Millisecond
		for i := 1; i < len(f.dials); i++ {
			if got := f.dials[i] - f.dials[i-1]; got < pause/2 || got > pause {
				t.Errorf("pause %d: got %v, want %v to %v", i, got, pause/2, pause)
			}
			pause = min(2*pause, 5*time.Second)
		}
		got := l.all()
		if len(got) != 2 || got[0] != "send to tcp 127.0.0.1:9020: connection refused; trying again" ||
			!strings.HasPrefix(got[1], "send to tcp 127.0.0.1:9020: connected again after ") {
			t.Errorf("told: got %q, want that it is away, and that it is back", got)
		}
	})
}

// A context that ends while the receiver is away ends Handle, which has taken nothing then.
func TestContextEndsWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{fail: func(int) error { return syscall.ECONNREFUSED }}
		s := f.socket(t, Options{})
		records, _ := batch(0, 3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Handle(ctx, records)
		partial, ok := errors.AsType[*record.PartialError](err)
		if !ok || partial.Handled != 0 || !errors.Is(err, context.DeadlineExceeded) || time.Since(f.start) != time.Minute {
			t.Errorf("Handle: got %v after %v, want none handled and the context's error after a minute", err, time.Since(f.start))
		}
		checkCounts(t, s, counts{})
	})
}

// A server that takes no record well, again and again, is told of every ten
// seconds at most, and no loss goes untold.
func TestToldRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l told
		f := fake{on: func(_ int, c net.Conn) {
			_, _ = readFrame(c)
			_, _ = io.WriteString(c, "no")
			_ = c.Close()
		}}
		s := f.socket(t, Options{OnError: l.hook, BackoffMax: time.Second})
		records, _ := batch(0, 60)
		for i := range records {
			handle(t, s, records[i:i+1])
			time.Sleep(time.Second)
		}
		_ = s.Close()
		checkCounts(t, s, counts{unconfirmed: 60})
		away := 0
		for _, text := range l.all() {
			if strings.Contains(text, ErrUnconfirmed.Error()) {
				away++
			}
		}
		if away < 4 || away > 8 {
			t.Errorf("told %d times in about a minute, want about 6: %q", away, l.all())
		}
		if n := lostTold(t, &l); n != 60 {
			t.Errorf("told of %d lost records, want 60", n)
		}
	})
}

// A loss that came too soon after a message is told when it is time, although nothing else happens.
func TestToldLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l told
		f := fake{on: func(_ int, c net.Conn) {
			_, _ = readFrame(c)
			_, _ = io.WriteString(c, "no")
			_ = c.Close()
		}}
		s := f.socket(t, Options{OnError: l.hook})
		records, _ := batch(0, 2)
		for i := range records {
			handle(t, s, records[i:i+1])
			time.Sleep(time.Second)
		}
		if n := lostTold(t, &l); n != 1 {
			t.Errorf("told of %d lost records, want the first", n)
		}
		time.Sleep(9 * time.Second)
		if n := lostTold(t, &l); n != 2 {
			t.Errorf("told of %d lost records after ten seconds, want both", n)
		}
		_ = s.Close()
	})
}

// lostTold adds up how many unconfirmed records OnError was told of.
func lostTold(t *testing.T, l *told) (sum int) {
	t.Helper()
	for _, text := range l.all() {
		if _, rest, _ := strings.Cut(text, ": "); strings.Contains(rest, ErrUnconfirmed.Error()) {
			var n int
			if _, err := fmt.Sscan(rest, &n); err != nil {
				t.Errorf("%q: %v", text, err)
			}
			sum += n
		}
	}
	return sum
}

// The next connection is made when the one before is confirmed, not earlier: order is kept.
func TestOrderAcrossConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		f := fake{on: func(_ int, c net.Conn) {
			_ = p.read(c, -1)
			time.Sleep(3 * time.Second) // between reading and custody
			_ = c.Close()
		}}
		s := f.socket(t, Options{ConfirmBytes: 1})
		records, want := batch(0, 3)
		for i := range records {
			handle(t, s, records[i:i+1])
		}
		if want := []time.Duration{0, 3 * time.Second, 6 * time.Second}; !slices.Equal(f.dials, want) {
			t.Errorf("dialled at %v, want %v", f.dials, want)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		check(t, p.received(), want)
	})
}

// A receiver that never closes its side is asked once, told of once, and then used as it is.
func TestDeafReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		var l told
		f := fake{on: func(_ int, c net.Conn) {
			_ = p.read(c, -1)
			_, _ = io.Copy(io.Discard, c)
		}}
		s := f.socket(t, Options{OnError: l.hook, ConfirmBytes: 1})
		records, want := batch(0, 10)
		handle(t, s, records[:4])
		time.Sleep(4 * time.Second)
		checkCounts(t, s, counts{waiting: 4})
		time.Sleep(2 * time.Second)
		checkCounts(t, s, counts{unconfirmed: 4})
		for i := range records[4:] {
			handle(t, s, records[4+i:5+i])
		}
		time.Sleep(time.Hour)
		checkCounts(t, s, counts{unconfirmed: 4, waiting: 6})
		if err := s.Flush(t.Context()); err != nil {
			t.Errorf("Flush: got %v, want nil: it is as safe as it can be", err)
		}
		if err := s.Close(); !errors.Is(err, ErrUnconfirmed) || !strings.Contains(err.Error(), "6 records") {
			t.Errorf("Close: got %v, want 6 records unconfirmed", err)
		}
		checkCounts(t, s, counts{unconfirmed: 10})
		check(t, p.received(), want)
		if len(f.dials) != 2 {
			t.Errorf("got %d connections, want one that was asked and one that stays", len(f.dials))
		}
		if got := l.all(); len(got) != 1 || !strings.Contains(got[0], "4 records not confirmed by the receiver: the receiver does not close its side") {
			t.Errorf("told: got %q, want that nothing can be confirmed", got)
		}
	})
}

// A receiver that has confirmed before is only busy when it takes its time.
func TestBusyReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		f := fake{on: func(n int, c net.Conn) {
			_ = p.read(c, -1)
			time.Sleep(time.Duration(n) * 20 * time.Second)
			_ = c.Close()
		}}
		s := f.socket(t, Options{})
		records, _ := batch(0, 3)
		for i, want := range []error{nil, nil, ErrUnconfirmed} { // after 0, 20 and 40 seconds
			handle(t, s, records[i:i+1])
			if err := s.Flush(t.Context()); !errors.Is(err, want) {
				t.Errorf("Flush %d: got %v, want %v", i, err, want)
			}
		}
		checkCounts(t, s, counts{confirmed: 2, unconfirmed: 1})
		time.Sleep(time.Minute) // until the last one is done
	})
}

// A write that stands still is given up; the record that it was in goes on the next connection.
func TestWriteStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		var l told
		f := fake{on: func(n int, c net.Conn) {
			if n == 0 {
				_ = p.read(c, 2)
				_, _ = c.Read(make([]byte, 100))
				time.Sleep(20 * time.Second)
				_, _ = c.Read(make([]byte, 100)) // something moves: 30 s more
				return
			}
			p.serve(c)
		}}
		s := f.socket(t, Options{OnError: l.hook})
		records, want := batch(0, 10)
		handle(t, s, records)
		if got := f.dials[1]; got < 50*time.Second || got > 61*time.Second {
			t.Errorf("second connection after %v, want one 30 to 60 s after the last byte was read", got)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		check(t, p.received(), want)
		checkCounts(t, s, counts{confirmed: 8, unconfirmed: 2})
		if got := l.all(); len(got) != 2 || !strings.Contains(got[0], "2 records not confirmed by the receiver: the receiver has not read for 30s") {
			t.Errorf("told: got %q", got)
		}
	})
}

// A record whose rest the Socket has kept is sent although nobody calls any more.
func TestKeptRecordIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p peer
		f := fake{on: func(n int, c net.Conn) {
			if n == 0 {
				_, _ = c.Read(make([]byte, 100))
				time.Sleep(2 * time.Second)
				_ = c.Close()
				return
			}
			p.serve(c)
		}}
		s := f.socket(t, Options{})
		records, want := batch(0, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Handle(ctx, records); err != nil {
			t.Fatalf("Handle: got %v, want nil: the Socket has the record", err)
		}
		checkCounts(t, s, counts{waiting: 1})
		time.Sleep(10 * time.Second)
		checkCounts(t, s, counts{confirmed: 1})
		check(t, p.received(), want)
	})
}

// Close waits as long as it may, then breaks off who has the turn. Everything has an end then: a
// goroutine that is left would fail the bubble.
func TestCloseBreaksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{on: func(_ int, c net.Conn) { _, _ = readFrame(c) }}
		s := f.socket(t, Options{})
		records, _ := batch(0, 10)
		result := make(chan error)
		go func() { result <- s.Handle(t.Context(), records) }()
		synctest.Wait()
		go func() { _ = s.Flush(t.Context()) }() // waits for its turn in vain
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		closing := make(chan error)
		go func() { closing <- s.CloseContext(ctx) }()
		err := <-result
		partial, ok := errors.AsType[*record.PartialError](err)
		if !ok || partial.Handled != 1 || !errors.Is(err, ErrClosed) || !record.IsPermanent(err) || time.Since(f.start) != 2*time.Second {
			t.Errorf("Handle: got %v after %v, want 1 handled and ErrClosed, permanent, after 2 s", err, time.Since(f.start))
		}
		if err := <-closing; !errors.Is(err, ErrUnconfirmed) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: got %v, want 1 record unconfirmed", err)
		}
		checkCounts(t, s, counts{unconfirmed: 1})
	})
}
