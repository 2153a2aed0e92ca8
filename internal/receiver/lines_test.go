package receiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// linePipe connects without a socket to a way in for lines.
func linePipe(t testing.TB, r *Receiver) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	r.serveAlone(server, way{l: r.ledger("jsonl"), name: "pipe", lines: true})
	t.Cleanup(func() { client.Close() })
	return client
}

// object is a line of n bytes with its newline, and the message in it.
func object(n int) (line, message string) {
	message = strings.Repeat("x", n-len("{\"message\":\"\"}\n"))
	return "{\"message\":\"" + message + "\"}\n", message
}

// However lines are cut into pieces, each becomes a record.
func TestLines(t *testing.T) {
	long, longMessage := object(100_000)
	longest, longestMessage := object(300_000 + 1)
	text := `{"message":"a"}` + "\n\r\n   \n" + `  {"msg":"b","level":"ERROR"}  ` + "\r\n" + long + `{"message":"c"}` + "\n" + longest + `{"message":"d"}`
	want := []string{"a", "b", longMessage, "c", longestMessage, "d"}
	for _, pieces := range []int{1, 7, 2047, 2048, 2049, 65_536, 1 << 20} {
		if pieces == 1 && testing.Short() {
			continue
		}
		var s sink
		r := New(&s, Options{MaxFrame: 300_000})
		addr, err := r.ListenLines(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, addr)
		for piece := range slices.Chunk([]byte(text), pieces) {
			send(t, c, piece)
		}
		c.(*net.TCPConn).CloseWrite()
		if err := awaitEnd(t, c); err != nil {
			t.Errorf("in pieces of %d: end: got %v", pieces, err)
		}
		checkMessages(t, s.await(t, 0), want)
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Accepted != 6 || stats.HeldBytes != 0 || r.StatsByName()[0].Name != "jsonl" {
			t.Errorf("in pieces of %d: got %+v", pieces, stats)
		}
	}
}

// A line that is none costs no other.
func TestRejectedLines(t *testing.T) {
	const maxFrame = 100_000
	f := func(text string, want []string, rejects ...string) {
		t.Helper()
		for _, pieces := range []int{1000, 1 << 20} {
			var s sink
			r := New(&s, Options{MaxFrame: maxFrame})
			addr, err := r.ListenLines(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			c := dial(t, addr)
			for piece := range slices.Chunk([]byte(text), pieces) {
				if _, err := c.Write(piece); err != nil {
					break // it was closed
				}
			}
			c.(*net.TCPConn).CloseWrite()
			awaitEnd(t, c)
			checkMessages(t, s.await(t, 0), want)
			var got []string
			for _, j := range r.Rejects() {
				got = append(got, fmt.Sprintf("%s: %s", j.Reason, j.Detail))
			}
			if !slices.Equal(got, rejects) {
				t.Errorf("%.40q: got %q, want %q", text, got, rejects)
			}
			stats := r.Stats()
			checkLaw(t, stats)
			if err := r.Close(context.Background()); err != nil || stats.HeldBytes != 0 {
				t.Errorf("%.40q: held %d, Close %v", text, stats.HeldBytes, err)
			}
		}
	}
	a, b := `{"message":"a"}`+"\n", `{"message":"b"}`+"\n"
	f(a+"nonsense here\n"+b, []string{"a", "b"}, "undecodable: a line is to be a JSON object")
	f(a+"[1,2]\n"+b, []string{"a", "b"}, "undecodable: a line is to be a JSON object")
	f(a+"<13>Nov 22 a message\n"+b, []string{"a", "b"}, "undecodable: this looks like a syslog message, and a line is to be a JSON object")
	f(a+`{"level":"INFO"}`+"\n"+b, []string{"a", "b"}, "undecodable: json: neither msg nor message is among the keys: this is no log record")
	f(a+`{"message":"cut off`, []string{"a"}, "undecodable: json: byte 11: the string has no end, want a quote")
	tooLong, _ := object(maxFrame + 2)
	f(a+tooLong+b, []string{"a", "b"}, "too long: the line is longer than 100000 bytes")
	f(a+strings.Repeat("x", 3_000_000)+"\n"+b+strings.Repeat("y", 3_000_000), []string{"a", "b"},
		"too long: the line is longer than 100000 bytes", "too long: the line is longer than 100000 bytes")
	for text, name := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n": "an HTTP request", "\x16\x03\x01\x02\x00\x01\x00": "a TLS hello", "SSH-2.0-x\r\n": "an SSH banner",
		string(frame("\x80\x04}q\x00.")): "a frame of Python's SocketHandler",
	} {
		f(text, nil, "foreign protocol: this looks like "+name+": this port takes JSON lines")
	}
}

// Half a line that stands still ends its connection; an idle one may stay.
func TestStalledLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s sink
		r := newReceiver(t, &s, Options{MaxFrame: 10_000, MaxBody: 1})
		r.desks.decode = func() decodeFunc { return newDecode(10_000) }
		idle, half, skipped := linePipe(t, r), linePipe(t, r), linePipe(t, r)
		send(t, half, []byte(`{"mess`))
		send(t, skipped, []byte(strings.Repeat("x", 20_000)))
		began := time.Now()
		awaitEnd(t, half)
		awaitEnd(t, skipped)
		if d := time.Since(began); d != r.o.StallTimeout {
			t.Errorf("cut off after %v, want %v", d, r.o.StallTimeout)
		}
		time.Sleep(24 * time.Hour)
		send(t, idle, []byte(`{"message":"a"}`+"\n"))
		s.await(t, 1)
		stats := r.Stats()
		checkLaw(t, stats)
		if stats.Rejected[Stalled] != 1 || stats.Rejected[TooLong] != 1 || stats.HeldBytes != 0 {
			t.Errorf("got %+v", stats)
		}
	})
}

func TestListenLinesInTheOpen(t *testing.T) {
	r := newReceiver(t, &sink{}, Options{})
	_, err := r.ListenLines(t.Context(), "0.0.0.0:0")
	if open, ok := errors.AsType[*OpenError](err); !ok || open.Token || !open.TLS {
		t.Errorf("got %v, want an OpenError that TLS would mend", err)
	}
}
