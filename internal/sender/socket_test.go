package sender

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func TestOptions(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		got := "<nil>"
		if _, err := NewSocket(o); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("NewSocket(%+v): got %s, want %s", o, got, want)
		}
	}
	f(Options{}, "<nil>")
	f(Options{Network: "udp6"}, "<nil>")
	f(Options{Network: "unixgram", Address: "x"}, "<nil>")
	f(Options{Network: "http"}, `send over network "http": want one of tcp, tcp4, tcp6, unix, udp, udp4, udp6, unixgram`)
	f(Options{Network: "unix"}, `send over network unix: the address is empty, want the path of a socket`)
	f(Options{Address: "localhost"}, `send over network tcp: got address "localhost", want host:port`)
	f(Options{DialTimeout: -1}, `send to tcp 127.0.0.1:9020: got DialTimeout -1ns, want none below 0`)
	f(Options{MaxFrame: -1}, `send to tcp 127.0.0.1:9020: got MaxFrame -1, want none below 0`)
}

func TestContract(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				var p peer
				s := open(t, listen(t, network, func(_ int, c net.Conn) { p.serve(c) }), Options{})
				return handlertest.Subject{Handler: s, Messages: func() []string {
					if err := s.Flush(t.Context()); err != nil {
						t.Errorf("Flush: got %v, want nil", err)
					}
					return p.received()
				}}
			})
		})
	}
}

// What was flushed has been read, and the connection is confirmed by its end.
func TestFlushConfirms(t *testing.T) {
	var p peer
	s := open(t, listen(t, "tcp", func(_ int, c net.Conn) { p.serve(c) }), Options{})
	if err := s.Flush(t.Context()); err != nil || s.Stats().Connections != 0 {
		t.Errorf("Flush of nothing: got %v, %d connections, want none", err, s.Stats().Connections)
	}
	records, want := batch(0, 100)
	for i := range 4 {
		handle(t, s, records[i*25:i*25+25])
		if err := s.Flush(t.Context()); err != nil {
			t.Errorf("Flush: got %v, want nil", err)
		}
		check(t, p.received(), want[:i*25+25])
		checkCounts(t, s, counts{confirmed: uint64(i*25 + 25)})
	}
	if got := s.Stats(); got.Connections != 4 || got.Connected {
		t.Errorf("got %d connections, connected %v, want 4, and none left", got.Connections, got.Connected)
	}
}

// Under load a connection is confirmed every ConfirmBytes, and the order of the records is kept.
func TestRotation(t *testing.T) {
	var p peer
	s := open(t, listen(t, "tcp", func(_ int, c net.Conn) { p.serve(c) }), Options{ConfirmBytes: 4000})
	var want []string
	for i := range 50 {
		records, messages := batch(i*20, i*20+20)
		want = append(want, messages...)
		handle(t, s, records)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	check(t, p.received(), want)
	checkCounts(t, s, counts{confirmed: 1000})
	if n := s.Stats().Connections; n < 20 {
		t.Errorf("got %d connections, want one for each batch of about 8,000 bytes", n)
	}
}

// A receiver that goes away in good order closes its side and reads on: nothing is lost, nothing
// comes twice, nothing is unconfirmed.
func TestOrderlyRestart(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			var p peer
			ln := listen(t, network, func(i int, c net.Conn) {
				if i < 3 {
					_ = p.read(c, 10)
					_ = c.(interface{ CloseWrite() error }).CloseWrite()
				}
				p.serve(c)
			})
			s := open(t, ln, Options{})
			var want []string
			for i := range 40 {
				records, messages := batch(i*10, i*10+10)
				want = append(want, messages...)
				handle(t, s, records)
				if i == 10 {
					testenv.Await(t, "the end of the first connection", func() bool { return !s.Stats().Connected })
				}
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: got %v, want nil", err)
			}
			testenv.Await(t, "the rest, by the receiver that is leaving", func() bool { return len(p.received()) >= len(want) })
			got := p.received() // of several connections, side by side
			slices.Sort(got)
			slices.Sort(want)
			check(t, got, want)
			checkCounts(t, s, counts{confirmed: 400})
			if n := s.Stats().Connections; n < 2 {
				t.Errorf("got %d connections, want another one after the first was closed", n)
			}
		})
	}
}

// A receiver that is killed resets its connections: all that was written there since it was opened
// is unconfirmed, told at once, and only that.
func TestReset(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			var p peer
			die := make(chan struct{})
			ln := listen(t, network, func(i int, c net.Conn) {
				if i != 1 {
					p.serve(c)
					return
				}
				_ = p.read(c, 3)
				<-die
				_ = c.Close() // with 4 records unread
			})
			var l told
			s := open(t, ln, Options{OnError: l.hook})
			records, want := batch(0, 20)
			handle(t, s, records[:5])
			if err := s.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			handle(t, s, records[5:12])
			checkCounts(t, s, counts{confirmed: 5, waiting: 7})
			close(die)
			testenv.Await(t, "the loss to be booked", func() bool { return s.Stats().Waiting == 0 })
			checkCounts(t, s, counts{confirmed: 5, unconfirmed: 7})
			handle(t, s, records[12:])
			if err := s.Close(); err != nil {
				t.Errorf("Close: got %v, want nil, since the loss was told before", err)
			}
			check(t, p.received(), slices.Concat(want[:8], want[12:]))
			checkCounts(t, s, counts{confirmed: 13, unconfirmed: 7})
			got := l.all()
			if len(got) != 2 || !strings.Contains(got[0], "7 records not confirmed by the receiver: ") ||
				!strings.Contains(got[0], "reset") || !strings.Contains(got[1], "connected again after ") {
				t.Errorf("told: got %q, want the loss of 7 records, and the return", got)
			}
		})
	}
}

// After a loss a single record goes ahead, so that a server which accepts everything and reads nothing
// costs a record a connection, and not all that is waiting.
func TestOneRecordAheadAfterLoss(t *testing.T) {
	const refusing = 6
	var p peer
	ln := listen(t, "tcp", func(i int, c net.Conn) {
		if i < refusing {
			_ = c.(*net.TCPConn).SetLinger(0)
			var b [1]byte
			_, _ = c.Read(b[:])
			_ = c.Close()
			return
		}
		p.serve(c)
	})
	s := open(t, ln, Options{BackoffMax: time.Millisecond})
	records, want := batch(0, 100)
	handle(t, s, records)
	_ = s.Flush(t.Context()) // an error if the connection breaks here, which is another test's
	handle(t, s, records)
	_ = s.Close()
	st := s.Stats()
	if st.Unconfirmed < refusing || st.Unconfirmed > 100+refusing || st.Confirmed+st.Unconfirmed != 200 {
		t.Errorf("got %d unconfirmed, %d confirmed, want at most the first batch and a record for each other connection",
			st.Unconfirmed, st.Confirmed)
	}
	got := p.received()
	if uint64(len(got)) < st.Confirmed || !slices.Equal(got[len(got)-90:], want[10:]) {
		t.Errorf("received %d, want the %d confirmed ones, ending in the second batch", len(got), st.Confirmed)
	}
}

// A frame that was cut by the end of its connection is sent again whole, and only that one.
func TestCutFrame(t *testing.T) {
	var p peer
	ln := listen(t, "tcp", func(i int, c net.Conn) {
		if i > 0 {
			p.serve(c)
			return
		}
		_ = p.read(c, 2)
		_, _ = io.CopyN(io.Discard, c, 1<<20)
		_ = c.Close()
	})
	s := open(t, ln, Options{})
	records, want := batch(0, 4)
	records[2] = wide(2, 12<<20) // more than the kernel's buffers take
	handle(t, s, records)
	if err := s.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	check(t, p.received(), want)
	checkCounts(t, s, counts{confirmed: 2, unconfirmed: 2})
}

// A context that ends inside a record leaves the rest of it with the Socket, which goes on there: the
// receiver never sees half a frame.
func TestContextEndsInsideRecord(t *testing.T) {
	var p peer
	begun, read := make(chan struct{}), make(chan struct{})
	ln := listen(t, "tcp", func(_ int, c net.Conn) {
		_ = p.read(c, 1)
		close(begun) // with as much of the next record as the kernel takes
		<-read
		p.serve(c)
	})
	s := open(t, ln, Options{ConfirmBytes: -1, ConfirmIdle: testenv.Patience})
	records, want := batch(0, 4)
	records[1] = wide(1, 12<<20)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	err := s.Handle(ctx, records)
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 2 || !errors.Is(err, context.Canceled) || record.IsPermanent(err) {
		t.Fatalf("Handle: got %v, want 2 handled, then the context's error", err)
	}
	checkCounts(t, s, counts{waiting: 2})
	close(read)
	handle(t, s, records[partial.Handled:])
	if err := s.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	check(t, p.received(), want)
	checkCounts(t, s, counts{confirmed: 4})
	if p.cut != 0 || s.Stats().Connections != 1 {
		t.Errorf("got %d frames cut, %d connections, want none, 1", p.cut, s.Stats().Connections)
	}
}

// A record that is too large is set aside for good; its neighbours are sent.
func TestTooLarge(t *testing.T) {
	var p peer
	s := open(t, listen(t, "tcp", func(_ int, c net.Conn) { p.serve(c) }), Options{MaxFrame: 10_000})
	records, want := batch(0, 5)
	records[2] = wide(2, 10_000)
	err := s.Handle(t.Context(), records)
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 2 || !record.IsPermanent(err) || !strings.Contains(err.Error(), "want at most 10000") {
		t.Fatalf("Handle: got %v, want 2 handled, then a permanent error", err)
	}
	handle(t, s, records[3:])
	if err := s.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	check(t, p.received(), slices.Delete(want, 2, 3))
	if n := s.Stats().TooLarge; n != 1 {
		t.Errorf("too large: got %d, want 1", n)
	}
}

// What answers in words is no receiver of this wire, and confirms nothing.
func TestWrongServer(t *testing.T) {
	ln := listen(t, "tcp", func(_ int, c net.Conn) {
		_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n")
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	})
	s := open(t, ln, Options{ConfirmIdle: testenv.Patience}) // by which time the loss would be told already
	records, _ := batch(0, 1)
	handle(t, s, records)
	err := s.Flush(t.Context())
	if !errors.Is(err, ErrUnconfirmed) || !strings.Contains(err.Error(), `"SSH-2.0-OpenSSH_9.2\r\n"`) {
		t.Errorf("Flush: got %v, want an error that shows the answer", err)
	}
	checkCounts(t, s, counts{unconfirmed: 1})
}

func TestClosed(t *testing.T) {
	var p peer
	s := open(t, listen(t, "tcp", func(_ int, c net.Conn) { p.serve(c) }), Options{})
	records, want := batch(0, 3)
	handle(t, s, records)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	}
	check(t, p.received(), want)
	if err := s.Handle(t.Context(), records); !errors.Is(err, ErrClosed) || !record.IsPermanent(err) {
		t.Errorf("Handle after Close: got %v, want ErrClosed, permanent", err)
	}
	if err := s.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Flush after Close: got %v, want ErrClosed", err)
	}
}
