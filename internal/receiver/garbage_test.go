package receiver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// garbage is what every open port is sent sooner or later.
func garbage() map[string][]byte {
	noise := make([]byte, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	return map[string][]byte{
		"five megabytes that nothing ends":     bytes.Repeat([]byte("x"), 5<<20),
		"noise":                                noise,
		"a length of 2 GB before a message":    []byte("2000000000 <14>x"),
		"a frame of 2 GB":                      append([]byte("\x7f\xff\xff\xff}q\x00("), noise[:1000]...),
		"a list of 4 billion in MessagePack":   []byte("\xdd\xff\xff\xff\xff\x01\x02"),
		"JSON 200,000 deep":                    []byte(`{"message":` + strings.Repeat("[", 200_000) + "\n"),
		"a record of a megabyte":               []byte(`{"message":"` + strings.Repeat("y", 1<<20) + `"}` + "\n"),
		"bytes that are no UTF-8":              bytes.Repeat([]byte("<14>\xff\xfe\xc0\x80\n{\"message\":\"\xff\"}\n"), 1000),
		"a TLS hello":                          []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		"a request":                            []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\nmsg=x"),
		"a request whose chunk is 2 GB":        []byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nmsg="),
		"a pickle that asks for 100,000,000":   frame("}r\x00\xe1\xf5\x05."),
		"NULs":                                 make([]byte, 1<<20),
		"newlines":                             bytes.Repeat([]byte("\n"), 1<<20),
		"a message of many lines and no end":   []byte("<14>" + strings.Repeat("a\n", 1<<20)),
		"structured data that opens and opens": []byte("<14>1 - - - - - " + strings.Repeat("[a ", 1<<20) + "\n"),
	}
}

// A receiver that is flooded with garbage, and held open by those who say nothing more, serves its honest clients
// within a second, on each of its ways in, and bounds what it holds.
func TestGarbage(t *testing.T) {
	const pourers = 2 // of each way in
	halfOpen, tries := 100, 12
	if testenv.Long() {
		halfOpen, tries = 600, 100 // 3,000 in all
	}
	r, ways := listenToStrangers(t)
	stop := make(chan struct{})
	var flood sync.WaitGroup
	junk := garbage()
	defer flood.Wait()
	defer close(stop)
	for _, w := range ways {
		for range halfOpen {
			c := dial(t, w.addr)
			send(t, c, w.begin)
		}
		for range pourers {
			flood.Go(func() {
				for {
					for _, b := range junk { // in an order that differs
						pour(w.addr, b, stop)
						select {
						case <-stop:
							return
						default:
						}
					}
				}
			})
		}
	}
	for _, w := range ways {
		var took []time.Duration
		for n := range tries {
			began := time.Now()
			if err := w.honest(fmt.Sprintf("honest %d", n)); err != nil {
				t.Errorf("%s: an honest client: %v", w.name, err)
			}
			took = append(took, time.Since(began))
			<-time.After(20 * time.Millisecond) // while the flood goes on
		}
		slices.Sort(took)
		t.Logf("%s: an honest client was served within %v, at best %v, at worst %v", w.name, took[len(took)/2], took[0], took[len(took)-1])
		// A machine that is busy otherwise may be late now and then, but not most of the time.
		if good := took[len(took)/4]; good > time.Second {
			t.Errorf("%s: an honest client was served within %v at a good moment, want a second", w.name, good)
		}
	}
	if held := r.Stats().HeldBytes; held > r.o.HeldBytes {
		t.Errorf("held: got %d bytes, want %d at most", held, r.o.HeldBytes)
	}
}

// pour sends b on a connection of its own, until the receiver or the test has had enough.
func pour(addr net.Addr, b []byte, stop <-chan struct{}) {
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		return
	}
	defer c.Close()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-stop:
			c.Close()
		case <-done:
		}
	}()
	c.SetDeadline(time.Now().Add(time.Second)) // some of them would wait for more
	if _, err := c.Write(b); err == nil {
		io.Copy(io.Discard, c)
	}
}

// strangers is a way in that strangers reach.
type strangers struct {
	name string
	addr net.Addr
	// begin is the beginning of something that never comes whole.
	begin []byte
	// honest sends one record with the message, and returns when it is in custody.
	honest func(message string) error
}

// listenToStrangers listens in every way in which connections come.
func listenToStrangers(t *testing.T) (r *Receiver, ways []strangers) {
	t.Helper()
	seen := make(map[string]bool)
	var mu sync.Mutex
	r = New(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		mu.Lock()
		defer mu.Unlock()
		for i := range batch {
			if m := batch[i].Message; strings.HasPrefix(m, "honest") {
				seen[m+" "+batch[i].Logger] = true
			}
		}
		return nil
	}), Options{DrainTimeout: 10 * time.Millisecond})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		r.Close(ctx)
		checkLaw(t, r.Stats())
	})
	arrived := func(message, way string) error {
		mu.Lock()
		defer mu.Unlock()
		if !seen[message+" "+way] {
			return fmt.Errorf("%q did not arrive", message)
		}
		return nil
	}
	line := func(way, message string) []byte {
		b, _ := json.Marshal(map[string]string{"logger": way, "message": message})
		return b
	}
	overTCP := func(way string, addr net.Addr, form func(message string) []byte) func(message string) error {
		return func(message string) error {
			c, err := net.Dial("tcp", addr.String())
			if err != nil {
				return err
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(20 * time.Second))
			if _, err := c.Write(form(message)); err != nil {
				return err
			}
			c.(*net.TCPConn).CloseWrite()
			if _, err := io.Copy(io.Discard, c); err != nil { // to the end, which confirms
				return err
			}
			return arrived(message, way)
		}
	}
	overHTTP := func(way string, addr net.Addr, path, form string, body func(message string) []byte) func(message string) error {
		return func(message string) error {
			c := client(t) // with a connection of its own
			resp, err := c.Post("http://"+addr.String()+path, form, bytes.NewReader(body(message)))
			if err != nil {
				return err
			}
			resp.Body.Close()
			if resp.StatusCode > http.StatusNoContent {
				return fmt.Errorf("got %s", resp.Status)
			}
			return arrived(message, way)
		}
	}
	open := func(addr net.Addr, err error) net.Addr {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return addr
	}
	ctx, any := t.Context(), "127.0.0.1:0"
	tcp, jsonl, syslog := open(r.Listen(ctx, "tcp", any)), open(r.ListenLines(ctx, any)), open(r.ListenSyslog(ctx, "tcp", any))
	forms, web := open(r.ListenHTTP(ctx, "http", any, r.Forms())), open(r.ListenHTTP(ctx, "web", any, all(r)))
	return r, []strangers{
		{"tcp", tcp, []byte("\x00\x00\x01\x00}q"), overTCP("tcp", tcp, func(m string) []byte { return frame(string(line("tcp", m))) })},
		{"jsonl", jsonl, []byte(`{"mess`), overTCP("jsonl", jsonl, func(m string) []byte { return append(line("jsonl", m), '\n') })},
		{"syslog", syslog, []byte("<14>half"), overTCP("syslog", syslog, func(m string) []byte { return []byte("<14>1 - - syslog - - - " + m + "\n") })},
		{"http", forms, []byte("POST / HTTP/1.1\r\nHos"), overHTTP("http", forms, "/", formType, func(m string) []byte {
			return []byte("name=http&msg=" + strings.ReplaceAll(m, " ", "+"))
		})},
		{"ingest", web, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"), overHTTP("ingest", web, "/ingest", "", func(m string) []byte { return line("ingest", m) })},
	}
}
