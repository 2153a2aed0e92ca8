package receiver

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// all is what serves every kind of request.
func all(r *Receiver) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ingest", r.Ingest())
	mux.Handle("/", r.OTLP())
	return mux
}

// listenAll listens on loopback for every kind of request, and returns where.
func listenAll(t testing.TB, next record.Handler, o Options) (r *Receiver, addr string) {
	t.Helper()
	r = New(next, o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		checkLaw(t, r.Stats())
	})
	at, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	return r, at.String()
}

// answer is what a client was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, strings.TrimSpace(a.body)) }

// client returns a client with connections of its own.
func client(t testing.TB) *http.Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 20 * time.Second}
}

// do sends a request; header holds names and values in turn.
func do(t testing.TB, c *http.Client, method, url string, body io.Reader, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func post(t testing.TB, addr, path, body string, header ...string) answer {
	t.Helper()
	return do(t, client(t), http.MethodPost, "http://"+addr+path, strings.NewReader(body), header...)
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// zstded returns s as zstd may have it, RFC 8878: a frame of raw blocks.
func zstded(s string) string {
	b := []byte("\x28\xb5\x2f\xfd\x00\x38") // the magic number, no flags, a window of 128 KiB
	for block := range slices.Chunk([]byte(s), 100_000) {
		b = append(zstdBlock(b, 0, len(block)), block...)
	}
	return string(zstdBlock(b, 1, 0))
}

// zstdBlock appends the head of a block; kind is 1 for the last one, and 2 for one byte over and over.
func zstdBlock(b []byte, kind, length int) []byte {
	head := kind | length<<3
	return append(b, byte(head), byte(head>>8), byte(head>>16))
}

// zstdBomb returns n times 128 KiB of blanks, in four bytes each.
func zstdBomb(n int) string {
	b := []byte("\x28\xb5\x2f\xfd\x00\x38")
	for range n {
		b = append(zstdBlock(b, 2, 128<<10), ' ')
	}
	return string(zstdBlock(b, 1, 0))
}

func TestBodies(t *testing.T) {
	const limit = 1 << 16
	var s sink
	r, addr := listenAll(t, &s, Options{MaxBody: limit})
	line := `{"message":"a"}` + "\n"
	zeros := strings.Repeat(" ", 8<<20)
	f := func(body, encoding string, want string) {
		t.Helper()
		got := post(t, addr, "/ingest", body, "Content-Encoding", encoding)
		if !strings.HasPrefix(got.String(), want) {
			t.Errorf("%s %.20q…: got %.300s, want %s", encoding, body, got, want)
		}
		if got.status == http.StatusUnsupportedMediaType && got.header.Get("Accept-Encoding") != "gzip, zstd" {
			t.Errorf("Accept-Encoding: got %q", got.header.Get("Accept-Encoding"))
		}
	}
	f(line, "", `200 {"accepted":1}`)
	f(line, "identity", `200 {"accepted":1}`)
	f(gzipped(line+line), "gzip", `200 {"accepted":2}`)
	f(gzipped(line)+gzipped(line), "gzip", `200 {"accepted":2}`)
	f(zstded(line+line+line), "zstd", `200 {"accepted":3}`)
	f("", "", `200 {"accepted":0}`)
	f(strings.Repeat(line, limit/len(line)), "", `200 {"accepted":4096}`)
	f(gzipped(strings.Repeat(line, limit/len(line))), "gzip", `200 {"accepted":4096}`)

	f(line, "deflate", `415 {"accepted":0,"error":"the encoding \"deflate\" is not known; use gzip, zstd or none"}`)
	f(line, "gzip, gzip", `415 `)
	f(line, "gzip", `400 {"accepted":0,"error":"unpack the gzip body: gzip: invalid header"}`)
	f(gzipped(line)[:20], "gzip", `400 {"accepted":0,"error":"unpack the gzip body: unexpected EOF"}`)
	f(line, "zstd", `400 {"accepted":0,"error":"unpack the zstd body: `)
	f("", "gzip", `400 {"accepted":0,"error":"unpack the gzip body: EOF"}`)
	f(strings.Repeat(line, limit/len(line))+"x", "", `413 {"accepted":0,"error":"the request is longer than 65536 bytes; send less at once"}`)
	// Bombs: 8 MiB in 8 kB, and a window that would take 128 MiB.
	f(gzipped(zeros), "gzip", `413 `)
	f(zstdBomb(64), "zstd", `413 `)
	f(strings.Replace(zstded(line), "\x38", "\x88", 1), "zstd", `400 {"accepted":0,"error":"unpack the zstd body: window size exceeded`)

	// Without a length before it, as long as it comes.
	got := do(t, client(t), http.MethodPost, "http://"+addr+"/ingest", struct{ io.Reader }{strings.NewReader(zeros)})
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("without end: got %s, want 413", got)
	}
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.HeldBytes != 0 || stats.Rejected[TooLong] != 4 || stats.Rejected[Undecodable] != 5 || stats.RequestsRefused[Unsupported] != 2 {
		t.Errorf("got %d held, %v rejected, %v refused", stats.HeldBytes, stats.Rejected, stats.RequestsRefused)
	}
}

// What requests hold is bounded: where there is no room for one, it is told to come again.
func TestBodiesWithoutRoom(t *testing.T) {
	const limit = 1 << 20
	gate, entered := make(chan struct{}), make(chan struct{}, 10)
	s := sink{before: func(context.Context, []record.Record) error { entered <- struct{}{}; <-gate; return nil }}
	r, addr := listenAll(t, &s, Options{MaxBody: limit, MaxFrame: limit, HeldBytes: 3 << 20})
	body := `{"message":"` + strings.Repeat("x", limit-100) + `"}`
	answers := make(chan answer)
	for range 2 {
		go func() { answers <- post(t, addr, "/ingest", body) }()
		<-entered
	}
	if got := post(t, addr, "/ingest", body); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
		t.Errorf("the third: got %s, want 429 and Retry-After", got)
	}
	if held := r.Stats().HeldBytes; held > 2*limit+2*4096 {
		t.Errorf("held: got %d", held)
	}
	close(gate)
	for range 2 {
		if got := <-answers; got.status != http.StatusOK {
			t.Errorf("got %s, want 200", got)
		}
	}
	if stats := r.Stats(); stats.HeldBytes != 0 || stats.RequestsRefused[NoRoom] != 1 {
		t.Errorf("got %+v", stats)
	}
}

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

func TestTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad := func(text, want string) {
		t.Helper()
		write(text)
		if _, err := LoadTokens(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	bad("", "tokens: "+path+" holds none; write one a line")
	bad("# nothing\n\n", "tokens: "+path+" holds none")
	bad("a\nb c\n", "tokens: "+path+", line 2: a token has no blank in it")
	if _, err := LoadTokens(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	write("# for the shop\n  first-token \r\nsecond-token")
	tokens, err := LoadTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	var s sink
	r, addr := listenAll(t, &s, Options{Tokens: tokens})
	f := func(authorization string, want int) {
		t.Helper()
		for path, form := range map[string]string{"/ingest": "", "/v1/logs": protobufType} {
			got := post(t, addr, path, "", "Authorization", authorization, "Content-Type", form)
			if got.status != want || want == http.StatusUnauthorized && got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: got %s %v, want %d", path, authorization, got, got.header, want)
			}
		}
	}
	f("Bearer first-token", http.StatusOK)
	f("bearer second-token", http.StatusOK)
	f("", http.StatusUnauthorized)
	f("Bearer", http.StatusUnauthorized)
	f("Bearer first", http.StatusUnauthorized)
	f("Bearer first-token-and-more", http.StatusUnauthorized)
	f("Basic first-token", http.StatusUnauthorized)
	f("Bearer # for the shop", http.StatusUnauthorized)
	if stats := r.Stats(); stats.RequestsRefused[NoToken] != 12 || stats.Requests != 16 || stats.Frames != 0 {
		t.Errorf("got %+v", stats)
	}
	write("third-token\n")
	if _, err := tokens.load(); err != nil {
		t.Fatal(err)
	}
	f("Bearer third-token", http.StatusOK)
	f("Bearer first-token", http.StatusUnauthorized)
}

// A page that a browser shows cannot write into the log.
func TestCrossOrigin(t *testing.T) {
	var s sink
	_, addr := listenAll(t, &s, Options{})
	f := func(want int, header ...string) {
		t.Helper()
		if got := post(t, addr, "/ingest", `{"message":"a"}`, header...); got.status != want {
			t.Errorf("%q: got %s, want %d", header, got, want)
		}
	}
	f(http.StatusForbidden, "Origin", "https://example.com")
	f(http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
	f(http.StatusOK, "Origin", "http://"+addr)
	f(http.StatusOK)
}

func TestHTTPConnectionLimits(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{MaxConns: 2, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	a, b := client(t), client(t)
	for _, c := range []*http.Client{a, b} {
		do(t, c, http.MethodPost, "http://"+addr+"/ingest", nil)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := awaitEnd(t, c); err != nil {
		t.Errorf("a third connection: got %v, want the end", err)
	}
	stats := r.Stats()
	if stats.Conns != 2 || stats.ConnsRefused[ConnLimit] != 1 || stats.Bytes == 0 {
		t.Errorf("got %+v", stats)
	}
	a.CloseIdleConnections()
	eventually(t, "a connection less", func() bool { return r.Stats().Conns == 1 })
}

func TestRequestLimits(t *testing.T) {
	var s sink
	r := New(&s, Options{})
	req, err := http.NewRequest(http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	l := r.ledger("x")
	var open []*request
	enter := func(host string) *refusal {
		req := req.Clone(t.Context())
		req.RemoteAddr = host + ":1"
		q, no := r.enter(l, nil, req)
		if q != nil {
			open = append(open, q)
		}
		return no
	}
	for i := range maxRequests/4 + 1 {
		if no := enter("192.0.2.1"); (no != nil) != (i == maxRequests/4) {
			t.Fatalf("request %d: got %+v", i, no)
		} else if no != nil && (no.status != http.StatusTooManyRequests || no.retryAfter == 0) {
			t.Errorf("got %+v, want 429", no)
		}
	}
	for len(open) < maxRequests {
		if no := enter("127.0.0.1"); no != nil {
			t.Fatalf("request %d: got %+v", len(open), no)
		}
	}
	if no := enter("127.0.0.1"); no == nil || no.status != http.StatusServiceUnavailable {
		t.Errorf("one too many: got %+v, want 503", no)
	}
	for _, q := range open {
		q.leave()
	}
	if no := enter("192.0.2.1"); no != nil {
		t.Errorf("afterwards: got %+v", no)
	}
	open[len(open)-1].leave()
	if len(r.requests.open)+len(r.requests.peers) != 0 {
		t.Errorf("left: %d requests, %v", len(r.requests.open), r.requests.peers)
	}
}

// Close answers the requests whose records are under way, gives the others back, and leaves nothing
// running.
func TestCloseHTTP(t *testing.T) {
	before := runtime.NumGoroutine()
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	s := sink{before: func(context.Context, []record.Record) error { entered <- struct{}{}; <-gate; return nil }}
	r := New(&s, Options{DrainTimeout: 50 * time.Millisecond})
	addr, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	silent, slow, idle := dial(t, addr), dial(t, addr), client(t)
	do(t, idle, http.MethodPost, "http://"+addr.String()+"/ingest", nil)
	send(t, slow, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"))
	eventually(t, "the slow one under way", func() bool { return r.Stats().HeldBytes > 0 })
	answers := make(chan answer, 1)
	go func() { answers <- post(t, addr.String(), "/ingest", `{"message":"a"}`) }()
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- r.Close(context.Background()) }()
	if got := heard(t, slow); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("the slow one: got %s, want 503 with Retry-After", got)
	}
	close(gate)
	if got := <-answers; got.status != http.StatusOK {
		t.Errorf("the one under way: got %s, want 200", got)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: got %v", err)
	}
	awaitEnd(t, silent)
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Accepted != 1 || stats.RequestsRefused[Closed] != 1 || stats.Conns != 0 {
		t.Errorf("got %+v", stats)
	}
	if _, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ListenHTTP afterwards: got %v, want ErrClosed", err)
	}
	idle.CloseIdleConnections()
	slow.Close()
	eventually(t, "all goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}

// Close ends with its context, even while a handler hangs.
func TestCloseHTTPInTime(t *testing.T) {
	entered := make(chan struct{})
	s := sink{before: func(ctx context.Context, _ []record.Record) error { close(entered); <-ctx.Done(); return ctx.Err() }}
	r := New(&s, Options{DrainTimeout: time.Millisecond})
	addr, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, addr)
	send(t, c, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"message\":\"a\"}"))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close: got %v, want its context's error", err)
	}
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Returned[Closed] != 1 || stats.Waiting != 0 {
		t.Errorf("got %+v, want one given back", stats)
	}
}

func TestHTTPUnderTLS(t *testing.T) {
	a := newAuthority(t)
	var s sink
	r, addr := listenAll(t, &s, Options{TLS: a.server(true)})
	f := func(h2 bool) {
		t.Helper()
		tr := &http.Transport{TLSClientConfig: a.client("client"), Protocols: new(http.Protocols)}
		tr.Protocols.SetHTTP1(!h2)
		tr.Protocols.SetHTTP2(h2)
		defer tr.CloseIdleConnections()
		got := do(t, &http.Client{Transport: tr}, http.MethodPost, "https://"+addr+"/ingest", strings.NewReader(`{"message":"a"}`))
		if got.status != http.StatusOK {
			t.Errorf("HTTP/2 %v: got %s", h2, got)
		}
	}
	f(false)
	f(true)
	checkMessages(t, s.await(t, 2), []string{"a", "a"})
	if got := post(t, addr, "/ingest", "{}"); got.status != http.StatusBadRequest {
		t.Errorf("without TLS: got %s, want 400", got)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.client("").RootCAs}}
	defer tr.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: tr}).Get("https://" + addr + "/ingest"); err == nil {
		resp.Body.Close()
		t.Error("without a certificate: got an answer")
	}
	eventually(t, "both rejected", func() bool { return r.Stats().Rejected[NoTLS] == 2 })
}

// What an address needs that strangers reach, a token gives as well.
func TestListenHTTPInTheOpen(t *testing.T) {
	r := newReceiver(t, &sink{}, Options{})
	_, err := r.ListenHTTP(t.Context(), "web", "0.0.0.0:0", all(r))
	if open, ok := errors.AsType[*OpenError](err); !ok || !open.Token || !strings.Contains(err.Error(), "it takes TLS, a token or an allow-list") {
		t.Errorf("got %v, want an OpenError", err)
	}
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := LoadTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	r = newReceiver(t, &sink{}, Options{Tokens: tokens})
	if _, err := r.ListenHTTP(t.Context(), "web", "0.0.0.0:0", all(r)); err != nil {
		t.Errorf("with a token: got %v", err)
	}
	if _, err := r.Listen(t.Context(), "tcp", "0.0.0.0:0"); err == nil {
		t.Error("a socket that knows no tokens: got nil, want an OpenError")
	}
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
	eventually(t, "all of them there", func() bool { return r.Stats().Conns == half && r.Stats().Requests == half/2 })
	eventually(t, "their memory taken", func() bool { return r.Stats().HeldBytes == half/2*firstBody })
	if got := post(t, addr, "/ingest", `{"message":"honest"}`); got.status != http.StatusOK {
		t.Errorf("an honest client: got %s", got)
	}
	got := (memory() - before) / half
	t.Logf("a client that does not go on, both its ends: %d bytes", got)
	if got > most {
		t.Errorf("a client that does not go on: got %d bytes, want at most %d", got, most)
	}
}
