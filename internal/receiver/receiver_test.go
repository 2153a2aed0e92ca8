package receiver

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// sink is a handler that keeps what it takes.
type sink struct {
	// before is called at the start of each Handle, where it may wait or err.
	before func(ctx context.Context, batch []record.Record) error

	mu      sync.Mutex
	records []record.Record
	batches int
	more    chan struct{} // closed at the next Handle
}

func (s *sink) Handle(ctx context.Context, batch []record.Record) error {
	if s.before != nil {
		if err := s.before(ctx, batch); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range batch {
		s.records = append(s.records, batch[i].Clone())
	}
	s.batches++
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return nil
}

// await waits until n records have come, and returns the messages of all.
func (s *sink) await(t testing.TB, n int) []string {
	t.Helper()
	timeout := time.After(testenv.Patience)
	for {
		s.mu.Lock()
		var got []string
		for _, r := range s.records {
			got = append(got, r.Message)
		}
		if len(got) >= n {
			s.mu.Unlock()
			return got
		}
		if s.more == nil {
			s.more = make(chan struct{})
		}
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("got %d records in %v, want %d: %.20q", len(got), testenv.Patience, n, got)
		}
	}
}

// plainDecode takes the payload as the message, errs at '!' and panics at '*'. What begins as JSON
// or a pickle does is taken as it is.
func plainDecode() decodeFunc {
	return func(payload []byte, r *record.Record) error {
		r.Message = string(payload)
		switch payload[0] {
		case '!':
			r.Stack = "left behind"
			return errors.New("message begins with a '!'")
		case '*':
			panic("decoder met a '*'")
		}
		return nil
	}
}

// newReceiver returns a receiver whose decoder is plainDecode.
func newReceiver(t testing.TB, next record.Handler, o Options) *Receiver {
	r := New(next, o)
	r.desks.decode = plainDecode
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	return r
}

// serveAlone serves a connection that no listener has accepted.
func (r *Receiver) serveAlone(nc net.Conn, w way) {
	ctx, cancel := context.WithCancel(context.Background())
	in := &inlet{stop: func() {}, cancel: cancel}
	r.mu.Lock()
	r.inlets = append(r.inlets, in)
	r.mu.Unlock()
	r.serve(ctx, nc, w, in)
}

// pipe connects to r without a socket, so that time may be synctest's.
func pipe(t testing.TB, r *Receiver) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	r.serveAlone(server, way{l: r.ledger("pipe"), name: "pipe"})
	t.Cleanup(func() { client.Close() })
	return client
}

// connect listens on a socket of the network and connects to it, or by a pipe.
func connect(t testing.TB, r *Receiver, network string) net.Conn {
	t.Helper()
	if network == "pipe" {
		return pipe(t, r)
	}
	addr, err := r.Listen(t.Context(), network, at(t, network))
	if err != nil {
		t.Fatal(err)
	}
	return dial(t, addr)
}

func dial(t testing.TB, addr net.Addr) net.Conn {
	t.Helper()
	client, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// frame returns the frames of payloads.
func frame(payloads ...string) []byte {
	var b []byte
	for _, p := range payloads {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

func send(t testing.TB, c net.Conn, b []byte) {
	t.Helper()
	c.SetWriteDeadline(time.Now().Add(testenv.Patience))
	if _, err := c.Write(b); err != nil {
		t.Fatalf("send %d bytes: %v", len(b), err)
	}
}

// awaitEnd reads from c until the receiver closes the connection, and returns the error, nil for
// an orderly end.
func awaitEnd(t testing.TB, c net.Conn) error {
	t.Helper()
	patience := testenv.Patience
	if c.LocalAddr().Network() == "pipe" {
		patience = 2000 * time.Hour // in a bubble, where waiting takes no time
	}
	c.SetReadDeadline(time.Now().Add(patience))
	n, err := c.Read(make([]byte, 1))
	if n > 0 {
		t.Fatal("the receiver wrote something")
	}
	if err.Error() == "EOF" {
		return nil
	}
	return err
}

// checkLaw checks that every frame became something.
func checkLaw(t testing.TB, s Stats) {
	t.Helper()
	sum := s.Accepted + s.Waiting
	for _, by := range []map[Reason]uint64{s.Rejected, s.Dropped, s.Returned} {
		for _, n := range by {
			sum += n
		}
	}
	if s.Frames != sum || s.Waiting > s.Frames {
		t.Errorf("frames: got %d, want %d accepted + %v rejected + %v dropped + %v returned + %d waiting", s.Frames, s.Accepted, s.Rejected, s.Dropped, s.Returned, s.Waiting)
	}
}

func checkMessages(t testing.TB, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("messages: got %d %.20q, want %d %.20q", len(got), got, len(want), want)
	}
}

func repeat(b byte, n int) string { return string(bytes.Repeat([]byte{b}, n)) }

// unixPeer is the peer's name on the unix socket at path, for a peer in this process.
func unixPeer(path string) string {
	if runtime.GOOS == "linux" {
		return fmt.Sprintf("unix:%s[%d]", path, os.Getpid())
	}
	return "unix:" + path
}
