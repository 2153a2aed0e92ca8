package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// conn is one connection. Its goroutine reads, because that is how the end of a connection is seen;
// everything else is for who holds the Socket's turn.
type conn struct {
	net.Conn
	opened time.Time
	wrote  time.Time // when something was written last
	bytes  int       // written
	whole  uint64    // records written whole

	// asked says that our side is closed: nothing more is written, and the peer should close its own
	// when it has read everything, by deadline.
	asked    bool
	deadline time.Time
	// first says that the peer closed its side before we did.
	first bool

	ended chan struct{} // closed when the goroutine has ended; nil for datagrams
	err   error         // why it ended; io.EOF: the peer closed its side
	said  []byte        // the beginning of what the peer sent
}

// maxSaid is how much is kept of what the peer sends, which should be nothing.
const maxSaid = 48

// newConn takes over a connection. A stream is read until it ends or is closed.
func newConn(c net.Conn, stream bool) *conn {
	now := time.Now()
	n := &conn{Conn: c, opened: now, wrote: now}
	if stream {
		n.ended = make(chan struct{})
		go n.read()
	}
	return n
}

func (c *conn) read() {
	defer close(c.ended)
	var buf [512]byte
	for {
		n, err := c.Read(buf[:])
		c.said = append(c.said, buf[:min(n, maxSaid-len(c.said))]...)
		if err != nil {
			c.err = err
			return
		}
	}
}

// close closes the connection and waits for its goroutine.
func (c *conn) close() {
	_ = c.Close() // whatever it says, the connection is gone, and its records are booked by what was read
	if c.ended != nil {
		<-c.ended
	}
}

// over reports whether the peer closed its side, or the connection broke.
func (c *conn) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// write writes p and returns how much of it was written. It ends with ctx's error when ctx ends, and
// with one of its own when nothing moved for the time of still.
func (c *conn) write(ctx context.Context, p []byte, still time.Duration) (n int, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		began := time.Now()
		if err := c.SetWriteDeadline(began.Add(still)); err != nil {
			return n, err
		}
		if ctx.Err() != nil { // looked at after the deadline was set, which may have undone stop's
			return n, ended(ctx)
		}
		m, err := c.Write(p[n:])
		n += m
		c.bytes += m
		c.wrote = time.Now()
		switch {
		case err == nil:
			return n, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return n, err
		case ctx.Err() != nil:
			return n, ended(ctx)
		case m == 0 && c.wrote.Sub(began) >= still:
			return n, fmt.Errorf("the receiver has not read for %v", still)
		}
		// Something moved, or the deadline was one that an earlier call's context had left.
	}
}

// ask closes our side: the peer sees the end of the stream after the last byte.
func (c *conn) ask(wait time.Duration) error {
	c.asked = true
	c.deadline = time.Now().Add(wait)
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	err := half.CloseWrite()
	if errors.Is(err, syscall.ENOTCONN) { // it was reset already, and reading shows why
		<-c.ended
		if !errors.Is(c.err, io.EOF) {
			return c.err
		}
	}
	return err
}

// hold is how long we keep our own side open when the peer closed its side first. As long as we do,
// a peer that dies with unread bytes is noticed; once our side is closed too, it is not.
const hold = 100 * time.Millisecond

// ackWait is how long an acknowledgement of the last byte is waited for when both sides are closed.
const ackWait = time.Second

// verdict tells what became of the bytes of a connection whose goroutine has ended: why is nil if the
// peer has read them all. It is not done if ctx ended first; it can be asked again then. What it goes
// by is in the package documentation.
func (c *conn) verdict(ctx context.Context) (why error, done bool) {
	if !errors.Is(c.err, io.EOF) {
		return c.err, true
	}
	if len(c.said) > 0 {
		return fmt.Errorf("it answered %q, which no receiver of this wire does; is the address right?", c.said), true
	}
	if !c.asked {
		c.first = true
		if sleep(ctx, hold) != nil {
			return nil, false
		}
		if _, _, err := delivered(c.Conn); err != nil {
			return err, true
		}
		if err := c.ask(0); err != nil {
			return err, true
		}
	}
	until, pause := time.Now().Add(ackWait), time.Millisecond
	for {
		late := time.Now().After(until) // looked at before, so that what was true in time is seen
		known, all, err := delivered(c.Conn)
		switch {
		case err != nil || all:
			return err, true
		case !known && c.first:
			return errors.New("it closed the connection, and this system does not say whether it had read everything"), true
		case !known:
			return nil, true
		case late:
			return errors.New("it closed the connection without acknowledging the last bytes"), true
		}
		if sleep(ctx, pause) != nil {
			return nil, false
		}
		pause = min(2*pause, 20*time.Millisecond)
	}
}

// sleep waits, or returns ctx's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ended(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended returns why ctx ended: ErrClosed if the Socket was closed, else ctx's own error, nil if it
// goes on.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrClosed) {
		return cause
	}
	return ctx.Err()
}
