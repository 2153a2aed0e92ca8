package receiver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// strangers is a way in that strangers reach.
type strangers struct {
	name string
	addr net.Addr
	// begin is the beginning of something that never comes whole.
	begin []byte
	// honest sends one record with the message, and returns when it is in custody.
	honest func(message string) error
}

// arrivals are the records of honest clients that have arrived, by message and logger.
type arrivals struct {
	mu   sync.Mutex // guards seen
	seen map[string]bool
}

// Handle implements [record.Handler].
func (a *arrivals) Handle(_ context.Context, batch []record.Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range batch {
		if m := batch[i].Message; strings.HasPrefix(m, "honest") {
			a.seen[m+" "+batch[i].Logger] = true
		}
	}
	return nil
}

// check reports a record that has not arrived in this way.
func (a *arrivals) check(message, way string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.seen[message+" "+way] {
		return fmt.Errorf("%q did not arrive", message)
	}
	return nil
}

// stream returns an honest client that knows by the end of its connection that its record is in custody.
func (a *arrivals) stream(way string, addr net.Addr, form func(message string) []byte) func(message string) error {
	return func(message string) error {
		c, err := net.Dial(addr.Network(), addr.String())
		if err != nil {
			return err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(testenv.Patience))
		if _, err := c.Write(form(message)); err != nil {
			return err
		}
		c.(interface{ CloseWrite() error }).CloseWrite()
		if _, err := io.Copy(io.Discard, c); err != nil {
			return err
		}
		return a.check(message, way)
	}
}

// packets returns an honest client that sends its datagram until it arrives: the kernel may drop it.
func (a *arrivals) packets(way string, addr net.Addr, form func(message string) []byte) func(message string) error {
	return func(message string) error {
		c, err := net.Dial(addr.Network(), addr.String())
		if err != nil {
			return err
		}
		defer c.Close()
		for end := time.Now().Add(testenv.Patience); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
			c.SetWriteDeadline(end)
			if _, err := c.Write(form(message)); err != nil {
				return err
			}
			if err = a.check(message, way); err == nil {
				return nil
			}
		}
		return a.check(message, way)
	}
}

// requests returns an honest client of HTTP, with a connection of its own for each record.
func (a *arrivals) requests(t *testing.T, way, url, form string, body func(message string) []byte) func(message string) error {
	return func(message string) error {
		resp, err := client(t).Post(url, form, bytes.NewReader(body(message)))
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode > http.StatusNoContent {
			return fmt.Errorf("got %s", resp.Status)
		}
		return a.check(message, way)
	}
}

// listenToStrangers listens in every way in which records come.
func listenToStrangers(t *testing.T) (r *Receiver, ways []strangers) {
	t.Helper()
	a := &arrivals{seen: make(map[string]bool)}
	r = New(a, Options{DrainTimeout: 10 * time.Millisecond})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
		defer cancel()
		r.Close(ctx)
		checkLaw(t, r.Stats())
	})
	line := func(way string) func(message string) []byte {
		return func(message string) []byte {
			b, _ := json.Marshal(map[string]string{"logger": way, "message": message})
			return append(b, '\n')
		}
	}
	framed := func(way string) func(message string) []byte {
		return func(message string) []byte { return frame(string(bytes.TrimSpace(line(way)(message)))) }
	}
	syslog := func(way string) func(message string) []byte {
		return func(message string) []byte { return []byte("<14>1 - - " + way + " - - - " + message + "\n") }
	}
	export := func(way string) func(message string) []byte {
		return func(m string) []byte { return otlp.Append(nil, []record.Record{{Logger: way, Message: m}}) }
	}
	open := func(addr net.Addr, err error) net.Addr {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return addr
	}
	ctx, any, dir := t.Context(), "127.0.0.1:0", t.TempDir()
	frames := func(network, address string) strangers {
		addr, honest := open(r.Listen(ctx, network, address)), a.stream
		if isPacket(addr) {
			honest = a.packets
		}
		return strangers{network, addr, []byte("\x00\x00\x01\x00}q"), honest(network, addr, framed(network))}
	}
	messages := func(network, address string) strangers {
		addr, honest, name := open(r.ListenSyslog(ctx, network, address)), a.stream, "syslog-"+network
		if isPacket(addr) {
			honest = a.packets
		}
		return strangers{name, addr, []byte("<14>half"), honest(name, addr, syslog(name))}
	}
	jsonl := open(r.ListenLines(ctx, any))
	forms, web := open(r.ListenHTTP(ctx, "http", any, r.Forms())), open(r.ListenHTTP(ctx, "web", any, all(r)))
	address := web.String()
	return r, []strangers{
		frames("tcp", any), frames("udp", any), frames("unix", filepath.Join(dir, "s")), frames("unixgram", filepath.Join(dir, "d")),
		messages("tcp", any), messages("udp", any), messages("unix", filepath.Join(dir, "ls")), messages("unixgram", filepath.Join(dir, "ld")),
		{"jsonl", jsonl, []byte(`{"mess`), a.stream("jsonl", jsonl, line("jsonl"))},
		{"http", forms, []byte("POST / HTTP/1.1\r\nHos"), a.requests(t, "http", "http://"+forms.String(), formType, func(m string) []byte {
			return []byte("name=http&msg=" + strings.ReplaceAll(m, " ", "+"))
		})},
		{"ingest", web, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"), a.requests(t, "ingest", "http://"+address+"/ingest", "", line("ingest"))},
		{"otlp", web, []byte("POST /v1/logs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
			a.requests(t, "otlp", "http://"+address+logsPath, protobufType, export("otlp"))},
		{"grpc", web, []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00"), func(m string) error {
			if status, text, _, _ := overGRPC(t, address, exportPath, message(0, string(export("grpc")(m)))); status != "0" {
				return fmt.Errorf("got status %s of gRPC: %s", status, text)
			}
			return a.check(m, "grpc")
		}},
	}
}
