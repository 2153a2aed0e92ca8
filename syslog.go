package jackdaw

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// SyslogOptions say where a [Syslog] sends to, and in which form. The zero value sends to the syslog daemon of this
// machine by UDP.
type SyslogOptions struct {
	// Network is udp, tcp, tls or unix, a stream or datagrams, whichever is there. Defaults to unix if empty and
	// Address begins with '/', else to udp.
	Network string
	// Address is host:port, or the path of a unix socket. Defaults to localhost:514, for tls to localhost:6514 and
	// for unix to /dev/log, if empty.
	Address string
	// TLS says how tls is spoken. Nil is the system's way.
	TLS *tls.Config

	// Form is 5424 or 3164, after the RFCs, or python for what Python's SysLogHandler sends. Defaults to 5424 if
	// empty, and to 3164 for a unix socket.
	Form string
	// Framing is how messages are parted on a stream: octets, newline or nul. Defaults to what goes with the
	// form if empty: octets for 5424, newline for 3164, nul for python.
	Framing string
	// Facility is one of syslog's: user, daemon, auth, local0 … Defaults to user if empty.
	Facility string
	// App is the name of the program, ident in Python. Defaults to the name of this program if empty, and to
	// nothing in the form python.
	App string
	// Host is the name of the machine. Defaults to this machine's if empty.
	Host string
	// Format is the form of the text. Defaults to the message, with exception and stack on the same line; in form
	// 3164 with logger and attrs too, for which form 5424 has places of its own.
	Format Format
	// MaxMessage bounds a message in bytes. What is longer is cut, and ends in "…". Defaults to 8192 if zero.
	MaxMessage int

	// DialTimeout bounds one attempt to connect. Defaults to 5 s if zero.
	DialTimeout time.Duration
	// WriteTimeout is how long a write may stand still before the connection is given up. Defaults to
	// 30 s if zero.
	WriteTimeout time.Duration
	// ConfirmBytes is how much is written on a stream at most before the daemon has to confirm it. Defaults to
	// 1 MiB if zero; negative for no bound.
	ConfirmBytes int
	// OnError is told when the daemon goes away, and when it is back. It must not block.
	OnError func(error)
}

// Syslog is a handler that sends records to a syslog daemon, such as rsyslog, syslog-ng or journald, or to Jackdaw's
// receiver. It connects for the first record, and again, with growing and jittered pauses, whenever the daemon
// went away; Python's SysLogHandler loses what is logged meanwhile, and over TCP never comes back.
//
// Syslog has no acknowledgement. Over a stream a Syslog does what a [Socket] does: it closes its side now and
// then, and what the daemon has read by the time it closes the other is confirmed. Datagrams are unconfirmed.
type Syslog struct{ syslog *sender.Syslog }

// NewSyslog returns a Syslog. It checks the options and does not connect yet.
func NewSyslog(o SyslogOptions) (*Syslog, error) {
	s, err := sender.NewSyslog(sender.SyslogOptions{
		Network: o.Network, Address: o.Address, TLS: o.TLS, Form: o.Form, Framing: o.Framing, Facility: o.Facility, App: o.App, Host: o.Host,
		Format: format.Format(o.Format), MaxMessage: o.MaxMessage, DialTimeout: o.DialTimeout, WriteTimeout: o.WriteTimeout, ConfirmBytes: o.ConfirmBytes,
		OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &Syslog{s}, nil
}

// Handle sends the batch. It waits while the daemon is away, until ctx ends; nil means all of the batch was written.
func (s *Syslog) Handle(ctx context.Context, batch []record.Record) error {
	return s.syslog.Handle(ctx, batch)
}

// Flush waits until the daemon has confirmed what was written.
func (s *Syslog) Flush(ctx context.Context) error { return s.syslog.Flush(ctx) }

// Close waits a bounded time until the daemon has confirmed what was written, then closes the connection.
func (s *Syslog) Close() error { return s.syslog.Close() }

// SyslogStats are the counts of a [Syslog].
type SyslogStats struct {
	SocketStats
	// Cut is of how many records a part was left out, because they were longer than MaxMessage.
	Cut uint64
}

// Stats returns the counts. It never waits.
func (s *Syslog) Stats() SyslogStats {
	st := s.syslog.Stats()
	return SyslogStats{SocketStats{
		Handled: st.Handled, Confirmed: st.Confirmed, Unconfirmed: st.Unconfirmed, Waiting: st.Waiting, TooLarge: st.TooLarge, Connected: st.Connected,
	}, s.syslog.Cut()}
}
