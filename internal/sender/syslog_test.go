package sender

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func newSyslog(t *testing.T, o SyslogOptions) *Syslog {
	t.Helper()
	s, err := NewSyslog(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Socket.o.ConfirmTimeout = testenv.Patience
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// payment is a record with a part of everything.
func payment(message string) record.Record {
	return record.Record{
		Time: time.Date(2026, 11, 3, 9, 4, 5, 702_123_000, time.UTC), Level: slog.LevelWarn, Logger: "shop.pay", Message: message,
		Attrs:     []slog.Attr{slog.Int("user_id", 42), slog.String("why", `a "b" [c]`), slog.Group("http", slog.Int("status", 502))},
		Process:   record.Process{PID: 4242, Name: "shop"},
		Exception: &record.Exception{Traceback: "Traceback (most recent call last):\n  File \"a.py\"\nValueError: x"},
	}
}

// rsyslogInputs are those of a daemon that listens everywhere.
func rsyslogInputs(t *testing.T) (inputs, udp, log string) {
	port := freeUDP(t)
	log = filepath.Join(t.TempDir(), "log")
	return fmt.Sprintf(`
module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off")
input(type="imudp" address="%s" port="%s" ruleset="seen")
input(type="imuxsock" socket="%s" ruleset="seen" usePIDFromSystem="off")
input(type="imtcp" address="127.0.0.1" port="PORT" ruleset="seen")
`, ownHost(), port, log), net.JoinHostPort(ownHost(), port), log
}

// rsyslog understands what is sent, in each form and over each network.
func TestRsyslog(t *testing.T) {
	inputs, udp, log := rsyslogInputs(t)
	d := rsyslog(t, inputs)
	testenv.Await(t, "the unix socket", func() bool { _, err := os.Stat(log); return err == nil })

	const data = `[jackdaw@32473 user_id="42" why="a \"b\" [c\]" http.status="502"]`
	const oneLine = ` | Traceback (most recent call last):\n  File "a.py"\nValueError: x`
	const brief = ` user_id=42 why="a \"b\" [c]" http.status=502 exception="Traceback (most recent call last):\n  File \"a.py\"\nValueError: x"`
	const below = `#012Traceback (most recent call last):#012  File "a.py"#012ValueError: x` // as rsyslog shows a newline
	total := 0
	f := func(o SyslogOptions, want seen) {
		t.Helper()
		o.App = "shopd"
		if o.Form == "python" {
			o.App = "ident: "
		}
		s := newSyslog(t, o)
		handle(t, s.Socket, []record.Record{payment("failed — größer")})
		if err := s.Flush(t.Context()); err != nil {
			t.Errorf("%+v: Flush: got %v", o, err)
		}
		got := d.messages(t, total+1)[total]
		total++
		if at, err := time.Parse(time.RFC3339, got.Time); err != nil || o.Form == "" && o.Address != log && !at.Equal(payment("").Time) {
			t.Errorf("%s %s: got time %s (%v)", o.Network, o.Form, got.Time, err)
		}
		got.Time = ""
		if got != want {
			t.Errorf("%s %s:\n got %+v\nwant %+v", o.Network, o.Form, got, want)
		}
	}
	full := func(pri string) seen {
		return seen{pri, "", "web-1", "shopd", "4242", "shop.pay", data, "failed — größer" + oneLine}
	}
	old := func(host string) seen {
		return seen{"12", "", host, "shopd", "4242", "-", "-", " shop.pay: failed — größer" + brief}
	}
	f(SyslogOptions{Address: udp, Host: "web-1"}, full("12"))
	f(SyslogOptions{Network: "tcp", Address: "127.0.0.1:" + d.port, Facility: "local0", Host: "web-1"}, full("132"))
	f(SyslogOptions{Network: "tcp", Address: "127.0.0.1:" + d.port, Framing: "newline", Host: "web-1"}, full("12"))
	f(SyslogOptions{Network: "tcp", Address: "127.0.0.1:" + d.port, Form: "3164", Host: "web-1"}, old("web-1"))
	f(SyslogOptions{Address: udp, Form: "3164", Host: "web-2"}, old("web-2"))
	f(SyslogOptions{Address: log}, old("here"))
	f(SyslogOptions{Address: udp, Form: "python"}, seen{"12", "", "127.0.0.1", "ident", "-", "-", "-", " failed — größer" + below})
}

// Over TLS the daemon shows who it is, and confirms as it does over TCP.
func TestRsyslogTLS(t *testing.T) {
	if found, _ := filepath.Glob("/usr/lib*/*/rsyslog/lmnsd_gtls.so"); len(found) == 0 {
		if found, _ = filepath.Glob("/usr/lib*/rsyslog/lmnsd_gtls.so"); len(found) == 0 {
			testenv.Skip(t, "needs rsyslog's TLS (rsyslog-gnutls)")
		}
	}
	dir := t.TempDir()
	config := certificate(t, dir)
	d := rsyslog(t, strings.ReplaceAll(`
global(defaultNetstreamDriverCAFile="DIR/cert" defaultNetstreamDriverCertFile="DIR/cert" defaultNetstreamDriverKeyFile="DIR/key")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="PORT" ruleset="seen")
`, "DIR", dir))
	s := newSyslog(t, SyslogOptions{Network: "tls", Address: "127.0.0.1:" + d.port, TLS: config})
	for i := range 3 {
		handle(t, s.Socket, []record.Record{payment(fmt.Sprint("record ", i))})
		if err := s.Flush(t.Context()); err != nil {
			t.Errorf("Flush: got %v", err)
		}
	}
	checkCounts(t, s.Socket, counts{confirmed: 3})
	for i, m := range d.messages(t, 3) {
		if want := fmt.Sprint("record ", i, " | "); !strings.HasPrefix(m.Text, want) {
			t.Errorf("got %q, want %q…", m.Text, want)
		}
	}

	// A stranger gets nothing.
	stranger := newSyslog(t, SyslogOptions{Network: "tls", Address: "127.0.0.1:" + d.port, DialTimeout: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := stranger.Handle(ctx, []record.Record{payment("secret")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a daemon whose certificate nobody signed: got %v, want context.DeadlineExceeded", err)
	}
}

// A daemon that is restarted while records come misses none that was confirmed, and the handler comes back.
func TestRsyslogRestart(t *testing.T) {
	inputs, _, _ := rsyslogInputs(t)
	d := rsyslog(t, inputs)
	s := newSyslog(t, SyslogOptions{Network: "tcp", Address: "127.0.0.1:" + d.port, ConfirmBytes: 4096})
	const count = 300
	for i := range count {
		if i == count/3 {
			d.stop(t)
			d.start(t)
		}
		handle(t, s.Socket, []record.Record{payment(fmt.Sprintf("%d.", i))})
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Errorf("Flush: got %v", err)
	}
	st := s.Stats()
	if st.Handled != count || st.Waiting != 0 || st.Confirmed+st.Unconfirmed != count || st.Unconfirmed > count/3 {
		t.Errorf("got %+v, want %d handled, most of them confirmed", st, count)
	}
	if n := len(d.messages(t, int(st.Confirmed))); n > count {
		t.Errorf("got %d messages of %d records", n, count)
	}
}

// What a syslog server in this process reads is what was sent, whole and in order.
func TestSyslogContract(t *testing.T) {
	for _, framing := range []string{"octets", "newline", "nul"} {
		t.Run(framing, func(t *testing.T) {
			handlertest.Run(t, func(t *testing.T) handlertest.Subject {
				p := new(peer)
				ln := listen(t, "tcp", func(_ int, c net.Conn) {
					p.readSyslog(c, framing)
					_ = c.Close()
				})
				s := newSyslog(t, SyslogOptions{Network: "tcp", Address: ln.Addr().String(), Framing: framing, Form: "3164", Format: func(dst []byte, r *record.Record) []byte {
					return append(append(append(dst, '>'), r.Message...), '\n')
				}})
				return handlertest.Subject{Handler: s, Messages: func() []string {
					if err := s.Flush(t.Context()); err != nil {
						t.Errorf("Flush: got %v", err)
					}
					return p.received()
				}}
			})
		})
	}
}

// readSyslog reads messages until the stream ends.
func (p *peer) readSyslog(c net.Conn, framing string) {
	r := bufio.NewReader(c)
	for {
		var text string
		var err error
		switch framing {
		case "octets":
			var n int
			if text, err = r.ReadString(' '); err == nil {
				n, err = strconv.Atoi(strings.TrimSuffix(text, " "))
			}
			if err == nil {
				whole := make([]byte, n)
				_, err = io.ReadFull(r, whole)
				text = string(whole)
			}
		case "newline":
			text, err = r.ReadString('\n')
		default:
			text, err = r.ReadString(0)
		}
		if err != nil {
			return
		}
		_, text, _ = strings.Cut(text, ": >")
		p.add(strings.TrimRight(text, "\n\x00"))
	}
}

func TestSyslogCut(t *testing.T) {
	p := new(peer)
	ln := listen(t, "tcp", func(_ int, c net.Conn) { p.readSyslog(c, "newline"); _ = c.Close() })
	s := newSyslog(t, SyslogOptions{Network: "tcp", Address: ln.Addr().String(), Form: "3164", MaxMessage: 480, App: "x"})
	handle(t, s.Socket, []record.Record{{Message: strings.Repeat("a", 1000)}, {Message: "short"}})
	if got := s.Cut(); got != 1 {
		t.Errorf("got %d records cut, want 1", got)
	}
}

func TestSyslogOptions(t *testing.T) {
	f := func(o SyslogOptions, want string) {
		t.Helper()
		if _, err := NewSyslog(o); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", o, err, want)
		}
	}
	f(SyslogOptions{Network: "http"}, `send to syslog: got network "http", want udp, tcp, tls, unix or unixgram`)
	f(SyslogOptions{Form: "5425"}, `send to syslog: got form "5425", want 5424, 3164 or python`)
	f(SyslogOptions{Framing: "lf"}, `send to syslog: got framing "lf", want octets, newline or nul`)
	f(SyslogOptions{Facility: "local8"}, `send to syslog: got facility "local8", want kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, ntp, security, console, `+
		`solaris-cron, local0, local1, local2, local3, local4, local5, local6 or local7`)
	f(SyslogOptions{MaxMessage: 100}, `send to syslog localhost:514: got MaxMessage 100, want 480 at least`)
	f(SyslogOptions{Network: "tcp", TLS: new(tls.Config)}, `send to syslog localhost:514: got TLS with network tcp, want it with tls`)
	f(SyslogOptions{Form: "python", App: "shop:\x00<0>"}, `send to syslog localhost:514: got app "shop:\x00<0>", want none of what ends a message in it`)
	f(SyslogOptions{Address: "host"}, `send over network udp: got address "host", want host:port`)
}
