package receiver

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// What is no request, and what the server of the standard library refuses by itself, is counted and told as well.
func TestNoRequest(t *testing.T) {
	f := func(bytes, status, want string) {
		t.Helper()
		r, addr := listenForms(t, &sink{}, Options{})
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte(bytes)) // of what is too long, not all is read
		answer, _ := io.ReadAll(c)
		if len(answer) > 0 && !strings.HasPrefix(string(answer), "HTTP/1.1 "+status) { // a reset may take it away
			t.Errorf("%.20q: got the answer %.40q, want %s", bytes, answer, status)
		}
		var got []string
		testenv.Await(t, "a reject", func() bool {
			got = nil
			for _, j := range r.Rejects() {
				got = append(got, fmt.Sprintf("%s: %s", j.Reason, j.Detail))
			}
			return want == "" || len(got) > 0
		})
		if want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%.20q: got %q, want %q", bytes, got, want)
		}
	}
	f("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400", "foreign protocol: this looks like a TLS hello: this port takes HTTP")
	f(string(frame("}q\x00(X\x03\x00\x00\x00msg\r\n\r\n")), "400", "foreign protocol: this looks like a frame of Python's SocketHandler: this port takes HTTP")
	f("<14>a\r\n\r\n", "400", "foreign protocol: this looks like a syslog message: this port takes HTTP")
	f("POST / HTTP/1.1\r\n\r\n", "400", "foreign protocol: the request cannot be read: 400 Bad Request: missing required Host header")
	f("GET /?msg="+strings.Repeat("x", 80_000)+" HTTP/1.1\r\nHost: x\r\n\r\n", "431", "too long: the head of the request is longer than 65536 bytes; a body may be longer")
	f("GET /?name=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400", "undecodable: form: neither msg nor message is among the keys: this is no log record")
	f("GET /?msg=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "204", "")
}
