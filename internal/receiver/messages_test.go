package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// listenSyslog listens for syslog and connects to it.
func listenSyslog(t testing.TB, r *Receiver, network string) net.Conn {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" || network == "unixgram" {
		address = filepath.Join(t.TempDir(), "s")
	}
	addr, err := r.ListenSyslog(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	return dial(t, addr)
}

// syslogPipe connects without a socket to a way in for syslog.
func syslogPipe(t testing.TB, r *Receiver) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	r.serveAlone(server, way{l: r.ledger("syslog-tcp"), name: "pipe", lines: true, syslog: true})
	t.Cleanup(func() { client.Close() })
	return client
}

// However a stream is cut into pieces, and whatever parts its messages, each becomes a record.
func TestSyslogStreams(t *testing.T) {
	const maxFrame = 100_000
	long, longest := strings.Repeat("x", 20_000), strings.Repeat("y", maxFrame-len("<14>"))
	f := func(name, stream string, want []string, rejects ...string) {
		t.Helper()
		for _, network := range []string{"tcp", "unix"} {
			for _, piece := range []int{1, 7, 2047, 2048, 65_536, 1 << 20} {
				if piece == 1 && (network == "unix" || len(stream) > 100_000) {
					continue
				}
				var s sink
				r := New(&s, Options{MaxFrame: maxFrame})
				c := listenSyslog(t, r, network)
				for part := range slices.Chunk([]byte(stream), piece) {
					if _, err := c.Write(part); err != nil {
						break // it was closed
					}
				}
				c.(interface{ CloseWrite() error }).CloseWrite()
				awaitEnd(t, c)
				checkMessages(t, s.await(t, 0), want)
				var got []string
				for _, j := range r.Rejects() {
					got = append(got, fmt.Sprintf("%s: %s", j.Reason, j.Detail))
				}
				if !slices.Equal(got, rejects) {
					t.Errorf("%s: got %q, want %q", name, got, rejects)
				}
				stats := r.Stats()
				checkLaw(t, stats)
				if err := r.Close(context.Background()); err != nil || stats.HeldBytes != 0 || r.StatsByName()[0].Name != "syslog-"+network {
					t.Errorf("%s in pieces of %d over %s: held %d, Close %v", name, piece, network, stats.HeldBytes, err)
				}
			}
		}
	}
	counted := func(messages ...string) (b string) {
		for _, m := range messages {
			b += fmt.Sprintf("%d %s", len(m), m)
		}
		return b
	}
	f("newlines", "<14>a\n<14>b\r\n\n<14>"+long+"\n<14>"+longest+"\n<14>c", []string{"a", "b", long, longest, "c"})
	f("NULs", "<14>a\x00<14>b\nb\x00<14>"+long+"\n\n"+long+"\x00<14>"+longest+"\x00<14>c", []string{"a", "b\nb", long + "\n\n" + long, longest, "c"})
	f("lengths", counted("<14>a", "<14>b\nb\n", "<14>"+long, "<14>"+longest, "<14>c"), []string{"a", "b\nb", long, longest, "c"})
	f("lengths and newlines", "5 <14>a\n5 <14>b\n", []string{"a", "b"})

	const none = `want a priority, such as "<14>"`
	f("a line that is none", "<14>a\nnonsense\n<14>b\n", []string{"a", "b"}, `undecodable: syslog: byte 0: got "nonse", `+none)
	f("too long a line", "<14>a\n<14>z"+longest+"\n<14>b\n", []string{"a", "b"}, "too long: the message is 100001 bytes long, 100000 are taken at most")
	f("far too long a line", "<14>a\n<14>"+strings.Repeat("x", 1_000_000)+"\n<14>b\n<14>"+strings.Repeat("x", 1_000_000), []string{"a", "b"},
		"too long: the line is longer than 100000 bytes", "too long: the line is longer than 100000 bytes")
	f("too long by its length", "5 <14>a"+counted("<14>"+strings.Repeat("x", 1_000_000), "<14>b"), []string{"a", "b"}, "too long: the message is 1000012 bytes long, 100000 are taken at most")
	f("less than its length", "5 <14>a500 <14>b", []string{"a"}, "half: the connection ended after 9 bytes of a message")
	f("no length", "5 <14>a<14>b\n5 <14>c", []string{"a"}, "foreign protocol: before a message stands no length, as before those that came; connection closed")
	for text, name := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n": "an HTTP request", "\x16\x03\x01\x02\x00\x01\x00": "a TLS hello", "SSH-2.0-x\r\n": "an SSH banner",
		string(frame("\x80\x04}q\x00.")): "a frame of Python's SocketHandler",
	} {
		f(name, text, nil, "foreign protocol: this looks like "+name+": this port takes syslog")
	}
}

func TestSyslogDatagrams(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			var s sink
			r := newReceiver(t, &s, Options{MaxFrame: 10_000})
			c := listenSyslog(t, r, network)
			for _, d := range []string{"<14>a\nb\x00", "<11>1 - web-1 shop 42 - - c\n", "nonsense", "<14>" + strings.Repeat("x", 10_000), string(frame("\x80\x04}q\x00."))} {
				send(t, c, []byte(d))
				n := r.Stats().Frames + 1
				testenv.Await(t, "a datagram read", func() bool { return r.Stats().Frames >= n-1 && r.Stats().Waiting == 0 })
			}
			checkMessages(t, s.await(t, 2), []string{"a\nb", "c"})
			testenv.Await(t, "all datagrams", func() bool { return r.Stats().Frames == 5 && r.Stats().Waiting == 0 })
			stats := r.StatsByName()[0]
			if stats.Name != "syslog-"+network || stats.Rejected[Undecodable] != 2 || stats.Rejected[TooLong] != 1 {
				t.Errorf("got %+v", stats)
			}
			checkLaw(t, stats.Stats)
			rec := s.records[1]
			if rec.Host != "web-1" || rec.Logger != "shop" || rec.Process.PID != 42 || rec.Level != record.LevelError || rec.Peer == "" || rec.Received.IsZero() {
				t.Errorf("got %+v", rec)
			}
			if j := r.Rejects()[2]; len(j.First) == 0 {
				t.Errorf("got %+v", j)
			}
		})
	}
}

// A newline ends the first message when nothing comes behind it, and is of the message when a NUL comes in time.
func TestSyslogSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		lines, nul, silent := syslogPipe(t, r), syslogPipe(t, r), syslogPipe(t, r)
		began := time.Now()
		send(t, lines, []byte("<14>a\n"))
		checkMessages(t, s.await(t, 1), []string{"a"})
		if d := time.Since(began); d != settleTime {
			t.Errorf("the first line took %v, want %v", d, settleTime)
		}
		began = time.Now()
		send(t, lines, []byte("<14>b\n"))
		s.await(t, 2)
		for _, part := range []string{"<14>c\n", "d\n", "e\x00"} {
			send(t, nul, []byte(part))
			time.Sleep(settleTime / 2)
		}
		s.await(t, 3)
		if d := time.Since(began); d > 2*settleTime {
			t.Errorf("the others took %v", d)
		}
		// What nothing ends is taken when nothing comes for long, and the connection stays.
		send(t, silent, []byte("<14>f"))
		time.Sleep(r.o.StallTimeout + time.Second)
		for _, part := range []string{"<", "14>", "g\x00"} { // of which nothing was looked through before
			send(t, silent, []byte(part))
			synctest.Wait()
		}
		checkMessages(t, s.await(t, 5), []string{"a", "b", "c\nd\ne", "f", "g"})
		// Once it is known what ends messages, half of one is half of one.
		send(t, lines, []byte("<14>h"))
		awaitEnd(t, lines)
		time.Sleep(24 * time.Hour)
		send(t, nul, []byte("<14>i\x00"))
		s.await(t, 6)
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Rejected[Stalled] != 1 || stats.Conns != 2 || stats.HeldBytes != 0 {
			t.Errorf("got %+v", stats)
		}
	})
}

// A NUL in a text costs no other message, though NULs end the messages of others.
func TestSyslogNULs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		c := syslogPipe(t, r)
		send(t, c, []byte("<14>a\x00b\n<14>c\n"))
		send(t, c, []byte("<14>d\x00<e>\n<14>f\n"))
		checkMessages(t, s.await(t, 4), []string{"a\x00b", "c", "d\x00<e>", "f"})
		// One that reads as the end of a message does end it, until lines turn out to be what comes.
		send(t, c, []byte("<14>g\x00<14>h\n<14>i\n"))
		time.Sleep(r.o.StallTimeout + time.Second)
		send(t, c, []byte("<14>j\n"))
		checkMessages(t, s.await(t, 8), []string{"a\x00b", "c", "d\x00<e>", "f", "g", "h", "i", "j"})
		if got := r.Stats(); len(got.Rejected) > 0 || got.Conns != 1 {
			t.Errorf("got %+v, want nothing rejected", got)
		}
		send(t, c, []byte("<14>k\x00<14>l\n"+strings.Repeat("<14>m\n", 50_000)))
		if got := s.await(t, 50_010); got[9] != "l" || got[50_009] != "m" {
			t.Errorf("got %q and %q, want l and m", got[9], got[50_009])
		}
	})
}

// Where there is no room for a message, what follows it is taken.
func TestSyslogWithoutRoom(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		r.budget.charge(netip.Addr{}, r.o.HeldBytes) // others hold all of it
		defer r.budget.give(netip.Addr{}, r.o.HeldBytes)
		lines, nuls, counted := syslogPipe(t, r), syslogPipe(t, r), syslogPipe(t, r)
		for _, part := range slices.Collect(slices.Chunk([]byte("<14>"+long), 10_000)) {
			send(t, lines, part)
		}
		send(t, lines, []byte("\n<14>a\n"))
		send(t, nuls, []byte("<14>"+long))
		send(t, nuls, []byte("\x00<14>b\n\x00"))
		send(t, counted, []byte("100004 <14>"+long[:50_000]))
		send(t, counted, []byte(long[50_000:]+"5 <14>c"))
		checkMessages(t, s.await(t, 3), []string{"a", "b", "c"})
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Rejected[NoRoom] != 3 || len(stats.Rejected) != 1 {
			t.Errorf("rejected: got %v, want three without room", stats.Rejected)
		}
	})
}

// A long message of many lines waits for its end without being looked at again and again.
func TestSyslogManyLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{})
		c := syslogPipe(t, r)
		text := strings.Repeat("a\n", 100_000) + "b"
		for part := range slices.Chunk([]byte("<14>"+text+"\x00<14>c\x00"), 4096) {
			send(t, c, part)
		}
		if got := s.await(t, 2); got[0] != text || got[1] != "c" {
			t.Errorf("got messages of %d and %d bytes, want %d and 1", len(got[0]), len(got[1]), len(text))
		}
		lines := syslogPipe(t, r)
		for part := range slices.Chunk([]byte("<14>d\n"+strings.Repeat("x\n", 200_000)), 4096) {
			send(t, lines, part)
		}
		s.await(t, 3)
		synctest.Wait()
		if got := r.Stats(); got.Rejected[Undecodable] != 200_000 || got.HeldBytes != 0 {
			t.Errorf("got %+v, want each line that is none rejected", got)
		}
	})
}

// At Close what has come is taken, also where it is not known yet what ends messages.
func TestSyslogClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := New(&s, Options{})
		c := syslogPipe(t, r)
		send(t, c, []byte("<14>a\n"))
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
		checkMessages(t, s.await(t, 1), []string{"a"})
		checkLaw(t, r.Stats())
	})
}

func TestSyslogTLS(t *testing.T) {
	a := newAuthority(t)
	var s sink
	r := newReceiver(t, &s, Options{TLS: a.server(true)})
	addr, err := r.ListenSyslog(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(dial(t, addr), a.client("client"))
	send(t, c, []byte("5 <14>a5 <14>b"))
	checkMessages(t, s.await(t, 2), []string{"a", "b"})
	plain := dial(t, addr)
	send(t, plain, []byte("<14>a\n<14>b\n"))
	awaitEnd(t, plain)
	if j := r.Rejects(); len(j) != 1 || j[0].Reason != NoTLS || !strings.Contains(j[0].Detail, "a syslog message without TLS") {
		t.Errorf("without TLS: got %+v", j)
	}
}

func TestListenSyslogInTheOpen(t *testing.T) {
	r := newReceiver(t, &sink{}, Options{})
	_, err := r.ListenSyslog(t.Context(), "udp", "0.0.0.0:0")
	if open, ok := errors.AsType[*OpenError](err); !ok || open.Token || open.TLS {
		t.Errorf("udp: got %v, want an OpenError", err)
	}
	_, err = r.ListenSyslog(t.Context(), "tcp", "0.0.0.0:0")
	if open, ok := errors.AsType[*OpenError](err); !ok || open.Token || !open.TLS {
		t.Errorf("tcp: got %v, want an OpenError that TLS would mend", err)
	}
	if _, err := r.ListenSyslog(t.Context(), "tcp4", "127.0.0.1:0"); err == nil {
		t.Error("tcp4: got nil, want an error")
	}
}
