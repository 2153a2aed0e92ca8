package sender

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
	"github.com/jackdaw-log/jackdaw/record"
)

// Syslog is a handler that sends records to a syslog daemon: rsyslog, syslog-ng, journald by /dev/log, or Jackdaw's
// receiver. It connects, comes back and confirms as a [Socket] does: of a stream it knows what was read when the
// daemon closed its side after ours. Its methods may be called from any goroutine.
type Syslog struct {
	*Socket
	cut atomic.Uint64
}

// NewSyslog returns a Syslog. It checks the options and does not connect yet, save that it looks which kind of socket
// a unix socket is.
func NewSyslog(o SyslogOptions) (*Syslog, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	stream := o.Network == "tcp" || o.Network == "tls" || o.Network == "unix"
	appender := &syslog.Appender{
		Form: forms[o.Form], Framing: o.framing(stream), Facility: o.facility(), App: o.App, Host: o.Host, PID: os.Getpid(),
		Text: o.Format, Max: o.MaxMessage,
	}
	network := o.Network
	dialer := (&net.Dialer{Timeout: o.DialTimeout}).DialContext
	if network == "tls" {
		network, dialer = "tcp", o.dialTLS
	}
	socket, err := Options{
		Network: network, Address: o.Address, DialTimeout: o.DialTimeout, WriteTimeout: o.WriteTimeout, ConfirmBytes: o.ConfirmBytes, OnError: o.OnError,
	}.withDefaults()
	if err != nil {
		return nil, err
	}
	s := new(Syslog)
	encode := func(dst []byte, r *record.Record) []byte {
		dst, cut := appender.Append(dst, r)
		if cut {
			s.cut.Add(1)
		}
		return dst
	}
	s.Socket = socketOf(socket, dialer, frames{encode: encode, max: socket.MaxFrame})
	return s, nil
}

// Cut returns of how many records a part was left out, because they were longer than MaxMessage.
func (s *Syslog) Cut() uint64 { return s.cut.Load() }

// dialTLS connects and agrees on keys, within DialTimeout.
func (o *SyslogOptions) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.DialTimeout)
	defer cancel()
	d := tls.Dialer{Config: o.TLS}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return tlsConn{c.(*tls.Conn)}, nil
}

// tlsConn takes the end of the connection below for the end of the stream: many a daemon says no more when it was
// told that nothing comes any more.
type tlsConn struct{ *tls.Conn }

func (c tlsConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// kindOf returns which kind of unix socket is at a path: unix or, also where nothing is there, unixgram.
func kindOf(path string) string {
	c, err := net.Dial("unixgram", path)
	if err == nil {
		_ = c.Close() // nothing was sent
	}
	if errors.Is(err, syscall.EPROTOTYPE) {
		return "unix"
	}
	return "unixgram"
}

// ownName is what this program is called.
func ownName() string {
	name := filepath.Base(os.Args[0])
	return strings.TrimSuffix(name, ".exe")
}
