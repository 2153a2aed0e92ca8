package receiver

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
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
		"a NUL, and no message behind it":      []byte("<14>\x00" + strings.Repeat("<\x00\n", 1<<19)),
		"a body that unpacks to 64 MB":         packedRequest("/ingest", strings.Repeat("x", 64<<20)),
		"ten megabytes 250 deep, packed":       packedRequest(logsPath, deepExport(250, 10<<20)),
		"a form that names its argument often": fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nContent-Type: %s\r\n\r\n%s", len(greedyForm), formType, greedyForm),
	}
}

// greedyForm asks for an integer of many digits again and again.
var greedyForm = "msg=" + strings.Repeat("%25(a)1000d", 1<<16) + "&args={'a':+" + strings.Repeat("9", 4000) + "}"

// deepExport is a request of OTLP in JSON with a long text in lists that are in each other.
func deepExport(depth, length int) string {
	value := strings.Repeat(`{"arrayValue":{"values":[`, depth) + `{"stringValue":"` + strings.Repeat("x", length) + `"}` + strings.Repeat("]}}", depth)
	return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"a","value":` + value + `}]}]}]}]}`
}

// packedRequest is a request whose body is long and comes packed.
func packedRequest(path, body string) []byte {
	packed := gzipped(body)
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", path, len(packed), packed)
}

// A receiver that is flooded with garbage, and held open by those who say nothing more, serves its honest clients
// within a second, on each of its ways in, and bounds what it holds.
func TestGarbage(t *testing.T) {
	const pourers = 2 // of each way in
	halfOpen, tries := 100, 12
	if testenv.Long() {
		halfOpen, tries = 340, 100 // 3,000 connections in all
	}
	r, ways := listenToStrangers(t)
	stop := make(chan struct{})
	var flood sync.WaitGroup
	junk := garbage()
	defer flood.Wait()
	defer close(stop)
	for _, w := range ways {
		for range halfOpen {
			send(t, dial(t, w.addr), w.begin)
		}
	}
	for _, w := range ways {
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
	var honest sync.WaitGroup
	for _, w := range ways {
		honest.Go(func() { serveHonest(t, w, tries) })
	}
	honest.Wait()
	if held := r.Stats().HeldBytes; held > r.o.HeldBytes {
		t.Errorf("held: got %d bytes, want %d at most", held, r.o.HeldBytes)
	}
}

// serveHonest checks that an honest client is served while the flood goes on. A machine that is busy otherwise may be late
// now and then, and for a while; a receiver that lets itself be flooded is late always.
func serveHonest(t *testing.T, w strangers, tries int) {
	const target, rounds = time.Second, 3
	for round := 1; ; round++ {
		took := timesHonest(t, w, round, tries)
		t.Logf("%s: an honest client was served within %v, at best %v, at worst %v", w.name, took[len(took)/2], took[0], took[len(took)-1])
		good := took[len(took)/4]
		if good <= target {
			return
		}
		if round == rounds {
			t.Errorf("%s: an honest client was served within %v at a good moment, want %v", w.name, good, target)
			return
		}
	}
}

// timesHonest returns how long an honest client took each time, the shortest first.
func timesHonest(t *testing.T, w strangers, round, tries int) (took []time.Duration) {
	for n := range tries {
		began := time.Now()
		if err := w.honest(fmt.Sprintf("honest %d %d", round, n)); err != nil {
			t.Errorf("%s: an honest client: %v", w.name, err)
		}
		took = append(took, time.Since(began))
		<-time.After(20 * time.Millisecond) // the flood goes on
	}
	slices.Sort(took)
	return took
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
	if !isPacket(addr) {
		if _, err := c.Write(b); err == nil {
			io.Copy(io.Discard, c)
		}
		return
	}
	for part := range slices.Chunk(b[:min(len(b), 300_000)], 60_000) {
		if _, err := c.Write(part); err != nil {
			return
		}
		<-time.After(5 * time.Millisecond) // what outruns the receiver the kernel drops, and honest ones with it
	}
}

// isPacket reports whether datagrams go to the address.
func isPacket(addr net.Addr) bool { return addr.Network() == "udp" || addr.Network() == "unixgram" }
