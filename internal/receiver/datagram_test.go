package receiver

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestUnwrap(t *testing.T) {
	const maxFrame = 100
	f := func(b string, cut bool, payload string, reason Reason, detail string) {
		t.Helper()
		got, j := unwrap(datagram{payload: []byte(b), cut: cut}, maxFrame)
		if string(got) != payload || j.Reason != reason || j.Detail != detail {
			t.Errorf("unwrap(%q): got %q, %q, %q, want %q, %q, %q", b, got, j.Reason, j.Detail, payload, reason, detail)
		}
	}
	f("\x00\x00\x00\x03abc", false, "abc", "", "")
	f("\x00\x00\x00\x64"+repeat('x', 100), false, repeat('x', 100), "", "")
	f(`{"message": "bare"}`, false, `{"message": "bare"}`, "", "")
	f("}q\x00(X", false, "}q\x00(X", "", "")
	f("\x80\x04N.", false, "\x80\x04N.", "", "")
	f("", false, "", Empty, "the datagram is empty")
	f("\x00\x00\x00\x00", false, "", Empty, "the datagram is empty")
	f("\x00\x00\x00\x04abc", false, "", Mismatch, "the datagram says it carries 4 bytes, and carries 3")
	f("\x00\x00\x00\x02abc", false, "", Mismatch, "the datagram says it carries 2 bytes, and carries 3")
	f("\x00\x00\x00\x03abc", true, "", TooLong, "the datagram is longer than 7 bytes")
	f("\x00\x00\x00\x65"+repeat('x', 101), false, "", TooLong, "the datagram is 105 bytes long, a payload may have 100")
	f("\x00", false, "", Foreign, "this looks like binary data that is no frame: "+binaryData.advice)
	f("<11>sp\xc3\xa4m\x00", false, "", Foreign, "this looks like a syslog message: "+syslogLine.advice)
}

func TestDatagrams(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			var s sink
			r := newReceiver(t, &s, Options{})
			c := connect(t, r, network)
			if network == "unixgram" && runtime.GOOS != "linux" {
				testenv.Skip(t, "datagrams of this length are Linux's")
			}
			long := repeat('x', 65_000)
			for _, b := range [][]byte{frame("one"), frame("cut")[:6], []byte(`{"bare": 1}`), []byte("junk"), frame("*panic"), frame(long)} {
				send(t, c, b)
			}
			checkMessages(t, s.await(t, 3), []string{"one", `{"bare": 1}`, long})
			stats := r.Stats()
			checkLaw(t, stats)
			if stats.Rejected[Mismatch] != 1 || stats.Rejected[Foreign] != 1 || stats.Rejected[Panicked] != 1 || stats.Frames != 6 {
				t.Errorf("stats: got %+v", stats)
			}
			peer := c.LocalAddr().String()
			if network == "unixgram" {
				peer = "unix:" + c.RemoteAddr().String()
			}
			for _, j := range r.Rejects() {
				if j.Peer != peer {
					t.Errorf("peer of a reject: got %s, want %s", j.Peer, peer)
				}
			}
			if got := s.records[0]; got.Peer != peer || time.Since(got.Received) > time.Minute {
				t.Errorf("record: got peer %s, received %v, want %s, now", got.Peer, got.Received, peer)
			}
		})
	}
}

// Longer than the reader's buffer: the record is cut, and told so. Unix sockets carry such ones.
func TestDatagramLongerThanTheBuffer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var s sink
	r := newReceiver(t, &s, Options{})
	addr, err := r.Listen(t.Context(), "unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, addr).(*net.UnixConn)
	c.SetWriteBuffer(1 << 20)
	if _, err := c.Write(frame(repeat('x', datagramLen))); err != nil {
		testenv.Skip(t, "this system sends no such datagram: %v", err)
	}
	send(t, c, frame("after"))
	checkMessages(t, s.await(t, 1), []string{"after"})
	if got := r.Stats(); got.Rejected[TooLong] != 1 {
		t.Errorf("rejected: got %v, want one too long", got.Rejected)
	}
}

// Datagrams that wait together are handed over together, and while the handler stands still the
// kernel keeps what it can; what it cannot keep is counted where it tells.
func TestDatagramBurst(t *testing.T) {
	const n = 20_000
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	s := sink{before: func(context.Context, []record.Record) error {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-gate
		return nil
	}}
	r := newReceiver(t, &s, Options{})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.servePackets(t.Context(), r.ledger("udp"), &smallBuffer{pc.(*net.UDPConn)}, packetWay{}); err != nil {
		t.Fatal(err)
	}
	c := dial(t, pc.LocalAddr())
	send(t, c, frame("first"))
	testenv.Receive(t, "the handler to have a record", entered)
	for range n {
		send(t, c, frame(repeat('x', 600)))
	}
	close(gate)
	send(t, c, frame("last"))
	testenv.Await(t, "the last one there", func() bool {
		got := s.await(t, 1)
		if got[len(got)-1] == "last" {
			return true
		}
		c.Write(frame("last")) // it may have been dropped as well
		return false
	})
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Frames >= n {
		t.Fatalf("frames: got %d, want fewer than were sent: the kernel kept them all", stats.Frames)
	}
	s.mu.Lock()
	if s.batches > len(s.records)/2 {
		t.Errorf("got %d batches of %d records, want them joined", s.batches, len(s.records))
	}
	s.mu.Unlock()
	if runtime.GOOS == "linux" && stats.Frames+stats.KernelDrops < n+2 {
		t.Errorf("got %d frames and %d kernel drops, want %d in all", stats.Frames, stats.KernelDrops, n+2)
	}
}

// The kernel's count goes on from datagram to datagram, and begins anew at 2^32.
func TestKernelDrops(t *testing.T) {
	r := New(&sink{}, Options{})
	s := packets{r: r, l: r.ledger("udp")}
	for _, drops := range []uint32{0, 5, 5, 7, 1<<32 - 2, 3} {
		s.countDrops(drops)
	}
	if got := s.r.Stats().KernelDrops; got != 1<<32+3 {
		t.Errorf("kernel drops: got %d, want %d", got, 1<<32+3)
	}
}

// smallBuffer keeps the kernel from holding a whole burst.
type smallBuffer struct{ *net.UDPConn }

func (s *smallBuffer) SetReadBuffer(int) error { return s.UDPConn.SetReadBuffer(1 << 16) }

// Close takes what the kernel holds, although nobody has read it yet, and the handler was so slow that the time for
// draining is over.
func TestCloseReadsDatagramsTheKernelHolds(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		const n = 5 // as many as a unix datagram socket queues anywhere
		gate, entered := make(chan struct{}), make(chan struct{}, 1)
		s := sink{before: func(context.Context, []record.Record) error {
			select {
			case entered <- struct{}{}:
			default:
			}
			<-gate
			return nil
		}}
		r := newReceiver(t, &s, Options{DrainTimeout: time.Millisecond})
		c := connect(t, r, network)
		send(t, c, frame("first"))
		testenv.Receive(t, "the handler to have a record", entered)
		var want []string
		for i := range n {
			want = append(want, string(rune('a'+i)))
			send(t, c, frame(want[i]))
		}
		closed := make(chan error)
		go func() { closed <- r.Close(context.Background()) }()
		testenv.Await(t, "the end of draining", r.drained)
		close(gate)
		if err := testenv.Receive(t, "Close", closed); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		checkMessages(t, s.await(t, 0), slices.Insert(want, 0, "first"))
	}
}

// A sender that never stops does not hold Close.
func TestCloseUnderDatagramFire(t *testing.T) {
	more, stop, stopped := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := sink{before: func(context.Context, []record.Record) error {
		select {
		case <-more: // so the kernel always holds some
		case <-stop:
		}
		return nil
	}}
	r := newReceiver(t, &s, Options{DrainTimeout: 50 * time.Millisecond})
	c := connect(t, r, "udp")
	go func() {
		defer close(stopped)
		for {
			for range 2 * batchLen {
				c.Write(frame("x"))
			}
			select {
			case <-stop:
				return
			case more <- struct{}{}:
			}
		}
	}()
	s.await(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	close(stop)
	<-stopped
	checkLaw(t, r.Stats())
}

// Errors of a socket are told, and waited out.
func TestDatagramSocketErrors(t *testing.T) {
	notices := make(chan Notice, 1)
	r := newReceiver(t, &sink{}, Options{Notify: func(n Notice) { notices <- n }})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.servePackets(t.Context(), r.ledger("udp"), pc, packetWay{}); err != nil {
		t.Fatal(err)
	}
	pc.Close() // behind the receiver's back
	if n := testenv.Receive(t, "a notice", notices); n.Reason != SocketError || !strings.Contains(n.Text, "trying again") {
		t.Errorf("notice: got %+v, want that the socket failed", n)
	}
	if err := r.Close(t.Context()); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close: got %v, want nil", err)
	}
}
