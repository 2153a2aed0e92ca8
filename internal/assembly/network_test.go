package assembly_test

import (
	"bufio"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// deliver hands records to a handler that reaches somebody, and closes it.
func deliver(t *testing.T, own string) {
	t.Helper()
	h := open(t, "", own, assembly.Env{OnError: func(err error) { t.Error(err) }})
	handle(t, h)
	finish(t, h)
}

// unpickle returns the records of frames of Python's wire.
func unpickle(t *testing.T, frames []byte) (records []string) {
	t.Helper()
	d := pickle.NewDecoder(pickle.Limits{})
	for len(frames) >= 4 {
		n := binary.BigEndian.Uint32(frames)
		var r record.Record
		if err := d.Decode(frames[4:4+n], &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, fmt.Sprint(r.Logger, " ", r.Level, " ", r.Message))
		frames = frames[4+n:]
	}
	return records
}

// listen returns where a stream or datagrams can be sent to, and what came there.
func listen(t *testing.T, network, address string) (net.Addr, func() []byte) {
	t.Helper()
	got := make(chan []byte, 1)
	if network == "udp" || network == "unixgram" {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c.LocalAddr(), func() (all []byte) {
			buf := make([]byte, 64<<10)
			for range 2 { // records
				_ = c.SetReadDeadline(time.Now().Add(testenv.Patience))
				n, _, err := c.ReadFrom(buf)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, buf[:n]...)
			}
			return all
		}
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		all, _ := io.ReadAll(c)
		got <- all
	}()
	return l.Addr(), func() []byte {
		return testenv.Receive(t, "what is sent over "+network, got)
	}
}

// Sockets and datagrams carry Python's records, over the network and to a path.
func TestPythonWire(t *testing.T) {
	f := func(network, address, class string) {
		t.Helper()
		at, came := listen(t, network, address)
		to := fmt.Sprintf(`"host": %q, "port": null`, at)
		if host, port, err := net.SplitHostPort(at.String()); err == nil {
			to = fmt.Sprintf(`"host": %q, "port": %s`, host, port)
		}
		deliver(t, fmt.Sprintf(`"own": {"class": %q, %s}`, class, to))
		if got, want := fmt.Sprint(unpickle(t, came())), "[shop.pay INFO payment taken db ERROR connection lost]"; got != want {
			t.Errorf("%s over %s: got %s, want %s", class, network, got, want)
		}
	}
	f("tcp", "127.0.0.1:0", "logging.handlers.SocketHandler")
	f("unix", filepath.Join(t.TempDir(), "tcp.sock"), "socket")
	f("udp", "127.0.0.1:0", "logging.handlers.DatagramHandler")
	f("unixgram", filepath.Join(t.TempDir(), "udp.sock"), "datagram")
}

// By Python's name syslog is Python's form, by the short name that of RFC 5424.
func TestSyslog(t *testing.T) {
	f := func(network, params, want string) {
		t.Helper()
		at, came := listen(t, network, "127.0.0.1:0")
		host, port, _ := net.SplitHostPort(at.String())
		deliver(t, fmt.Sprintf(`"own": {"address": [%q, %s], %s}`, host, port, params))
		if got := string(came()); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", params, got, want)
		}
	}
	f("udp", `"class": "logging.handlers.SysLogHandler"`, "<14>payment taken\x00<11>connection lost\x00")
	f("tcp", `"class": "logging.handlers.SysLogHandler", "socktype": "ext://socket.SOCK_STREAM", "facility": "local3", "formatter": "brief"`,
		"<158>INFO payment taken\x00<155>ERROR connection lost\x00")
	f("udp", `"class": "syslog", "app": "shop", "host": "web-1"`, ` shop.pay [jackdaw@32473 user_id="42"] payment taken`)
	f("tcp", `"class": "syslog", "network": "tcp", "form": "3164", "framing": "newline", "app": "shop"`, ": db: connection lost\n")
}

// Requests go where they are to, in the form that Python's handler has or in Jackdaw's own.
func TestRequests(t *testing.T) {
	f := func(secure bool, own, line, authorization, body string) {
		t.Helper()
		came := make(chan string, 2)
		there := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			came <- fmt.Sprintf("%s %s\n%s\n%s", r.Method, r.URL, r.Header.Get("Authorization"), text)
		}))
		defer there.Close()
		authority := ""
		if secure {
			there.StartTLS()
			authority = filepath.Join(t.TempDir(), "ca.pem")
			text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: there.Certificate().Raw})
			if err := os.WriteFile(authority, text, 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			there.Start()
		}
		deliver(t, strings.NewReplacer("URL", there.URL, "HOST", there.Listener.Addr().String(), "CA", authority).Replace(`"own": {`+own+`}`))
		got := strings.SplitN(testenv.Receive(t, "a request", came), "\n", 3)
		if !strings.HasPrefix(got[0], line) || got[1] != authorization || !strings.Contains(got[0]+got[2], body) {
			t.Errorf("%s:\ngot %q\nwant %q, %q, %q", own, got, line, authorization, body)
		}
	}
	f(false, `"class": "logging.handlers.HTTPHandler", "host": "HOST", "url": "/log", "method": "GET", "credentials": ["shop", "secret"]`,
		"GET /log?name=shop.pay&msg=payment+taken&", "Basic c2hvcDpzZWNyZXQ=", "levelname=INFO")
	f(false, `"class": "http", "url": "URL/in", "body": "array", "token": "secret"`, "POST /in", "Bearer secret", `[{"time":`)
	f(true, `"class": "http", "url": "URL/in", "tls": {"ca": "CA", "server_name": "example.com"}`, "POST /in", "", `"message":"connection lost"}`+"\n")
	f(false, `"class": "otlp", "url": "URL", "token": "secret"`, "POST /v1/logs", "Bearer secret", "connection lost")
}

// Mail is sent as the configuration says; where records are kept until they are handled it waits for its time.
func TestMail(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	came := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		came <- takeMail(c)
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	deliver(t, fmt.Sprintf(`"own": {"class": "logging.handlers.SMTPHandler", "mailhost": [%q, %s], "fromaddr": "shop@x.example", "toaddrs": ["ops@x.example"],
	  "subject": "%%(name)s fails", "formatter": "brief"}`, host, port))
	mail := testenv.Receive(t, "a mail", came)
	for _, want := range []string{"MAIL FROM:<shop@x.example>", "RCPT TO:<ops@x.example>", "Subject: db fails (and 1 more)\r\n", "INFO payment taken\r\nERROR connection lost\r\n"} {
		if !strings.Contains(mail, want) {
			t.Errorf("got %q, want %q in it", mail, want)
		}
	}
}

// takeMail is a mail server for one mail, and returns what it was told.
func takeMail(c net.Conn) (told string) {
	fmt.Fprint(c, "220 x.example\r\n")
	for lines := bufio.NewReader(c); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return told
		}
		told += line
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); {
		case verb == "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			for line != ".\r\n" && err == nil {
				line, err = lines.ReadString('\n')
				told += line
			}
			fmt.Fprint(c, "250 taken\r\n")
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return told
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}
