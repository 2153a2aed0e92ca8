package receiver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAdmits(t *testing.T) {
	f := func(host string, want bool, allow ...string) {
		t.Helper()
		var o Options
		for _, p := range allow {
			o.Allow = append(o.Allow, netip.MustParsePrefix(p))
		}
		if got := New(&sink{}, o).admits(hostOf(&net.TCPAddr{IP: net.ParseIP(host)})); got != want {
			t.Errorf("%s, with %v allowed: got %v, want %v", host, allow, got, want)
		}
	}
	f("10.1.2.3", true)
	f("10.1.2.3", true, "10.0.0.0/8")
	f("::ffff:10.1.2.3", true, "10.0.0.0/8")
	f("11.1.2.3", false, "10.0.0.0/8", "192.168.0.0/16")
	f("192.168.7.7", true, "10.0.0.0/8", "192.168.0.0/16")
	f("2001:db8::1", false, "10.0.0.0/8")
	f("2001:db8::1", true, "2001:db8::/32")
	f("127.0.0.1", true, "10.0.0.0/8")
	f("::1", true, "10.0.0.0/8")
	f("", true, "10.0.0.0/8") // a unix socket
}

func TestCountedAs(t *testing.T) {
	f := func(host string, loopbackToo bool, want string) {
		t.Helper()
		got := countedAs(hostOf(&net.TCPAddr{IP: net.ParseIP(host)}), loopbackToo)
		if want == "" && got.IsValid() || want != "" && got != netip.MustParseAddr(want) {
			t.Errorf("%s: got %v, want %q", host, got, want)
		}
	}
	f("10.1.2.3", false, "10.1.2.3")
	f("2001:db8::1:2:3:4", false, "2001:db8::")
	f("127.0.0.1", false, "")
	f("::1", false, "")
	f("127.0.0.1", true, "127.0.0.1")
	f("", true, "")
}

// away is a connection from another machine, as it seems.
type away struct {
	net.Conn
	host string
}

func (a away) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(a.host), Port: 4711} }

func comeFrom(t *testing.T, r *Receiver, host string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close() })
	r.serveAlone(away{server, host}, way{l: r.ledger("tcp")})
	return client
}

func TestNotAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		var told []string
		r := newReceiver(t, &s, Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Notify: func(n Notice) { told = append(told, n.Peer+" "+n.Text) }})
		if err := awaitEnd(t, comeFrom(t, r, "192.0.2.1")); err != nil {
			t.Errorf("a stranger: got %v, want the end", err)
		}
		send(t, comeFrom(t, r, "10.2.3.4"), frame("a"))
		checkMessages(t, s.await(t, 1), []string{"a"})
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.ConnsRefused[NotAllowed] != 1 || stats.ConnsTotal != 1 || len(told) != 1 || !strings.HasPrefix(told[0], "192.0.2.1:4711 ") {
			t.Errorf("got %+v, told %q", stats, told)
		}

		// Of datagrams, each counts, and none of a stranger's is kept.
		p := packets{r: r, l: r.ledger("udp"), desk: r.desks.unslotted(r.ledger("udp"))}
		for _, host := range []string{"192.0.2.1", "10.2.3.4"} {
			p.take(t.Context(), datagram{payload: frame("b"), from: host + ":5", host: netip.MustParseAddr(host)})
		}
		r.handOver(t.Context(), p.desk, "")
		checkMessages(t, s.await(t, 2), []string{"a", "b"})
		stats = r.Stats()
		checkLaw(t, stats)
		if stats.Rejected[NotAllowed] != 1 || len(r.Rejects()) != 0 {
			t.Errorf("datagrams: got %+v, %+v", stats, r.Rejects())
		}
	})
}

// Who may send is changed while it runs: a connection that is open stays, and the next one is asked. Nobody is let in by
// mistake where others reach an address, and a change can be taken back.
func TestAllow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		network := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
		r := newReceiver(t, &s, Options{Allow: network("10.0.0.0/8")})
		open := comeFrom(t, r, "10.2.3.4")
		undo, err := r.Allow(network("192.0.2.0/24"))
		if err != nil {
			t.Fatal(err)
		}
		send(t, open, frame("a"))
		checkMessages(t, s.await(t, 1), []string{"a"})
		if err := awaitEnd(t, comeFrom(t, r, "10.2.3.4")); err != nil {
			t.Errorf("who may not any more: got %v, want the end", err)
		}
		send(t, comeFrom(t, r, "192.0.2.1"), frame("b"))
		checkMessages(t, s.await(t, 2), []string{"a", "b"})
		undo()
		send(t, comeFrom(t, r, "10.2.3.4"), frame("c"))
		checkMessages(t, s.await(t, 3), []string{"a", "b", "c"})

		r.inlets = append(r.inlets, &inlet{network: "tcp", address: "[::]:9020", stop: func() {}, cancel: func() {}})
		if _, err := r.Allow(nil); err == nil || !strings.Contains(err.Error(), "tcp [::]:9020") {
			t.Errorf("anybody, where others reach an address: got %v, want an error that names it", err)
		}
		for _, address := range []string{"0.0.0.0:9020", "192.0.2.7:9020"} {
			if err := r.MayListen("tcp", address); err != nil {
				t.Errorf("%s behind an allow-list: %v", address, err)
			}
		}
	})
	r := newReceiver(t, &sink{}, Options{})
	for address, want := range map[string]bool{"0.0.0.0:1": false, "[::]:1": false, "10.1.2.3:1": false, "127.0.0.1:1": true, "[::1]:1": true, "/a/path": true, "name:1": true} {
		if got := r.MayListen("tcp", address) == nil; got != want {
			t.Errorf("may listen at %s: got %v, want %v", address, got, want)
		}
	}
	// What protects an address depends on what comes there.
	f := func(o Options, networks ...string) {
		t.Helper()
		r := newReceiver(t, &sink{}, o)
		for _, network := range []string{"tcp", "udp", "jsonl", "http", "otlp", "otlp-grpc", "web", "syslog-tcp", "syslog-udp"} {
			if got, want := r.MayListen(network, "0.0.0.0:1") == nil, slices.Contains(networks, network); got != want {
				t.Errorf("may listen for %s: got %v, want %v", network, got, want)
			}
		}
	}
	f(Options{TLS: new(Certificates)}, "tcp", "jsonl", "http", "otlp", "otlp-grpc", "web", "syslog-tcp")
	f(Options{Tokens: new(Tokens)}, "http", "otlp", "otlp-grpc", "web")
}

// One peer has a part of the connections, and leaves the others theirs.
func TestPeerConns(t *testing.T) {
	f := func(o Options, host, neighbour string, want int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(t, &sink{}, o)
			var open []net.Conn
			for range want {
				open = append(open, comeFrom(t, r, host))
			}
			if s := r.Stats(); s.Conns != want || len(s.ConnsRefused) != 0 {
				t.Errorf("%s: got %d connections, %v refused, want %d", host, s.Conns, s.ConnsRefused, want)
			}
			awaitEnd(t, comeFrom(t, r, host))
			reason := PeerLimit
			if neighbour == "" {
				reason = ConnLimit
			} else {
				comeFrom(t, r, neighbour)
				open[0].Close()
				synctest.Wait()
				comeFrom(t, r, host)
				want++
			}
			if s := r.Stats(); s.Conns != want || s.ConnsRefused[reason] != 1 || len(s.ConnsRefused) != 1 {
				t.Errorf("%s: got %d connections, %v refused, want %d, one for the %s", host, s.Conns, s.ConnsRefused, want, reason)
			}
		})
	}
	f(Options{MaxConns: 12}, "192.0.2.1", "192.0.2.2", 3)
	f(Options{MaxConns: 12}, "2001:db8::1", "2001:db8:0:1::1", 3)
	f(Options{MaxConns: 12}, "127.0.0.1", "", 12)
	f(Options{MaxConns: 12, PeerConns: 5}, "127.0.0.1", "127.0.0.2", 5)
	f(Options{MaxConns: 2}, "192.0.2.1", "192.0.2.2", 1)
}

// One peer has a part of the bytes, and leaves the others theirs.
func TestPeerBytes(t *testing.T) {
	const maxFrame = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{MaxFrame: maxFrame, MaxBody: maxFrame, HeldBytes: 100 * maxFrame, PeerBytes: 2_700_000})
		begin := func(host string) net.Conn {
			c := comeFrom(t, r, host)
			send(t, c, frame(repeat('x', maxFrame))[:maxFrame-1])
			synctest.Wait()
			return c
		}
		a, b := begin("192.0.2.1"), begin("192.0.2.1")
		if got := r.Stats(); got.HeldBytes > 2_700_000 || len(got.Rejected) != 0 {
			t.Fatalf("two frames: got %+v", got)
		}
		c := begin("192.0.2.1")
		time.Sleep(2 * budgetWait)
		if got := r.Stats().Rejected; got[NoRoom] != 1 {
			t.Errorf("a third: got %v rejected, want one without room", got)
		}
		for _, other := range []net.Conn{begin("192.0.2.2"), a, b} {
			send(t, other, []byte("xxxxx"))
		}
		send(t, c, append([]byte("xxxxx"), frame("after")...))
		s.await(t, 4)
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.HeldBytes != 0 || len(r.budget.peers) != 0 || stats.Rejected[NoRoom] != 1 {
			t.Errorf("at the end: got %+v, peers %v", stats, r.budget.peers)
		}
	})
}

// What everybody reaches is not opened unless something says who may send.
func TestListenInTheOpen(t *testing.T) {
	f := func(network, address string, o Options, want string) {
		t.Helper()
		r := newReceiver(t, &sink{}, o)
		addr, err := r.Listen(t.Context(), network, address)
		if want == "" {
			if err != nil {
				t.Errorf("%s %s: got %v", network, address, err)
			}
			return
		}
		open, ok := errors.AsType[*OpenError](err)
		if !ok {
			t.Fatalf("%s %s: got %v, %v, want an OpenError", network, address, addr, err)
		}
		if want := fmt.Sprintf("anyone who reaches %s could send: it takes %s", open.Address, want); open.Error() != want {
			t.Errorf("%s %s: got %q, want %q", network, address, open, want)
		}
	}
	some := Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	f("tcp", "0.0.0.0:0", Options{}, "TLS or an allow-list")
	f("tcp", ":0", Options{}, "TLS or an allow-list")
	f("udp", "0.0.0.0:0", Options{}, "an allow-list")
	f("tcp", "0.0.0.0:0", some, "")
	f("udp", "0.0.0.0:0", some, "")
	f("tcp", "localhost:0", Options{}, "")
	f("udp", "127.0.0.2:0", Options{}, "")
}
