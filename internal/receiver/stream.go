package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// keepAlive finds peers that are gone without a word. Eight minutes of a broken network are survived,
// since a close costs a Python client two records at least.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 30 * time.Second, Count: 14}

func listenTCP(ctx context.Context, network, address string) (net.Listener, error) {
	lc := net.ListenConfig{KeepAliveConfig: keepAlive}
	return lc.Listen(ctx, network, address)
}

// lastAccept is how long connections that the kernel has already taken are still accepted at Close,
// since what they sent would be lost otherwise.
const lastAccept = 10 * time.Millisecond

// way is one way in: what is known of the connections that a listener accepts.
type way struct {
	l *ledger
	// name is the peer's where it has no address of its own.
	name string
	file *socketFile
	// tls is how connections are protected, nil if they are not.
	tls *tls.Config
	// lines is true for JSON lines and for syslog, and false for frames; syslog tells the two apart.
	lines, syslog bool
}

// serveStream receives from the connections of ln, which it closes.
func (r *Receiver) serveStream(ctx context.Context, ln net.Listener, w way) error {
	in := &inlet{network: w.l.name, address: ln.Addr().String()}
	accepted := make(chan struct{}) // closed when the last connection is
	stop := func() {
		w.file.remove()
		d, ok := ln.(interface{ SetDeadline(time.Time) error })
		if !ok || d.SetDeadline(time.Now().Add(lastAccept)) != nil {
			ln.Close()
		}
		<-accepted
	}
	err := r.start(ctx, in, stop, func(ctx context.Context) {
		defer close(accepted)
		r.accept(ctx, ln, w, in)
	})
	if err != nil {
		w.file.remove()
		ln.Close()
	}
	return err
}

// The first and the longest pause after accepting or reading failed.
const firstSocketPause, longestSocketPause = 5 * time.Millisecond, time.Second

// accept takes connections until Close or Shut. An error, such as too many open files, is waited out.
func (r *Receiver) accept(ctx context.Context, ln net.Listener, w way, in *inlet) {
	defer ln.Close()
	pause := firstSocketPause
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = firstSocketPause
			r.serve(ctx, nc, w, in)
		case r.isStopping(), in.shut.Load(), errors.Is(err, net.ErrClosed):
			for nc := acceptNow(ln); nc != nil; nc = acceptNow(ln) {
				r.serve(ctx, nc, w, in)
			}
			return
		default:
			w.l.notice(SocketError, "", fmt.Sprintf("accept on %s: %v; trying again", ln.Addr(), err))
			r.pause(pause)
			pause = min(2*pause, longestSocketPause)
		}
	}
}

// serve receives from nc, in a goroutine of its own, or closes it where there are too many.
func (r *Receiver) serve(ctx context.Context, nc net.Conn, w way, in *inlet) {
	peer := peerOf(nc, w.name)
	v, ok := r.admit(w.l, nc, peer)
	if !ok {
		nc.Close()
		return
	}
	c := &conn{visit: v, r: r, in: in, nc: nc, under: nc, peer: peer, lines: w.lines}
	if w.syslog {
		c.messages = new(messages)
	}
	if w.tls != nil {
		s := newSealed(nc, w.tls)
		c.nc, c.try, c.prepare = s, s.tryRead, func(ctx context.Context) error { return c.handshake(ctx, s) }
	} else {
		c.try = newTryReader(nc).read
	}
	c.held = c.small[:0]
	r.mu.Lock()
	r.conns[c] = struct{}{}
	r.mu.Unlock()
	r.run(in, func() {
		c.end(c.receive(ctx))
		r.mu.Lock()
		delete(r.conns, c)
		r.gone.add(c.peer)
		r.mu.Unlock()
		r.leave(v)
	})
}

// peerOf names the peer of a connection: by its address, or else by name and, where the system
// tells, its process.
func peerOf(nc net.Conn, name string) string {
	if name == "" {
		return nc.RemoteAddr().String()
	}
	if pid := peerPID(nc); pid > 0 {
		return fmt.Sprintf("%s[%d]", name, pid)
	}
	return name
}
