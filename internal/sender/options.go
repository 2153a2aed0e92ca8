package sender

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Options say where a [Socket] sends to, and how patient it is. The zero value sends to a receiver
// on this machine.
type Options struct {
	// Network is tcp, unix (a stream), udp or unixgram; tcp4, tcp6, udp4 and udp6 insist on a version
	// of IP. Defaults to tcp if empty.
	Network string
	// Address is host:port, or the path of a unix socket, which has no default. Defaults to
	// 127.0.0.1:9020 for TCP and 127.0.0.1:9021 for UDP if empty.
	Address string

	// DialTimeout bounds one attempt to connect. Defaults to 5 s if zero.
	DialTimeout time.Duration
	// WriteTimeout is how long a write may stand still, because the receiver does not read, before the
	// connection is given up. Defaults to 30 s if zero.
	WriteTimeout time.Duration
	// BackoffMin and BackoffMax bound the pause before the next attempt to connect. It starts at
	// BackoffMin, doubles with every failure, and is shortened by up to a half at random, so that many
	// senders do not come back at once. They default to 100 ms and 5 s if zero.
	BackoffMin, BackoffMax time.Duration

	// ConfirmBytes is how much is written on a connection before it is confirmed and the next one is
	// begun: the bound of what is waiting for confirmation, save one write (256 KiB, or one record
	// that is larger). Defaults to 1 MiB if zero; negative for no bound.
	ConfirmBytes int
	// ConfirmIdle is how long after the last record a connection is confirmed. Defaults to 1 s if
	// zero; negative for never.
	ConfirmIdle time.Duration
	// ConfirmTimeout is how long a receiver may take to close its side after ours. One that has done
	// so before is busy rather than deaf and is given WriteTimeout, if that is longer. Defaults to 5 s
	// if zero.
	ConfirmTimeout time.Duration

	// MaxFrame bounds the frame of a record; a larger one is refused for good. Defaults to 16 MiB if
	// zero, which is what Jackdaw's receiver takes.
	MaxFrame int

	// OnError is told when the receiver goes away, with the reason and how many records that leaves
	// unconfirmed, and when it is back. Repetitions within ten seconds are left out, their records
	// added to the next message. It is called while the Socket is at work, by one goroutine at a time:
	// it must not block, nor call the Socket save Stats. Nil means nobody is told; see
	// [Socket.Stats].
	OnError func(error)
}

const (
	defaultTCP = "127.0.0.1:9020" // logging.handlers.DEFAULT_TCP_LOGGING_PORT
	defaultUDP = "127.0.0.1:9021" // logging.handlers.DEFAULT_UDP_LOGGING_PORT
)

var networks = []string{"tcp", "tcp4", "tcp6", "unix", "udp", "udp4", "udp6", "unixgram"}

// datagrams reports whether each record is a packet of its own.
func (o *Options) datagrams() bool {
	return strings.HasPrefix(o.Network, "udp") || o.Network == "unixgram"
}

// withDefaults returns o complete, or what is wrong with it.
func (o Options) withDefaults() (Options, error) {
	if o.Network == "" {
		o.Network = "tcp"
	}
	if !slices.Contains(networks, o.Network) {
		return o, fmt.Errorf("send over network %q: want one of %s", o.Network, strings.Join(networks, ", "))
	}
	if o.Address == "" {
		switch {
		case strings.HasPrefix(o.Network, "unix"):
			return o, fmt.Errorf("send over network %s: the address is empty, want the path of a socket", o.Network)
		case o.datagrams():
			o.Address = defaultUDP
		default:
			o.Address = defaultTCP
		}
	}
	if !strings.HasPrefix(o.Network, "unix") {
		_, port, err := net.SplitHostPort(o.Address)
		if err != nil || port == "" {
			return o, fmt.Errorf("send over network %s: got address %q, want host:port", o.Network, o.Address)
		}
	}
	if o.MaxFrame < 0 {
		return o, fmt.Errorf("send to %s %s: got MaxFrame %d, want none below 0", o.Network, o.Address, o.MaxFrame)
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		standard time.Duration
	}{
		{"DialTimeout", &o.DialTimeout, 5 * time.Second},
		{"WriteTimeout", &o.WriteTimeout, 30 * time.Second},
		{"BackoffMin", &o.BackoffMin, 100 * time.Millisecond},
		{"BackoffMax", &o.BackoffMax, 5 * time.Second},
		{"ConfirmTimeout", &o.ConfirmTimeout, 5 * time.Second},
	} {
		if *d.value < 0 {
			return o, fmt.Errorf("send to %s %s: got %s %v, want none below 0", o.Network, o.Address, d.name, *d.value)
		}
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	o.BackoffMax = max(o.BackoffMax, o.BackoffMin)
	if o.ConfirmIdle == 0 {
		o.ConfirmIdle = time.Second
	}
	if o.ConfirmBytes == 0 {
		o.ConfirmBytes = 1 << 20
	}
	if o.MaxFrame == 0 {
		o.MaxFrame = 16 << 20
	}
	return o, nil
}
