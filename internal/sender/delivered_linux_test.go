package sender

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// What was written before the end of the peer's stream was noticed comes back as a reset, which reading
// does not show: the read after it is a clean end.
func TestResetBehindEnd(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		closed := make(chan struct{})
		ln := listen(t, network, func(_ int, c net.Conn) {
			_, _ = c.Read(make([]byte, 5))
			_ = c.Close()
			close(closed)
		})
		raw, err := net.Dial(network, ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(raw, "hello")
		testenv.Receive(t, "the peer's end", closed)
		_, writeErr := io.WriteString(raw, "too late")
		c := newConn(raw, true)
		defer c.close()
		testenv.Receive(t, "the end of the connection", c.ended)
		if !errors.Is(c.err, io.EOF) {
			t.Fatalf("%s: read: got %v, want the end of the stream", network, c.err)
		}
		if network == "unix" { // where nothing is ever in flight
			if !errors.Is(writeErr, syscall.EPIPE) {
				t.Errorf("unix: late write: got %v, want EPIPE", writeErr)
			}
			continue
		}
		if why, done := c.verdict(t.Context()); !done || !errors.Is(why, syscall.ECONNRESET) {
			t.Errorf("%s: verdict: got %v, done %v, want a reset", network, why, done)
		}
	}
}

// A peer that closed when it had read everything leaves nothing in doubt.
func TestEndWithoutReset(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		ln := listen(t, network, func(_ int, c net.Conn) {
			_, _ = c.Read(make([]byte, 5))
			_ = c.Close()
		})
		raw, err := net.Dial(network, ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := newConn(raw, true)
		defer c.close()
		_, _ = io.WriteString(c, "hello")
		testenv.Receive(t, "the end of the connection", c.ended)
		if why, done := c.verdict(t.Context()); !done || why != nil {
			t.Errorf("%s: verdict: got %v, done %v, want nil", network, why, done)
		}
	}
}

// A receiver that announced its end and then died with unread bytes is noticed, while our side is open.
func TestDeathAfterEnd(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		dead := make(chan struct{})
		ln := listen(t, network, func(_ int, c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_ = c.(interface{ CloseWrite() error }).CloseWrite()
			_ = c.Close() // "ello" is unread
			close(dead)
		})
		raw, err := net.Dial(network, ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := newConn(raw, true)
		defer c.close()
		_, _ = io.WriteString(c, "hello")
		testenv.Receive(t, "the end of the connection", c.ended)
		testenv.Receive(t, "the peer's death", dead)
		if why, done := c.verdict(t.Context()); !done || !errors.Is(why, syscall.ECONNRESET) {
			t.Errorf("%s: verdict: got %v, done %v, want a reset", network, why, done)
		}
	}
}

// The word that nobody takes a datagram is heard although the time for it is over before it is listened for.
func TestRefusalHeardLate(t *testing.T) {
	gone, err := net.ListenPacket("udp", ownHost()+":0")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := net.Dial("udp", gone.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	c := newConn(raw, false)
	defer c.close()
	testenv.Await(t, "a refusal", func() bool {
		_, _ = io.WriteString(c, "hello")
		return errors.Is(c.refusal(-1), syscall.ECONNREFUSED)
	})
}
