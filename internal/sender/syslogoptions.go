package sender

import (
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
)

// SyslogOptions say where a [Syslog] sends to, and in which form. The zero value sends to the daemon of this machine
// by UDP, as Python's SysLogHandler does.
type SyslogOptions struct {
	// Network is udp, tcp, tls, or unix, for which NewSyslog finds out whether it is a stream or takes datagrams.
	// Defaults to unix if empty and Address begins with '/', else to udp.
	Network string
	// Address is host:port, or the path of a unix socket. Defaults to localhost:514, for tls to localhost:6514
	// and for unix to /dev/log, if empty.
	Address string
	// TLS says how tls is spoken. Nil is the system's way.
	TLS *tls.Config

	// Form is 5424, 3164, or python for what SysLogHandler sends: a priority and the text. Defaults to 5424 if
	// empty, and to 3164 for a unix socket, where few daemons expect anything else.
	Form string
	// Framing is how messages are parted on a stream: octets (their length before them), newline or nul. Defaults
	// to octets for form 5424, newline for 3164, and nul for python, if empty.
	Framing string
	// Facility is one of syslog's: user, daemon, auth, local0 … Defaults to user if empty.
	Facility string
	// App is the name of the program, ident in Python. Defaults to the name of this program if empty, and in
	// the form python to nothing.
	App string
	// Host is the name of the machine, for records that name none. Defaults to this machine's if empty, and in
	// form 3164 to a unix socket to nothing, as the daemon expects.
	Host string
	// Format is the form of the text. It defaults to the message, with the exception on the same line; in form 3164
	// with logger and attrs too, which form 5424 has places for; and in form python to what Python's Formatter
	// makes of it.
	Format format.Format
	// MaxMessage bounds a message in bytes; what is longer is cut, and ends in "…". Defaults to 8192 if zero, which
	// rsyslog takes.
	MaxMessage int

	// DialTimeout, WriteTimeout, ConfirmBytes and OnError are those of [Options].
	DialTimeout, WriteTimeout time.Duration
	ConfirmBytes              int
	OnError                   func(error)
}

var (
	forms    = map[string]syslog.Form{"5424": syslog.RFC5424, "3164": syslog.RFC3164, "python": syslog.Bare}
	framings = map[string]syslog.Framing{"octets": syslog.Octets, "newline": syslog.Newline, "nul": syslog.NUL}
)

// minMessage is the least that every receiver has to take (RFC 5424 §6.1).
const minMessage = 480

// withDefaults returns o complete, or what is wrong with it.
func (o SyslogOptions) withDefaults() (SyslogOptions, error) {
	if o.Network == "" {
		o.Network = "udp"
		if strings.HasPrefix(o.Address, "/") {
			o.Network = "unix"
		}
	}
	local := strings.HasPrefix(o.Network, "unix")
	if o.Form == "" {
		o.Form = "5424"
		if local {
			o.Form = "3164"
		}
	}
	for _, word := range []struct {
		name     string
		value    *string
		standard string
		words    []string
	}{
		{"network", &o.Network, "", []string{"udp", "tcp", "tls", "unix", "unixgram"}},
		{"form", &o.Form, "", []string{"5424", "3164", "python"}},
		{"framing", &o.Framing, map[string]string{"5424": "octets", "3164": "newline", "python": "nul"}[o.Form], []string{"octets", "newline", "nul"}},
		{"facility", &o.Facility, "user", syslog.Facilities()},
	} {
		if *word.value == "" {
			*word.value = word.standard
		}
		if !slices.Contains(word.words, *word.value) {
			return o, fmt.Errorf("send to syslog: got %s %q, want %s", word.name, *word.value, spell.Or(word.words...))
		}
	}
	if o.Address == "" {
		o.Address = map[string]string{"udp": "localhost:514", "tcp": "localhost:514", "tls": "localhost:6514", "unix": "/dev/log", "unixgram": "/dev/log"}[o.Network]
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 8192
	}
	if err := o.check(); err != nil {
		return o, fmt.Errorf("send to syslog %s: %w", o.Address, err)
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 5 * time.Second
	}
	if o.App == "" && o.Form != "python" {
		o.App = ownName()
	}
	if o.Host == "" && !(local && o.Form == "3164") {
		o.Host, _ = os.Hostname() // without one there is none
	}
	if o.Network == "unix" {
		o.Network = kindOf(o.Address)
	}
	return o, o.setFormat()
}

// check reports the first thing that is wrong with the options of the message.
func (o *SyslogOptions) check() error {
	switch {
	case o.TLS != nil && o.Network != "tls":
		return fmt.Errorf("got TLS with network %s, want it with tls", o.Network)
	case strings.ContainsAny(o.App, "\x00\n"):
		return fmt.Errorf("got app %q, want none of what ends a message in it", o.App)
	case o.MaxMessage < minMessage:
		return fmt.Errorf("got MaxMessage %d, want %d at least", o.MaxMessage, minMessage)
	}
	return nil
}

// setFormat sets the default of Format.
func (o *SyslogOptions) setFormat() (err error) {
	switch {
	case o.Format != nil:
	case o.Form == "3164":
		o.Format = format.Brief
	case o.Form == "python":
		o.Format, err = format.New(format.Options{})
	default:
		o.Format, err = format.New(format.Options{Breaks: format.OneLine})
	}
	return err
}

func (o *SyslogOptions) framing(stream bool) syslog.Framing {
	if !stream && o.Form != "python" {
		return syslog.Unframed
	}
	return framings[o.Framing]
}

func (o *SyslogOptions) facility() int { return slices.Index(syslog.Facilities(), o.Facility) }
