package sender

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// hear receives datagrams until the test ends.
func (p *peer) hear(t *testing.T, network, address string) net.PacketConn {
	t.Helper()
	pc, err := net.ListenPacket(network, address)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		buf := make([]byte, 1<<16)
		for {
			n, _, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			p.add(message(buf[4:n]))
		}
	}()
	t.Cleanup(func() {
		_ = pc.Close()
		<-heard
	})
	return pc
}

func TestDatagrams(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				var p peer
				address := "127.0.0.1:0"
				if network == "unixgram" {
					address = filepath.Join(t.TempDir(), "s")
				}
				s := newSocket(t, Options{Network: network, Address: p.hear(t, network, address).LocalAddr().String()})
				return handlertest.Subject{Handler: s, Messages: func() []string {
					if err := s.Flush(t.Context()); err != nil {
						t.Errorf("Flush: got %v, want nil", err)
					}
					st := s.Stats()
					testenv.Await(t, "all datagrams", func() bool { return uint64(len(p.received())) == st.Handled })
					checkCounts(t, s, counts{unconfirmed: st.Handled})
					return p.received()
				}}
			})
		})
	}
}

func TestDatagramTooLarge(t *testing.T) {
	var p peer
	s := newSocket(t, Options{Network: "udp", Address: p.hear(t, "udp", "127.0.0.1:0").LocalAddr().String()})
	records, want := batch(0, 3)
	records[1] = wide(1, 70_000)
	err := s.Handle(t.Context(), records)
	partial, ok := errors.AsType[*record.PartialError](err)
	if !ok || partial.Handled != 1 || !record.IsPermanent(err) || !strings.Contains(err.Error(), "too large for a datagram") {
		t.Fatalf("Handle: got %v, want 1 handled, then a permanent error", err)
	}
	handle(t, s, records[2:])
	testenv.Await(t, "both datagrams", func() bool { return len(p.received()) == 2 })
	check(t, p.received(), []string{want[0], want[2]})
	if st := s.Stats(); st.Handled != 2 || st.TooLarge != 1 {
		t.Errorf("got %+v, want 2 handled, 1 too large", st)
	}
}

// That nobody listens for UDP is counted and told, and stops nothing.
func TestDatagramsRefused(t *testing.T) {
	pc, err := net.ListenPacket("udp", ownHost()+":0")
	if err != nil {
		t.Fatal(err)
	}
	var l told
	s := newSocket(t, Options{Network: "udp", Address: pc.LocalAddr().String(), OnError: l.hook})
	_ = pc.Close()
	records, _ := batch(0, 1)
	testenv.Await(t, "a refusal to be seen", func() bool {
		handle(t, s, records)
		return s.Stats().Refused > 1
	})
	if got := l.all(); len(got) != 1 || !strings.Contains(got[0], "nobody listens there, so datagrams are lost: ") {
		t.Errorf("told: got %q, want one message", got)
	}
}

// Over a unix socket it is known that the receiver is away, so it is waited for.
func TestUnixDatagramsWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	var l told
	s := newSocket(t, Options{Network: "unixgram", Address: path, BackoffMin: time.Millisecond,
		BackoffMax: time.Millisecond, OnError: l.hook})
	records, want := batch(0, 20)
	handled := make(chan error)
	go func() { handled <- s.Handle(t.Context(), records[:10]) }()
	testenv.Await(t, "a first try", func() bool { return len(l.all()) == 1 })
	var first, second peer
	pc := first.hear(t, "unixgram", path)
	if err := testenv.Receive(t, "Handle", handled); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
	testenv.Await(t, "all of them", func() bool { return len(first.received()) == 10 })
	_ = pc.Close()
	_ = os.Remove(path)
	go func() { handled <- s.Handle(t.Context(), records[10:]) }()
	second.hear(t, "unixgram", path)
	if err := testenv.Receive(t, "Handle", handled); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
	testenv.Await(t, "all of them", func() bool { return len(second.received()) == 10 })
	check(t, append(first.received(), second.received()...), want)
}
