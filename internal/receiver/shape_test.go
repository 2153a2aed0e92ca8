package receiver

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func TestShapeOf(t *testing.T) {
	f := func(b string, want shape) {
		t.Helper()
		if got := shapeOf([]byte(b)); got != want {
			t.Errorf("shapeOf(%q): got %s, want %s", b, got.name, want.name)
		}
	}
	f("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", tlsHello)
	f("\x16\xfe\xff\x00\x00\x00\x00", tlsHello)
	f("GET / HTTP/1.1\r\n", httpCall)
	f("POST /log HTTP/1.1\r\n", httpCall)
	f("DELETE /", httpCall)
	f("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", httpCall)
	f("SSH-2.0-OpenSSH_9.6\r\n", sshBanner)
	f("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n", proxyHello)
	f("\r\n\r\n\x00\r\nQUIT\n\x21\x11", proxyHello)
	f("<13>Oct 11 22:14:15 host su: hello", syslogLine)
	f("67 <13>1 2026-10-11T22:14:15Z", syslogLine)
	f(`{"message": "x"}`, bareJSON)
	f(`[{"message": "x"}]`, bareJSON)
	f("\x80\x04\x95\x10\x00\x00\x00", barePickle)
	f("}q\x00(X\x04\x00\x00\x00name", barePickle)
	f("(dp0\nVname\n", barePickle)
	f("\x72\x02\x00\x00}q\x00(X\x04", swapped)
	f("hello\n", plainText)
	f("2026-10-11 22:14:15,123 INFO hello", plainText)
	f("gr\xc3\xbc\xc3\x9f dich", plainText)
	f("\x00", binaryData)
	f("\xff\xfe\x01\x02\x03\x04", binaryData)
	f("hi\x00there", binaryData)
}

// Every shape begins so that it is taken for no frame, whatever MaxFrame is: its length is impossible.
func TestForeignProtocols(t *testing.T) {
	f := func(b, looksLike string) {
		t.Helper()
		for _, network := range []string{"tcp", "unix"} {
			var s sink
			notices := make(chan Notice, 10)
			r := newReceiver(t, &s, Options{MaxFrame: maxMaxFrame, Notify: func(n Notice) { notices <- n }})
			c := connect(t, r, network)
			send(t, c, frame("before"))
			s.await(t, 1)
			send(t, c, []byte(b))
			awaitEnd(t, c) // a reset where bytes were left unread
			select {
			case n := <-notices:
				if n.Reason != Foreign || !strings.HasPrefix(n.Text, "this looks like "+looksLike+": ") || n.Peer == "" {
					t.Errorf("notice for %q: got %+v, want %s", b, n, looksLike)
				}
			case <-time.After(testenv.Patience):
				t.Errorf("no notice for %q", b)
			}
			stats := r.Stats()
			checkLaw(t, stats)
			if stats.Rejected[Foreign] != 1 || stats.Frames != 2 {
				t.Errorf("stats for %q: got %+v, want one frame accepted and one foreign", b, stats)
			}
			if got := r.Rejects(); len(got) != 1 || got[0].Reason != Foreign || string(got[0].First) != b {
				t.Errorf("rejects for %q: got %+v", b, got)
			}
		}
	}
	f("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a TLS hello")
	f("GET / HTTP/1.1\r\nHost: localhost:9020\r\n\r\n", "an HTTP request")
	f("SSH-2.0-OpenSSH_9.6\r\n", "an SSH banner")
	f("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n", "a PROXY protocol header")
	f("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00", "a PROXY protocol header")
	f("<13>Oct 11 22:14:15 host su: hello\n", "a syslog message")
	f("67 <13>1 2026-10-11T22:14:15Z - - - - - hello", "a syslog message")
	f(`{"message": "x"}`+"\n", "JSON without a length before it")
	f("}q\x00(X\x04\x00\x00\x00nameq\x01", "a pickle without a length before it")
	f("\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}", "a pickle without a length before it")
	f("\x72\x02\x00\x00}q\x00(X\x04", "a frame whose length is little-endian")
	f("hello, is anybody there?\n", "plain text")
	f("\xff\xfe\x01\x02\x03\x04", "binary data that is no frame")
}

// Four bytes are too few to tell, until the connection ends.
func TestForeignProtocolCutShort(t *testing.T) {
	var s sink
	r := newReceiver(t, &s, Options{})
	c := connect(t, r, "tcp")
	send(t, c, []byte("hi\r\n"))
	c.(*net.TCPConn).CloseWrite()
	awaitEnd(t, c)
	if got := r.Rejects(); len(got) != 1 || got[0].Reason != Foreign || !strings.Contains(got[0].Detail, "plain text") {
		t.Errorf("rejects: got %+v, want plain text", got)
	}
}

func TestBeginsRecord(t *testing.T) {
	f := func(b string, want bool) {
		t.Helper()
		if got := beginsRecord([]byte(b)); got != want {
			t.Errorf("beginsRecord(%q): got %v, want %v", b, got, want)
		}
	}
	for _, b := range []string{"\x80\x02", "\x80\x05", "}q", "}(", "}r", "}.", "(d", "{\"", "{}", "{\n", "{ "} {
		f(b, true)
	}
	for _, b := range []string{"\x80\x01", "\x80\x06", "}}", "(x", "{{", "ab", "\x00\x00", "]q", "<1"} {
		f(b, false)
	}
}
