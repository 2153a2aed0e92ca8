package receiver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// prefixLen is the length of the length before each payload. It is wire format.
const prefixLen = 4

const (
	// smallLen is the buffer that each connection has of its own, and waits for bytes with.
	smallLen = 2 << 10
	// maxRounds is how many chunks a connection that never runs dry takes before it lets others at
	// its desk.
	maxRounds = 64
)

// Why receiving from a connection ended, beside the errors of the network.
var (
	errForeign = errors.New("no frame")
	errStalled = errors.New("half a frame stood still")
	errDrained = errors.New("receiver closed")
)

// conn is a connection. Its goroutine waits, with nothing but small, for bytes; then it takes a
// desk, reads on there as long as there is something to read, hands over the records, and
// leaves the desk with what is left of a frame.
type conn struct {
	visit
	r  *Receiver
	in *inlet
	nc net.Conn
	// under is the socket: nc, or what is below it.
	under net.Conn
	peer  string
	// prepare, if any, comes before the first frame.
	prepare func(ctx context.Context) error
	// try reads what is there without waiting. It returns 0 and no error where there is nothing, and
	// where it cannot tell.
	try func(p []byte) (int, error)

	// held is what has arrived and is not taken. It lies in small, unless want > 0: then it is
	// a buffer of its own, charged to the budget by its capacity, that holds a part of one frame.
	held  []byte
	want  int   // length of the frame in held, prefix included
	skip  int64 // bytes still to come of a frame that was rejected
	lost  bool  // whether records were dropped
	lines bool  // whether lines are received, and not frames; see lines.go
	// messages is there where the lines are messages of syslog, which need not be lines; lostTrack says that
	// nobody can tell where the next one begins.
	messages  *messages
	lostTrack bool
	left      int // how often it was read after drainAt
	small     [smallLen]byte

	mu      sync.Mutex // guards what follows, and the read deadline of nc
	armed   time.Time  // the read deadline that is set for half a frame
	still   time.Time  // when the wait for the rest of half a frame began
	drainAt time.Time  // when waiting for more ends; zero until Close is called
	cut     bool       // whether it is to end at once, whatever there is still to read
}

// receive takes what the peer sends until its end. It returns nil for an end of stream.
func (c *conn) receive(ctx context.Context) error {
	if c.prepare != nil {
		if err := c.prepare(ctx); err != nil {
			return err
		}
	}
	switch {
	case c.messages != nil:
		return c.receiveMessages(ctx)
	case c.lines:
		return c.receiveLines(ctx)
	}
	for {
		if err := c.wait(); err != nil {
			return err
		}
		if c.want > len(c.held) {
			c.grow()
			continue
		}
		if err := c.work(ctx); err != nil {
			return err
		}
	}
}

// wait waits for bytes and reads them into what room held has, which is never none.
func (c *conn) wait() error {
	if c.left > 0 {
		return c.readLeft()
	}
	c.arm()
	for {
		n, err := c.nc.Read(c.held[len(c.held):cap(c.held)])
		if n > 0 {
			c.held = c.held[:len(c.held)+n]
			c.l.bytes.Add(uint64(n))
			return nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = c.expired()
		}
		if err == errDrained {
			return c.readLeft()
		}
		if err != nil {
			return err
		}
	}
}

// partial reports whether the peer is in the middle of a frame.
func (c *conn) partial() bool { return len(c.held) > 0 || c.skip > 0 }

// arm sees to it that a wait for the rest of a frame ends. A deadline that is set is left as it is,
// since setting it at each wait would cost more than the reading; expired sorts out what it meant.
func (c *conn) arm() {
	if !c.partial() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = time.Now()
	if c.armed.IsZero() && c.drainAt.IsZero() {
		c.armed = c.still.Add(c.r.o.StallTimeout)
		c.nc.SetReadDeadline(c.armed)
	}
}

// expired returns why the connection ends with the read deadline, or sets the right one.
func (c *conn) expired() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if !c.drainAt.IsZero() {
		if now.Before(c.drainAt) {
			return c.nc.SetReadDeadline(c.drainAt)
		}
		return errDrained
	}
	c.armed = time.Time{}
	if c.partial() {
		c.armed = c.still.Add(c.r.o.StallTimeout)
		if !now.Before(c.armed) {
			return errStalled
		}
	}
	return c.nc.SetReadDeadline(c.armed)
}

// drain lets reading end at the given time, or with what the peer had sent by then, and tells the peer that it will. A
// time that is not to come is its end at once. It may be called from any goroutine.
func (c *conn) drain(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.drainAt.IsZero()
	c.drainAt, c.cut = at, !at.After(time.Now())
	c.nc.SetReadDeadline(at)
	// Under TLS, too, it is the socket's end: a client that reads nothing would have TLS's unread.
	if half, ok := c.under.(interface{ CloseWrite() error }); ok && first {
		half.CloseWrite()
	}
}

// work takes what is held and what more there is to read, until there is nothing or only a part of a
// frame.
func (c *conn) work(ctx context.Context) error {
	w := c.r.desks.take(ctx, c.l)
	if w == nil {
		return errDrained
	}
	defer func() {
		c.lost = c.lost || w.lost > 0
		c.r.desks.put(w)
	}()
	now := time.Now()
	more := len(c.held) == cap(c.held)
	end := 0 // chunk[:end] is to be taken
	if c.want > 0 {
		c.r.frame(ctx, w, c.held[prefixLen:], c.peer, now)
		c.release()
	} else {
		end = copy(w.chunk, c.held)
		c.held = c.small[:0]
	}
	for round := 1; ; round++ {
		taken, err := c.frames(ctx, w, w.chunk[:end], now)
		c.r.handOver(ctx, w, c.peer)
		if err != nil {
			return err
		}
		end = copy(w.chunk, w.chunk[taken:end])
		if !more || round == maxRounds {
			break
		}
		if round > 1 { // the last read left something
			c.r.desks.widen(w, end)
		}
		n, err := c.try(w.chunk[end:])
		if err != nil {
			c.keep(w.chunk[:end])
			return err
		}
		if n == 0 {
			break
		}
		c.l.bytes.Add(uint64(n))
		now = time.Now()
		more = n == len(w.chunk)-end
		end += n
	}
	c.keep(w.chunk[:end])
	return nil
}

// frameLen returns the length of the frame that b begins with, prefix included.
func frameLen(b []byte) int64 { return prefixLen + int64(binary.BigEndian.Uint32(b)) }

// frames takes the frames that lie whole in b and returns how many bytes they are.
func (c *conn) frames(ctx context.Context, w *desk, b []byte, now time.Time) (taken int, err error) {
	for {
		if c.skip > 0 {
			n := min(c.skip, int64(len(b)-taken))
			c.skip -= n
			taken += int(n)
		}
		rest := b[taken:]
		if len(rest) < prefixLen {
			return taken, nil
		}
		length := frameLen(rest)
		switch {
		case length > int64(prefixLen+c.r.o.MaxFrame):
			if len(rest) < shapeLen {
				return taken, nil
			}
			w.seen++
			w.count()
			if !beginsRecord(rest[prefixLen:]) || isSwapped(rest) {
				c.foreign(rest)
				return len(b), errForeign
			}
			c.reject(TooLong, rest, fmt.Sprintf("the frame is %d bytes long, %d are taken at most", length-prefixLen, c.r.o.MaxFrame))
			taken += prefixLen
			c.skip = length - prefixLen
		case length == prefixLen:
			w.seen++
			w.count()
			c.reject(Empty, rest, "the frame is empty")
			taken += prefixLen
		case length > int64(len(rest)):
			return taken, nil
		default:
			c.r.frame(ctx, w, rest[prefixLen:length], c.peer, now)
			taken += int(length)
		}
	}
}

// keep holds rest, the part of a frame, for the time without a desk.
func (c *conn) keep(rest []byte) {
	if len(rest) < smallLen {
		c.held = c.small[:copy(c.small[:], rest)]
		return
	}
	c.want = c.longestLine()
	if !c.lines {
		c.want = int(frameLen(rest))
	}
	size := c.room(len(rest))
	if !c.r.budget.take(c.bytesOf, int64(size)) {
		c.giveUp(rest)
		return
	}
	c.held = append(make([]byte, 0, size), rest...)
}

// room returns how large a buffer the frame gets of which n bytes have arrived: twice that, or what it
// needs in all where that is little more. What was announced counts for nothing else.
func (c *conn) room(n int) int {
	if c.want <= 3*n {
		return c.want
	}
	return 2 * n
}

// grow makes room in held for more of its frame, where there is none.
func (c *conn) grow() {
	if len(c.held) < cap(c.held) {
		return
	}
	size := c.room(cap(c.held))
	if !c.r.budget.take(c.bytesOf, int64(size)) {
		held := c.held
		c.giveUp(held)
		c.r.budget.give(c.bytesOf, int64(cap(held)))
		return
	}
	old := c.held
	c.held = append(make([]byte, 0, size), old...)
	c.r.budget.give(c.bytesOf, int64(cap(old)))
}

// giveUp rejects the frame that rest is a part of, and skips what is still to come of it.
func (c *conn) giveUp(rest []byte) {
	c.l.frames.Add(1)
	c.reject(NoRoom, rest, fmt.Sprintf("no room for the frame: frames that have not arrived whole hold %d bytes, of which %d may be of one peer; that is the limit", c.r.o.HeldBytes, c.r.o.PeerBytes))
	if c.skip = int64(c.want - len(rest)); c.messages != nil {
		c.skipMessage(rest)
	}
	c.held, c.want = c.small[:0], 0
}

// release gives back the buffer of a frame.
func (c *conn) release() {
	if c.want > 0 {
		c.r.budget.give(c.bytesOf, int64(cap(c.held)))
		c.held, c.want = c.small[:0], 0
	}
}

// reject rejects the frame that b begins with.
func (c *conn) reject(reason Reason, b []byte, detail string) {
	if c.lines {
		c.l.reject(Reject{Reason: reason, Peer: c.peer, Detail: detail, Length: len(b), First: b})
		return
	}
	length := min(frameLen(b)-prefixLen, int64(^uint(0)>>1))
	c.l.reject(Reject{Reason: reason, Peer: c.peer, Detail: detail, Length: int(length), First: b[prefixLen:]})
}

// foreign rejects b, which is no frame.
func (c *conn) foreign(b []byte) {
	s := shapeOf(b)
	detail := fmt.Sprintf("this looks like %s: %s", s.name, s.advice)
	c.l.reject(Reject{Reason: Foreign, Peer: c.peer, Detail: detail, Length: len(b), First: b})
}

// end closes the connection, which ended with err, and counts the half frame that was left.
func (c *conn) end(err error) {
	b := c.held
	switch {
	case c.lines:
		c.endOfLines(err)
	case len(b) == 0:
		if errors.Is(err, errStalled) {
			c.l.notice(Stalled, c.peer, "the rest of a frame that was skipped did not come; connection closed")
		}
	case len(b) >= prefixLen && frameLen(b) > int64(prefixLen+c.r.o.MaxFrame):
		c.l.frames.Add(1)
		c.foreign(b)
	default:
		c.l.frames.Add(1)
		j := Reject{Reason: Half, Peer: c.peer, Length: len(b), First: b}
		of := "its length"
		if len(b) >= prefixLen {
			j.First, j.Length = b[prefixLen:], int(frameLen(b)-prefixLen)
			of = fmt.Sprintf("%d bytes", frameLen(b))
		}
		j.Detail = fmt.Sprintf("the connection ended after %d bytes of %s", len(b), of)
		if errors.Is(err, errStalled) {
			j.Reason = Stalled
			j.Detail = fmt.Sprintf("nothing came for %v after %d bytes of %s; connection closed", c.r.o.StallTimeout, len(b), of)
		}
		c.l.reject(j)
	}
	c.release()
	if tcp, ok := c.under.(*net.TCPConn); ok && c.lost {
		tcp.SetLinger(0) // a reset: the peer must not take this for custody
	}
	c.nc.Close()
}
