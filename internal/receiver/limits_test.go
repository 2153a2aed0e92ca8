package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestHalfFrameAtTheEnd(t *testing.T) {
	f := func(network string, b []byte, detail string) {
		t.Helper()
		var s sink
		r := newReceiver(t, &s, Options{})
		c := connect(t, r, network)
		send(t, c, append(frame("whole"), b...))
		c.(interface{ CloseWrite() error }).CloseWrite()
		if err := awaitEnd(t, c); err != nil {
			t.Errorf("end: got %v, want an orderly one", err)
		}
		checkMessages(t, s.await(t, 1), []string{"whole"})
		stats := r.Stats()
		checkLaw(t, stats)
		if got := r.Rejects(); stats.Rejected[Half] != 1 || len(got) != 1 || got[0].Detail != detail || stats.HeldBytes != 0 {
			t.Errorf("%s: got %v, %+v, want %s", network, stats, got, detail)
		}
	}
	for _, network := range []string{"tcp", "unix"} {
		f(network, []byte{0}, "the connection ended after 1 bytes of its length")
		f(network, frame("abc")[:6], "the connection ended after 6 bytes of 7 bytes")
		f(network, frame(repeat('x', 200_000))[:150_000], "the connection ended after 150000 bytes of 200004 bytes")
	}
}

// Memory follows what arrives, not what is announced, and never goes beyond the bound.
func TestHeldBytes(t *testing.T) {
	// Two such frames, and their growing, have room, and the beginning of a third.
	const maxFrame, limit = 1 << 20, 2_700_000
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{MaxFrame: maxFrame, MaxBody: maxFrame, HeldBytes: limit})
		whole := frame(repeat('x', maxFrame))
		holds := func(when string, want int64) {
			t.Helper()
			synctest.Wait()
			if got := r.Stats().HeldBytes; got > want || want == 0 && got != 0 {
				t.Errorf("%s: got %d partial bytes, want at most %d", when, got, want)
			}
		}
		a := pipe(t, r)
		send(t, a, whole[:100])
		holds("a long frame announced", 0)
		send(t, a, whole[100:100_000])
		holds("a tenth of it there", 300_000)
		send(t, a, whole[100_000:len(whole)-1])
		holds("almost all there", int64(len(whole)))
		b := pipe(t, r)
		send(t, b, whole[:600_000])
		holds("the second", limit)

		// The third finds no room. It waits, and gets what the first gives back.
		c := pipe(t, r)
		go c.Write(whole[:len(whole)-1])
		time.Sleep(budgetWait / 2)
		holds("the third waits", limit)
		send(t, a, whole[len(whole)-1:])
		s.await(t, 1)
		time.Sleep(time.Minute / 10)

		// Another one waits in vain: its frame is skipped, and what follows it is taken.
		d := pipe(t, r)
		send(t, d, append(slices.Clone(whole), frame("after")...))
		got := s.await(t, 2)
		if got[1] != "after" {
			t.Errorf("after the frame without room: got %.20q, want the next one", got[1])
		}
		send(t, c, whole[len(whole)-1:])
		send(t, b, whole[600_000:])
		s.await(t, 4)
		holds("at the end", 0)
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Rejected[NoRoom] != 1 || stats.Accepted != 4 {
			t.Errorf("stats: got %+v, want one without room, four accepted", stats)
		}
	})
}

func TestConnectionLimit(t *testing.T) {
	var s sink
	notices := make(chan Notice, 10)
	r := newReceiver(t, &s, Options{MaxConns: 2, Notify: func(n Notice) { notices <- n }})
	addr, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, b := dial(t, addr), dial(t, addr)
	send(t, a, frame("a"))
	send(t, b, frame("b"))
	s.await(t, 2)
	for range 2 {
		awaitEnd(t, dial(t, addr))
	}
	if got := r.Stats(); got.Conns != 2 || got.ConnsTotal != 2 || got.ConnsRefused[ConnLimit] != 2 {
		t.Errorf("stats: got %d connections, %d in all, %d refused, want 2, 2, 2", got.Conns, got.ConnsTotal, got.ConnsRefused[ConnLimit])
	}
	if n := testenv.Receive(t, "a notice", notices); n.Reason != ConnLimit || !strings.Contains(n.Text, "2 are open, which is the limit") {
		t.Errorf("notice: got %+v", n)
	}
	if len(notices) > 0 {
		t.Errorf("a second notice came at once: %+v", <-notices)
	}
	// One that ends makes room.
	a.(*net.TCPConn).CloseWrite()
	awaitEnd(t, a)
	testenv.Await(t, "the connection gone", func() bool { return r.Stats().Conns == 1 })
	send(t, dial(t, addr), frame("c"))
	s.await(t, 3)
}

// brokenListener errs before it accepts.
type brokenListener struct {
	errs  []error
	conns chan net.Conn
}

func (l *brokenListener) Accept() (net.Conn, error) {
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, err
	}
	c, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *brokenListener) Close() error {
	select {
	case <-l.conns:
	default:
		close(l.conns)
	}
	return nil
}
func (l *brokenListener) Addr() net.Addr { return &net.TCPAddr{} }

func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		var notices []Notice
		r := New(&s, Options{Notify: func(n Notice) { notices = append(notices, n) }})
		r.desks.decode = plainDecode
		l := &brokenListener{errs: slices.Repeat([]error{syscall.EMFILE, errors.New("odd")}, 10), conns: make(chan net.Conn)}
		if err := r.serveStream(t.Context(), l, way{l: r.ledger("tcp")}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		client, server := net.Pipe()
		l.conns <- server
		if waited := time.Since(start); waited < 10*time.Second || waited > time.Minute {
			t.Errorf("twenty errors were waited out in %v, want some ten seconds", waited)
		}
		send(t, client, frame("x"))
		s.await(t, 1)
		client.Close()
		if len(notices) != 2 || notices[0].Reason != SocketError || !strings.Contains(notices[0].Text, syscall.EMFILE.Error()) {
			t.Errorf("notices: got %+v, want two: the first error, and ten seconds later", notices)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A handler that stands still is waited for without work, and the peer feels it.
func TestBackpressure(t *testing.T) {
	gate := make(chan struct{})
	s := sink{before: func(context.Context, []record.Record) error {
		<-gate
		return nil
	}}
	r := newReceiver(t, &s, Options{})
	c := connect(t, r, "tcp")
	// More than any kernel buffer takes.
	c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	flood := bytes.Repeat(frame(repeat('x', 996)), 100_000)
	if _, err := c.Write(flood); err == nil {
		t.Error("the peer could write 100 MB to a handler that stands still")
	}
	if got := r.Stats(); got.Bytes > smallLen+chunkLen {
		t.Errorf("got %d bytes read, want no more than a chunk", got.Bytes)
	}
	close(gate)
}

// A connection that never runs dry leaves the desk to others.
func TestFairness(t *testing.T) {
	heard, stop := make(chan struct{}), make(chan struct{})
	r := newReceiver(t, record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for i := range batch {
			if batch[i].Message == "other" {
				close(heard)
			}
		}
		return nil
	}), Options{})
	r.desks.slots = make(chan struct{}, 1)
	flood := &endless{block: frame(repeat('x', 996)), stop: stop}
	c := &conn{visit: visit{l: r.ledger("tcp")}, r: r, nc: flood, try: flood.Read, peer: "flood"}
	c.held = c.small[:0]
	stopped := make(chan error)
	go func() { stopped <- c.receive(t.Context()) }()
	testenv.Await(t, "the flood at the desk", func() bool { return r.Stats().Accepted > 2*batchLen })
	send(t, pipe(t, r), frame("other"))
	select {
	case <-heard:
	case <-time.After(testenv.Patience):
		t.Errorf("the other connection was not heard in %v", testenv.Patience)
	}
	close(stop)
	if err := testenv.Receive(t, "the end of the flood", stopped); err != io.EOF {
		t.Errorf("the flood ended with %v, want EOF", err)
	}
}

// endless is a connection on which there is always more to read, until stop is closed.
type endless struct {
	net.Conn // nil: nothing else is asked of it
	block    []byte
	at       int
	stop     chan struct{}
}

func (c *endless) Read(p []byte) (n int, err error) {
	select {
	case <-c.stop:
		return 0, io.EOF
	default:
	}
	for n < len(p) {
		m := copy(p[n:], c.block[c.at:])
		n, c.at = n+m, (c.at+m)%len(c.block)
	}
	return n, nil
}

func (c *endless) SetReadDeadline(time.Time) error { return nil }

// Notices come at most once in ten seconds for each reason, and say what they stand for.
func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		n := notices{notify: func(n Notice) { got = append(got, fmt.Sprint(n.Reason, n.Peer, n.Text, n.Repeated)) }}
		for range 5 {
			n.give("tcp", Empty, "a", "x")
			n.give("tcp", Half, "a", "x")
		}
		time.Sleep(noticeEvery)
		n.give("tcp", Empty, "b", "y")
		want := []string{"emptyax0", "halfax0", "emptyby4"}
		if !slices.Equal(got, want) {
			t.Errorf("notices: got %q, want %q", got, want)
		}
	})
}

func TestRejectsAreBounded(t *testing.T) {
	r := New(&sink{}, Options{})
	for i := range keptRejects + 30 {
		b := binary.BigEndian.AppendUint32(nil, uint32(i))
		r.ledger("tcp").reject(Reject{Reason: Empty, First: append(b, make([]byte, 1000)...)})
		got := r.Rejects()
		if want := min(i+1, keptRejects); len(got) != want {
			t.Fatalf("rejects: got %d, want %d", len(got), want)
		}
		for j, reject := range got {
			if n := int(binary.BigEndian.Uint32(reject.First)); n != i+1-len(got)+j || len(reject.First) != firstBytes {
				t.Fatalf("reject %d of %d: got number %d with %d bytes", j, len(got), n, len(reject.First))
			}
		}
		got[0].First[0] = 0xff // the caller's
	}
}

// What a connection costs that has sent something and now waits.
func TestIdleConnectionsAreCheap(t *testing.T) {
	const conns, most = 300, 32 << 10
	var s sink
	r := newReceiver(t, &s, Options{})
	addr, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	memory := func() uint64 {
		runtime.GC()
		runtime.GC() // pools are emptied by the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := memory()
	for range conns {
		c := dial(t, addr)
		send(t, c, frame(repeat('x', 626)))
	}
	s.await(t, conns)
	var got int
	testenv.Await(t, fmt.Sprintf("an idle connection to take %d bytes at most, both its ends", most), func() bool {
		got = int(memory()-before) / conns // some are not done yet with what they have handed over
		return got <= most
	})
	t.Logf("an idle connection, both its ends: %d bytes", got)
}

// Each way in has counts of its own, for which the law holds, and which add up to those of all.
func TestStatsByName(t *testing.T) {
	var s sink
	notices := make(chan Notice, 10)
	r := newReceiver(t, &s, Options{Notify: func(n Notice) { notices <- n }})
	tcp, unix, udp := connect(t, r, "tcp"), connect(t, r, "unix"), connect(t, r, "udp")
	send(t, tcp, frame("a", "!", "b"))
	send(t, unix, frame("c", "!"))
	s.await(t, 3)
	send(t, udp, frame("d"))
	s.await(t, 4)
	testenv.Await(t, "all accepted or rejected", func() bool { return r.Stats().Accepted == 4 && r.Stats().Rejected[Undecodable] == 2 })
	sum := r.Stats()
	var got []string
	for _, n := range r.StatsByName() {
		checkLaw(t, n.Stats)
		got = append(got, fmt.Sprint(n.Name, " ", n.Frames, n.Accepted, n.Rejected[Undecodable], n.Conns, n.ConnsTotal))
	}
	if want := []string{"tcp 3 2 1 1 1", "unix 2 1 1 1 1", "udp 1 1 0 0 0"}; !slices.Equal(got, want) {
		t.Errorf("by name: got %q, want %q", got, want)
	}
	if sum.Frames != 6 || sum.Accepted != 4 || sum.Conns != 2 || sum.ConnsTotal != 2 {
		t.Errorf("in all: got %+v", sum)
	}
	// The same reason elsewhere is told at once, and each reject says where it came in.
	names := map[string]bool{}
	for range 2 {
		names[testenv.Receive(t, "a notice", notices).Receiver] = true
	}
	for _, j := range r.Rejects() {
		names["reject "+j.Receiver] = true
	}
	if len(names) != 4 || !names["tcp"] || !names["unix"] || !names["reject tcp"] || !names["reject unix"] {
		t.Errorf("notices and rejects: got %v, want both of tcp and of unix", names)
	}
}
