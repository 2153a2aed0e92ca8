package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// How long an HTTP client may take for the head of a request, and do nothing between two requests; the body has
// a pace of its own. The second is longer than exporters wait between batches.
const (
	headTimeout = 10 * time.Second
	idleTimeout = 3 * time.Minute
	// pingAfter is when a client of HTTP/2 that says nothing is asked whether it is there.
	pingAfter = time.Minute
	// writeTimeout is how long a client may take to read an answer.
	writeTimeout = 30 * time.Second
	// maxHead bounds the head of a request.
	maxHead = 64 << 10
	// maxStreams is how many requests one connection of HTTP/2 may have under way.
	maxStreams = 100
	// lastAnswers is how long answers that are written may take to leave, at Close.
	lastAnswers = 250 * time.Millisecond
)

// ListenHTTP starts to serve requests at address, host:port, by h until Close, over HTTP/1.1 and HTTP/2, with or
// without TLS as Options say. It returns the address it listens on, and errors, as Listen does. Its connections
// count with the others, under name. h is one of the Receiver's own handlers, such as OTLP, Ingest and Forms, or has
// them in it: they know the tokens; other handlers must look after themselves.
func (r *Receiver) ListenHTTP(ctx context.Context, name, address string, h http.Handler) (net.Addr, error) {
	ln, err := listenTCP(ctx, "tcp", address)
	if err == nil {
		if err = r.mayListen(ln.Addr(), true, true); err == nil {
			err = r.serveHTTP(ctx, ln, name, h)
		}
		if err != nil {
			ln.Close()
		}
	}
	if err != nil {
		return nil, listenError(name, address, err)
	}
	return ln.Addr(), nil
}

func (r *Receiver) serveHTTP(ctx context.Context, ln net.Listener, name string, h http.Handler) error {
	s := &server{r: r, l: r.ledger(name)}
	s.http = &http.Server{
		Handler:           s.tracked(h),
		ReadHeaderTimeout: headTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHead,
		ErrorLog:          log.New(s, "", 0),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: maxStreams, SendPingTimeout: pingAfter, WriteByteTimeout: writeTimeout,
		},
		Protocols: new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetHTTP2(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	s.http.TLSConfig = r.tlsConfig("h2", "http/1.1")
	doors := &doors{Listener: ln, r: r, l: s.l}
	return r.start(ctx, &inlet{network: name, address: ln.Addr().String()}, func() { ln.Close() }, func(ctx context.Context) { s.serve(ctx, doors) })
}

// server serves the requests that come in at one address.
type server struct {
	r       *Receiver
	l       *ledger
	http    *http.Server
	handled sync.WaitGroup // requests in the hands of the handler
}

// tracked knows the requests that are under way.
func (s *server) tracked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		s.handled.Add(1)
		defer s.handled.Done()
		h.ServeHTTP(w, req)
	})
}

// serve serves until the listener is closed, and then what is under way.
func (s *server) serve(ctx context.Context, ln net.Listener) {
	s.http.BaseContext = func(net.Listener) context.Context { return withWhole(ctx) }
	// The error is that the listener was closed.
	if s.http.TLSConfig != nil {
		_ = s.http.ServeTLS(ln, "", "")
	} else {
		_ = s.http.Serve(ln)
	}
	cut := context.AfterFunc(ctx, func() { s.http.Close() })
	defer cut()
	// Connections that are open and say nothing need not end by themselves; requests do, since their reading
	// ends with the time for it, and their handling with ctx.
	for _, patience := range []time.Duration{s.r.o.DrainTimeout, lastAnswers} {
		ctx, cancel := context.WithTimeout(ctx, patience)
		err := s.http.Shutdown(ctx)
		cancel()
		if err == nil {
			return
		}
		s.handled.Wait()
	}
	s.http.Close()
}

// Write takes what the server of the standard library says of its connections.
func (s *server) Write(p []byte) (int, error) {
	text := strings.TrimPrefix(strings.TrimSpace(string(p)), "http: ")
	if rest, ok := strings.CutPrefix(text, "TLS handshake error from "); ok {
		if peer, why, ok := strings.Cut(rest, ": "); ok && why != "EOF" {
			s.l.frames.Add(1)
			s.l.reject(Reject{Reason: NoTLS, Peer: peer, Detail: "no agreement on TLS: " + why})
		}
		return len(p), nil
	}
	s.l.notice(SocketError, "", text)
	return len(p), nil
}

// doors accepts connections that are admitted.
type doors struct {
	net.Listener
	r *Receiver
	l *ledger
}

// Accept waits for a connection that is admitted. Errors that pass are waited out.
func (d *doors) Accept() (net.Conn, error) {
	pause := firstSocketPause
	for {
		nc, err := d.Listener.Accept()
		if err != nil {
			if d.r.isStopping() || errors.Is(err, net.ErrClosed) {
				return nil, err
			}
			d.l.notice(SocketError, "", "accept on "+d.Addr().String()+": "+err.Error()+"; trying again")
			d.r.pause(pause)
			pause = min(2*pause, longestSocketPause)
			continue
		}
		pause = firstSocketPause
		v, ok := d.r.admit(d.l, nc, nc.RemoteAddr().String())
		if ok {
			return &visitor{Conn: nc, v: v, r: d.r}, nil
		}
		nc.Close()
	}
}

// visitor is a connection that was admitted, until it is closed.
type visitor struct {
	net.Conn
	v    visit
	r    *Receiver
	once sync.Once

	mu    sync.Mutex // guards first
	first []byte     // what came first
}

// Read reads, and counts what came.
func (c *visitor) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.v.l.bytes.Add(uint64(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := firstLen - len(c.first); room > 0 {
		c.first = append(c.first, p[:min(n, room)]...)
	}
	return n, err
}

// Write writes. What the server of the standard library answers by itself, to what is no request or has too long a
// head, no handler hears of: it is rejected here.
func (c *visitor) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("HTTP/1.1 4")) && bytes.Contains(p, []byte("\r\nConnection: close\r\n\r\n4")) {
		c.rejected(p)
	}
	return c.Conn.Write(p)
}

// rejected counts what was answered by p.
func (c *visitor) rejected(p []byte) {
	c.mu.Lock()
	first := bytes.Clone(c.first)
	c.mu.Unlock()
	j := Reject{Reason: Foreign, Peer: c.RemoteAddr().String(), Length: len(first), First: first}
	switch s := shapeOf(first); {
	case bytes.HasPrefix(p, []byte("HTTP/1.1 431")):
		j.Reason, j.Detail = TooLong, fmt.Sprintf("the head of the request is longer than %d bytes; a body may be longer", maxHead)
	case s == httpCall:
		_, why, _ := bytes.Cut(p, []byte("\r\n\r\n"))
		j.Detail = fmt.Sprintf("the request cannot be read: %s", bytes.TrimSpace(why))
	case len(first) >= shapeLen && beginsRecord(first[prefixLen:]):
		j.Detail = "this looks like a frame of Python's SocketHandler: this port takes HTTP"
	default:
		j.Detail = fmt.Sprintf("this looks like %s: this port takes HTTP", s.name)
	}
	c.v.l.frames.Add(1)
	c.v.l.reject(j)
}

// Close closes the connection.
func (c *visitor) Close() error {
	c.once.Do(func() { c.r.leave(c.v) })
	return c.Conn.Close()
}
