package receiver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// pipes is a listener without a socket, so that time may be synctest's.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(t testing.TB) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	p.conns <- server
	t.Cleanup(func() { client.Close() })
	return client
}

func listenPipes(t testing.TB, next record.Handler, o Options) (*Receiver, *pipes) {
	t.Helper()
	r := New(next, o)
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	if err := r.serveHTTP(t.Context(), p, "web", all(r)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		checkLaw(t, r.Stats())
	})
	return r, p
}

// heard reads an answer off a connection.
func heard(t testing.TB, c net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// Who sends slowly is cut off, and holds nothing of anybody's meanwhile.
func TestSlowClients(t *testing.T) {
	head := func(length int) string {
		return fmt.Sprintf("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", length)
	}
	t.Run("head", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, p := listenPipes(t, &sink{}, Options{})
			c := p.dial(t)
			began := time.Now()
			var sending sync.WaitGroup
			defer sending.Wait()
			sending.Go(func() {
				for _, b := range []byte(head(10)) {
					if _, err := c.Write([]byte{b}); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
			})
			_, err := io.ReadAll(c)
			if d := time.Since(began); err != nil || d > headTimeout+time.Second {
				t.Errorf("got %v after %v, want the end after %v", err, d, headTimeout)
			}
		})
	})
	body := func(length, piece int, every time.Duration, want int, most time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			var s sink
			r, p := listenPipes(t, &s, Options{})
			c := p.dial(t)
			began := time.Now()
			var sending sync.WaitGroup
			defer func() { c.Close(); sending.Wait() }()
			sending.Go(func() {
				line := `{"message":"` + strings.Repeat("x", length-14) + `"}`
				if _, err := io.WriteString(c, head(length)); err != nil {
					return
				}
				for len(line) > 0 {
					n := min(piece, len(line))
					if _, err := io.WriteString(c, line[:n]); err != nil {
						return
					}
					line = line[n:]
					time.Sleep(every)
				}
			})
			got := heard(t, c)
			if d := time.Since(began); got.status != want || d > most {
				t.Errorf("%d bytes every %v: got %s after %v, want %d within %v", piece, every, got, d, want, most)
			}
			if want == http.StatusRequestTimeout {
				if n := r.Stats().Rejected[Stalled]; n != 1 {
					t.Errorf("stalled: got %d, want 1", n)
				}
			}
		})
	}
	body(1000, 1, time.Second, http.StatusRequestTimeout, 31*time.Second)
	body(1000, 999, time.Hour, http.StatusRequestTimeout, 31*time.Second)
	body(1_000_000, 10_000, time.Second, http.StatusRequestTimeout, 80*time.Second)
	body(1_000_000, 20_000, time.Second, http.StatusOK, 51*time.Second) // 20 kB/s are fast enough
	body(100, 100, 0, http.StatusOK, 0)
}

// A handler that takes its time is waited for as long as RetryTimeout says, whatever the deadlines of
// reading were.
func TestHangingHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sink{before: func(ctx context.Context, _ []record.Record) error { <-ctx.Done(); return ctx.Err() }}
		r, p := listenPipes(t, &s, Options{RetryTimeout: 10 * time.Minute})
		c := p.dial(t)
		began := time.Now()
		go io.WriteString(c, "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n"+`{"message":"a"}`)
		got := heard(t, c)
		if d := time.Since(began); d != 10*time.Minute || got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "1" {
			t.Errorf("got %s after %v, want 503 with Retry-After after 10m", got, d)
		}
		if stats := r.Stats(); stats.Returned[Unhandled] != 1 || stats.Frames != 1 {
			t.Errorf("got %+v, want one returned", stats)
		}
	})
}

// Clients that begin and do not go on, however many, keep nobody out and cost little.
func TestHalfOpenRequests(t *testing.T) {
	const half, most = 500, 96 << 10
	var s sink
	r, addr := listenAll(t, &s, Options{})
	memory := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before := memory()
	for i := range half {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		text := "POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\n{"
		if i%2 == 0 {
			text = text[:20]
		}
		send(t, c, []byte(text))
	}
	// Where it takes long until all have come, the first are cut off by then.
	testenv.Await(t, "all of them there", func() bool { return r.Stats().ConnsTotal == half && r.Stats().Requests == half/2 })
	testenv.Await(t, "their memory taken", func() bool { return r.Stats().HeldBytes == half/2*firstBody })
	if got := post(t, addr, "/ingest", `{"message":"honest"}`); got.status != http.StatusOK {
		t.Errorf("an honest client: got %s", got)
	}
	got := int(memory()-before) / half // less, where another test's was there until now
	t.Logf("a client that does not go on, both its ends: %d bytes", got)
	if got > most {
		t.Errorf("a client that does not go on: got %d bytes, want at most %d", got, most)
	}
}
