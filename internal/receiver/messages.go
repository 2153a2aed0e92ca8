package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
	"github.com/jackdaw-log/jackdaw/record"
)

// ListenSyslog starts to receive syslog messages at an address, until Close: over tcp and udp, where address is
// host:port, unix (streams) and unixgram (datagrams, as /dev/log), where it is a path. The forms are those of
// package syslog. A stream parts its messages by their length, by newlines or by NULs, which is told from the first
// one, for each connection. There is no answer; as with frames, the end of the connection is the one signal.
// What is no message is rejected, and so is one longer than MaxFrame, of which the rest is skipped; the connection
// goes on, unless nobody can tell where the next message begins. It returns as Listen does.
func (r *Receiver) ListenSyslog(ctx context.Context, network, address string) (net.Addr, error) {
	addr, err := r.listenSyslog(ctx, network, address, r.ledger("syslog-"+network))
	if err != nil {
		return nil, listenError("syslog-"+network, address, err)
	}
	return addr, nil
}

func (r *Receiver) listenSyslog(ctx context.Context, network, address string, l *ledger) (net.Addr, error) {
	switch network {
	case "tcp":
		ln, err := listenTCP(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := r.mayListen(ln.Addr(), true, false); err != nil {
			ln.Close()
			return nil, err
		}
		return ln.Addr(), r.serveStream(ctx, ln, way{l: l, tls: r.tlsConfig(), lines: true, syslog: true})
	case "unix":
		ln, file, err := listenUnix(ctx, address, r.o.SocketMode)
		if err != nil {
			return nil, err
		}
		return ln.Addr(), r.serveStream(ctx, ln, way{l: l, name: "unix:" + address, file: file, lines: true, syslog: true})
	case "udp":
		pc, err := listenUDP(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := r.mayListen(pc.LocalAddr(), false, false); err != nil {
			pc.Close()
			return nil, err
		}
		return pc.LocalAddr(), r.servePackets(ctx, l, pc, packetWay{syslog: true})
	case "unixgram":
		pc, file, err := listenUnixgram(ctx, address, r.o.SocketMode)
		if err != nil {
			return nil, err
		}
		return pc.LocalAddr(), r.servePackets(ctx, l, pc, packetWay{name: "unix:" + address, file: file, syslog: true})
	}
	return nil, errors.New("unknown network; use tcp, udp, unix or unixgram")
}

// message decodes a syslog message into the batch, and hands the batch over when it is full.
func (r *Receiver) message(ctx context.Context, w *desk, d *syslog.Decoder, text []byte, peer string, now time.Time) {
	w.seen++
	rec := &w.batch[w.n]
	j := Reject{Reason: TooLong, Peer: peer, Length: len(text), First: text}
	if len(text) > r.o.MaxFrame {
		j.Detail = fmt.Sprintf("the message is %d bytes long, %d are taken at most", len(text), r.o.MaxFrame)
	} else if err := delivery.Contain(func() error { return d.Decode(text, now, rec) }); err != nil {
		*rec = record.Record{}
		if j.Reason, j.Detail = Undecodable, err.Error(); delivery.Panicked(err) {
			j.Reason = Panicked
		}
		if s := shapeOf(text); s != plainText && s != syslogLine && s != binaryData {
			j.Detail = fmt.Sprintf("this looks like %s, and this address takes syslog", s.name)
		}
	} else {
		rec.Peer, rec.Received = peer, now
		if w.n++; w.n == len(w.batch) {
			r.handOver(ctx, w, peer)
		}
		return
	}
	w.count()
	w.l.reject(j)
}

// settleTime is how long a stream must be silent before a newline is taken for the end of its first message.
const settleTime = 200 * time.Millisecond

// messages is what a connection that carries syslog knows of it.
type messages struct {
	framer  syslog.Framer
	decoder syslog.Decoder
	// toEnd is true while what is skipped ends with what ends a message, and false where c.skip counts it.
	toEnd bool
}

// receiveMessages is receive for syslog.
func (c *conn) receiveMessages(ctx context.Context) error {
	f := &c.messages.framer
	for begun := false; ; {
		err := c.waitMessages()
		if errors.Is(err, io.EOF) || errors.Is(err, errStalled) && c.skip == 0 && (f.Undecided() || f.Settle()) {
			c.lastMessages(ctx)
		}
		if errors.Is(err, errStalled) && !c.partial() {
			continue // it sends messages that nothing ends
		}
		if err != nil {
			return err
		}
		if !begun && c.held[0] != '<' && !isDigit(c.held[0]) { // which is no message, but what is it?
			if len(c.held) <= shapeLen {
				continue
			}
			if !c.maybeLines("syslog") {
				return errForeign
			}
		}
		begun = true
		if c.skip > 0 {
			c.held = c.held[:copy(c.held, c.skipped(c.held))]
		}
		if !c.hasMessage() {
			c.noEnd()
			continue
		}
		if err := c.workLines(ctx); err != nil {
			return err
		}
		if c.lostTrack {
			return errForeign
		}
		if len(c.held) == cap(c.held) { // of a message whose end is not there after all
			c.noEnd()
		}
	}
}

// waitMessages is wait, for a while only where a newline may be the end of a message: if nothing comes, it is.
func (c *conn) waitMessages() error {
	f := &c.messages.framer
	if !f.MaySettle() || c.skip > 0 || len(c.held) == cap(c.held) {
		return c.wait()
	}
	c.mu.Lock()
	closing := !c.drainAt.IsZero()
	if !closing {
		c.armed = time.Now().Add(settleTime)
		c.nc.SetReadDeadline(c.armed) // expired sorts it out afterwards
	}
	c.mu.Unlock()
	if closing {
		f.Settle()
		return nil
	}
	n, err := c.nc.Read(c.held[len(c.held):cap(c.held)])
	c.held = c.held[:len(c.held)+n]
	c.l.bytes.Add(uint64(n))
	switch {
	case n > 0:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.Settle()
		return nil
	}
	return err
}

// hasMessage reports whether there is something to take or to say of what is held, rather than to wait for more.
func (c *conn) hasMessage() bool {
	if c.skip > 0 || len(c.held) == 0 {
		return false
	}
	m := c.messages.framer.Next(c.held)
	return m.Text != nil || m.Bad || m.Length > c.longestLine() || m.Taken == len(c.held)
}

// takeMessages takes the messages that lie whole in b and returns what is left, unless that is skipped.
func (c *conn) takeMessages(ctx context.Context, w *desk, b []byte) (rest []byte) {
	now, s := time.Now(), c.messages
	for {
		if c.skip > 0 {
			if b = c.skipped(b); c.skip > 0 {
				return nil
			}
		}
		m := s.framer.Next(b)
		b = b[m.Taken:]
		switch {
		case m.Text != nil:
			c.r.message(ctx, w, &s.decoder, m.Text, c.peer, now)
		case m.Bad:
			c.lostTrack = true
			w.seen++
			w.count()
			c.reject(Foreign, b, "before a message stands no length, as before those that came; connection closed")
			return nil
		case m.Length > c.longestLine():
			w.seen++
			w.count()
			c.reject(TooLong, b, fmt.Sprintf("the message is %d bytes long, %d are taken at most", m.Length, c.r.o.MaxFrame))
			c.skip, s.toEnd = int64(m.Length), false
		default:
			return b
		}
	}
}

// skipped returns what follows in b what is skipped.
func (c *conn) skipped(b []byte) []byte {
	if c.messages.toEnd {
		end := bytes.IndexAny(b, "\n\x00")
		if end < 0 {
			return nil
		}
		c.skip = 0
		return b[end:]
	}
	n := min(c.skip, int64(len(b)))
	c.skip -= n
	return b[n:]
}

// skipMessage lets what is still to come of the message be skipped that rest, which is gone, is the beginning of.
func (c *conn) skipMessage(rest []byte) {
	s := c.messages
	c.skip, s.toEnd = 1, true
	if s.framer.Counted() {
		c.skip, s.toEnd = int64(s.framer.Next(rest).Length-len(rest)), false
	}
	s.framer.Drop()
}

// lastMessages takes what came before the end of the connection, the last message without its end; but not one whose
// length says that it is not there.
func (c *conn) lastMessages(ctx context.Context) {
	if len(c.held) == 0 || c.skip > 0 {
		return
	}
	w := c.r.desks.take(ctx, c.l)
	if w == nil {
		return
	}
	defer c.r.desks.put(w)
	s := c.messages
	s.framer.Settle()
	rest := c.takeMessages(ctx, w, c.held)
	if len(rest) > 0 && !isDigit(rest[0]) {
		c.r.message(ctx, w, &s.decoder, rest, c.peer, time.Now())
		s.framer.Drop()
		rest = nil
	}
	c.r.handOver(ctx, w, c.peer)
	c.lost = c.lost || w.lost > 0
	if len(rest) == 0 {
		c.release()
		c.held = c.small[:0]
	}
}
