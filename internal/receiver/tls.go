package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// handshakeTimeout is how long a client may take to agree on TLS.
const handshakeTimeout = 10 * time.Second

// firstLen is how much is kept of what a client sends first, to tell what it is.
const firstLen = 64

// sealed is a connection under TLS. It can be read without waiting, as a [tls.Conn] cannot.
type sealed struct {
	*tls.Conn
	under *underTLS
}

func newSealed(nc net.Conn, config *tls.Config) *sealed {
	under := &underTLS{Conn: nc, try: newTryReader(nc)}
	return &sealed{tls.Server(under, config), under}
}

// underTLS is what TLS reads from.
type underTLS struct {
	net.Conn
	try    *tryReader
	trying bool   // whether the read is to return without waiting; of the one goroutine that reads
	first  []byte // what came first
}

// Read reads what there is, or waits for it.
func (u *underTLS) Read(p []byte) (n int, err error) {
	if !u.trying {
		n, err = u.Conn.Read(p)
	} else if n, err = u.try.read(p); n == 0 && err == nil {
		return 0, notYet{}
	}
	if room := firstLen - len(u.first); room > 0 {
		u.first = append(u.first, p[:min(n, room)]...)
	}
	return n, err
}

// notYet says that nothing is there to be read now. As an error of the network that will pass, it leaves the
// state of TLS as it is.
type notYet struct{}

func (notYet) Error() string { return "nothing there yet" }

// Timeout and Temporary make it a [net.Error] that passes.
func (notYet) Timeout() bool   { return true }
func (notYet) Temporary() bool { return true }

// tryRead reads what is there without waiting, as tryReader.read does.
func (s *sealed) tryRead(p []byte) (int, error) {
	s.under.trying = true
	n, err := s.Read(p)
	s.under.trying = false
	if n > 0 || err == nil || errors.Is(err, notYet{}) {
		return n, nil
	}
	return 0, nil // a read that waits will find it again
}

// handshake agrees on TLS. Where that fails, the error says why; unless the client went away without a
// word, that is rejected.
func (c *conn) handshake(ctx context.Context, s *sealed) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	err := s.HandshakeContext(ctx)
	if err == nil || len(s.under.first) == 0 {
		return err
	}
	c.l.frames.Add(1)
	c.l.reject(Reject{Reason: NoTLS, Peer: c.peer, Detail: handshakeDetail(err, s.under.first), Length: len(s.under.first), First: s.under.first})
	return err
}

func handshakeDetail(err error, first []byte) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); !ok {
		return fmt.Sprintf("no agreement on TLS: %v", err)
	}
	name := shapeOf(first).name
	if len(first) >= shapeLen && beginsRecord(first[prefixLen:]) {
		name = "a record"
	}
	return fmt.Sprintf("this looks like %s without TLS, which this port takes only; have the sender use TLS", name)
}

// tlsConfig is how connections are protected, nil if they are not.
func (r *Receiver) tlsConfig(protocols ...string) *tls.Config {
	if r.o.TLS == nil {
		return nil
	}
	return r.o.TLS.config(protocols...)
}
