package receiver

import (
	"errors"
	"os"
	"time"
)

const (
	// maxLeft is how often a connection is read after drainAt, each time for as long as there is something: more
	// than the kernels of both ends hold, and not for ever where the peer goes on writing.
	maxLeft = 16
	// leftPause is how long what is on its way between the two may take, after the first time.
	leftPause = 50 * time.Millisecond
)

// readLeft reads after drainAt what the peer had sent by then, and is wait from then on: on a machine that is slow
// it may be much, of peers that have long ended.
func (c *conn) readLeft() error {
	if c.left++; c.left > maxLeft || !c.readUntil(time.Time{}) {
		return errDrained
	}
	p := c.held[len(c.held):cap(c.held)]
	n, err := c.try(p)
	if n == 0 && err == nil && c.left > 1 && c.readUntil(time.Now().Add(leftPause)) {
		n, err = c.nc.Read(p)
	}
	if n > 0 {
		c.held = c.held[:len(c.held)+n]
		c.l.bytes.Add(uint64(n))
		return nil
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		err = errDrained
	}
	return err
}

// readUntil sets the read deadline, none where it is zero, and reports whether there is still time to read.
func (c *conn) readUntil(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	c.nc.SetReadDeadline(at)
	return true
}
