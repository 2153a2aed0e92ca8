package receiver

import (
	"fmt"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// The peers of connections that are open are told apart from those of the ones that ended last, and those are bounded.
func TestPeers(t *testing.T) {
	s := new(sink)
	r := newReceiver(t, s, Options{})
	addr, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	say := func() (peer string, end func()) {
		conn := dial(t, addr)
		if _, err := conn.Write(frame("hello")); err != nil {
			t.Fatal(err)
		}
		said++
		s.await(t, said)
		return conn.LocalAddr().String(), func() {
			conn.Close()
			testenv.Await(t, "the connection ended", func() bool { return r.Stats().Conns == 0 })
		}
	}
	peer, end := say()
	if open, is := r.Peers()[peer]; !is || !open {
		t.Errorf("%s while it is open: got %v, %v, want true, true", peer, open, is)
	}
	end()
	if open, is := r.Peers()[peer]; !is || open {
		t.Errorf("%s when it ended: got %v, %v, want false, true", peer, open, is)
	}
	var g gone
	for n := range 3 * maxGone / 2 {
		g.add(fmt.Sprint(n))
	}
	r.mu.Lock()
	r.gone = g
	r.mu.Unlock()
	peers := r.Peers()
	for n := range 3 * maxGone / 2 {
		if _, is := peers[fmt.Sprint(n)]; is != (n >= maxGone/2) {
			t.Errorf("the one that ended as number %d of %d: got %v", n, 3*maxGone/2, is)
		}
	}
	if len(peers) != maxGone {
		t.Errorf("got %d peers, want %d", len(peers), maxGone)
	}
}
