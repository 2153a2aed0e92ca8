package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// refusalWait is how long Once waits for the word that nobody listens for its datagram.
const refusalWait = 50 * time.Millisecond

// Once sends a single record: it connects, writes, closes its side, and waits for the receiver to close
// the other, all within ctx. Only then it returns nil. Over unix datagrams nil says that the receiver's
// socket has the record, over UDP only that nobody refused it at once.
//
// An empty network or address stands for what [Options] says. A receiver that is not there is an error
// that wraps the system's own ([syscall.ECONNREFUSED], [io/fs.ErrNotExist]), one that closed the
// connection without having read the record an error that wraps [ErrUnconfirmed].
func Once(ctx context.Context, network, address string, r *record.Record) error {
	o, err := Options{Network: network, Address: address}.withDefaults()
	if err != nil {
		return err
	}
	if err := o.once(ctx, r); err != nil {
		return fmt.Errorf("send to %s %s: %w", o.Network, o.Address, err)
	}
	return nil
}

func (o *Options) once(ctx context.Context, r *record.Record) error {
	out := frames{encode: pickle.AppendFrame, max: o.MaxFrame}
	if _, err := out.fill([]record.Record{*r}); err != nil {
		return err
	}
	d := net.Dialer{Timeout: o.DialTimeout}
	dialled, err := d.DialContext(ctx, o.Network, o.Address)
	if err != nil {
		return bare(err)
	}
	c := newConn(dialled, !o.datagrams())
	defer c.close()
	if _, err := c.write(ctx, out.buf, o.WriteTimeout); err != nil {
		if errors.Is(err, syscall.EMSGSIZE) {
			return &tooLargeError{size: len(out.buf)}
		}
		return bare(err)
	}
	switch {
	case strings.HasPrefix(o.Network, "udp"):
		return c.refusal(refusalWait)
	case o.datagrams():
		return nil
	}
	if err := c.ask(0); err != nil {
		return unconfirmed(1, bare(err))
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		return unconfirmed(1, ctx.Err())
	}
	switch why, done := c.verdict(ctx); {
	case !done:
		return unconfirmed(1, ctx.Err())
	case why != nil:
		return unconfirmed(1, bare(why))
	}
	return nil
}

// refusal waits for the word that nobody took the datagram. Nobody sends anything else here.
func (c *conn) refusal(wait time.Duration) error {
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	var buf [1]byte
	_, err := c.Read(buf[:])
	if errors.Is(err, os.ErrDeadlineExceeded) { // which reading says even where the word has come meanwhile
		_, _, err = delivered(c.Conn)
	}
	if err != nil {
		return bare(err)
	}
	return nil
}
