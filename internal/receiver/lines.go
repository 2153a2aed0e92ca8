package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
)

// ListenLines starts to receive JSON lines over TCP at address, host:port, until Close: one record a line, in
// the forms of package jsonl, ended by a newline. There is no answer; as with frames, the end of the connection
// is the one signal. A line that is no record is rejected, and so is one longer than MaxFrame, of which the rest
// is skipped; the connection goes on. It returns as Listen does.
func (r *Receiver) ListenLines(ctx context.Context, address string) (net.Addr, error) {
	ln, err := listenTCP(ctx, "tcp", address)
	if err == nil {
		if err = r.mayListen(ln.Addr(), true, false); err != nil {
			ln.Close()
		}
	}
	if err == nil {
		err = r.serveStream(ctx, ln, way{l: r.ledger("jsonl"), tls: r.tlsConfig(), lines: true})
	}
	if err != nil {
		return nil, listenError("jsonl", address, err)
	}
	return ln.Addr(), nil
}

// longestLine is the longest line, with its newline, or message, with its length.
func (c *conn) longestLine() int {
	if c.messages != nil {
		return c.r.o.MaxFrame + syslog.MaxHead
	}
	return c.r.o.MaxFrame + 1
}

// receiveLines is receive for lines.
func (c *conn) receiveLines(ctx context.Context) error {
	for begun := false; ; {
		seen := len(c.held)
		err := c.wait()
		if errors.Is(err, io.EOF) && len(c.held) > 0 && c.skip == 0 {
			c.lastLine(ctx)
		}
		if err != nil {
			return err
		}
		if !begun && len(c.held) > shapeLen {
			if begun = true; !c.maybeLines("JSON lines") {
				return errForeign
			}
		}
		if bytes.IndexByte(c.held[seen:], '\n') < 0 {
			c.noEnd()
			continue
		}
		if err := c.workLines(ctx); err != nil {
			return err
		}
	}
}

// maybeLines reports whether a connection begins as lines may, or other text, and rejects what is clearly something
// else than what is wanted.
func (c *conn) maybeLines(wanted string) bool {
	s := shapeOf(c.held)
	switch {
	case beginsRecord(c.held[prefixLen:]) && c.held[0] < ' ' && frameLen(c.held) <= maxMaxFrame:
		s = shape{name: "a frame of Python's SocketHandler"}
	case s != tlsHello && s != httpCall && s != sshBanner && s != proxyHello:
		return true
	}
	c.l.frames.Add(1)
	c.reject(Foreign, c.held, fmt.Sprintf("this looks like %s: this port takes %s", s.name, wanted))
	c.held = c.held[:0]
	return false
}

// noEnd makes room for more of a line whose end is not there, or skips it.
func (c *conn) noEnd() {
	switch {
	case c.skip > 0:
		c.held = c.held[:0]
	case len(c.held) < cap(c.held):
	case len(c.held) >= c.longestLine():
		c.l.frames.Add(1)
		c.tooLong(c.held)
		if c.skip = 1; c.messages != nil { // to its newline
			c.skipMessage(c.held)
		}
		c.release()
		c.held = c.held[:0]
	case c.want > 0:
		c.grow()
	default:
		c.keep(c.held)
	}
}

func (c *conn) tooLong(line []byte) {
	c.reject(TooLong, line, fmt.Sprintf("the line is longer than %d bytes", c.r.o.MaxFrame))
}

// lastLine takes what came before the end of the connection without a newline.
func (c *conn) lastLine(ctx context.Context) {
	w := c.r.desks.take(ctx, c.l)
	if w == nil {
		return
	}
	defer c.r.desks.put(w)
	c.line(ctx, w, bytes.TrimSpace(c.held), time.Now())
	c.r.handOver(ctx, w, c.peer)
	c.lost = c.lost || w.lost > 0
	c.release()
	c.held = c.small[:0]
}

// workLines takes the lines, or messages, that are held and what more there is to read, as work does.
func (c *conn) workLines(ctx context.Context) error {
	w := c.r.desks.take(ctx, c.l)
	if w == nil {
		return errDrained
	}
	defer func() {
		c.lost = c.lost || w.lost > 0
		c.r.desks.put(w)
	}()
	more := len(c.held) == cap(c.held)
	take := c.takeLines
	if c.messages != nil {
		take = c.takeMessages
	}
	rest := take(ctx, w, c.held)
	if len(rest) > len(w.chunk)/2 { // the beginning of a long line after another one
		c.r.handOver(ctx, w, c.peer)
		c.held = c.held[:copy(c.held, rest)]
		return nil
	}
	end := copy(w.chunk, rest)
	c.release()
	c.held = c.small[:0]
	for round := 1; ; round++ {
		c.r.handOver(ctx, w, c.peer)
		if !more || round == maxRounds || end == len(w.chunk) {
			break
		}
		if round > 1 { // the last read left something
			c.r.desks.widen(w, end)
		}
		n, err := c.try(w.chunk[end:])
		if n == 0 || err != nil {
			break // a read that waits will find the error again
		}
		c.l.bytes.Add(uint64(n))
		more = n == len(w.chunk)-end
		end = copy(w.chunk, take(ctx, w, w.chunk[:end+n]))
	}
	c.keep(w.chunk[:end])
	return nil
}

// takeLines takes the lines that lie whole in b and returns what is left, unless that is skipped.
func (c *conn) takeLines(ctx context.Context, w *desk, b []byte) (rest []byte) {
	now := time.Now()
	for {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		switch {
		case !whole && c.skip > 0:
			return nil
		case !whole:
			return b
		case c.skip > 0:
			c.skip = 0
		default:
			c.line(ctx, w, bytes.TrimSpace(line), now)
		}
		b = rest
	}
}

// line takes a line without the space around it.
func (c *conn) line(ctx context.Context, w *desk, line []byte, now time.Time) {
	if len(line) == 0 {
		return
	}
	if line[0] == '{' && len(line) <= c.r.o.MaxFrame {
		c.r.frame(ctx, w, line, c.peer, now)
		return
	}
	w.seen++
	w.count()
	if len(line) > c.r.o.MaxFrame {
		c.tooLong(line)
		return
	}
	detail := "a line is to be a JSON object"
	if s := shapeOf(line); s != plainText && s != binaryData && s != bareJSON {
		detail = fmt.Sprintf("this looks like %s, and %s", s.name, detail)
	}
	c.reject(Undecodable, line, detail)
}

// endOfLines counts what is left of a line when its connection has ended.
func (c *conn) endOfLines(err error) {
	b, what, end := c.held, "line", ", before its newline"
	if c.messages != nil {
		what, end = "message", ""
	}
	switch {
	case errors.Is(err, errForeign):
	case errors.Is(err, errStalled) && len(b) == 0:
		c.l.notice(Stalled, c.peer, "the rest of a "+what+" that was skipped did not come; connection closed")
	case errors.Is(err, errStalled):
		c.l.frames.Add(1)
		c.reject(Stalled, b, fmt.Sprintf("nothing came for %v after %d bytes of a %s; connection closed", c.r.o.StallTimeout, len(b), what))
	case len(b) > 0:
		c.l.frames.Add(1)
		c.reject(Half, b, fmt.Sprintf("the connection ended after %d bytes of a %s%s", len(b), what, end))
	}
}
