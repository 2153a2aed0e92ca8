package daemon

import (
	"context"
	"errors"
	"net"
	"strings"
)

func (d *Daemon) listen(ctx context.Context) error {
	for _, a := range d.o.Listen {
		bound, err := d.open(ctx, a)
		if err == nil {
			a.Address = bound.String()
			d.listening = append(d.listening, a)
			continue
		}
		failure := &ListenError{Address: a, Err: err}
		if !a.Optional {
			return failure
		}
		d.missing = append(d.missing, failure)
	}
	if len(d.listening) > 0 {
		return nil
	}
	if len(d.missing) > 0 {
		return d.missing[0]
	}
	return errors.New("there is no address to listen on")
}

// open starts to receive at an address.
func (d *Daemon) open(ctx context.Context, a Address) (net.Addr, error) {
	switch a.Network {
	case "jsonl":
		return d.receiver.ListenLines(ctx, a.Address)
	case "http":
		return d.receiver.ListenHTTP(ctx, a.Network, a.Address, d.receiver.Forms())
	case "otlp", "otlp-grpc":
		return d.receiver.ListenHTTP(ctx, a.Network, a.Address, d.receiver.OTLP())
	case "web":
		return d.receiver.ListenHTTP(ctx, a.Network, a.Address, d.web())
	}
	if network, ok := strings.CutPrefix(a.Network, "syslog-"); ok {
		return d.receiver.ListenSyslog(ctx, network, a.Address)
	}
	return d.receiver.Listen(ctx, a.Network, a.Address)
}

// Listening returns the addresses that records are received on, with the ports that were chosen.
func (d *Daemon) Listening() []Address { return d.listening }

// Missing returns why Optional addresses could not be had.
func (d *Daemon) Missing() []*ListenError { return d.missing }

// ListenError says which address could not be had, and why.
type ListenError struct {
	Address Address
	Err     error
}

func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }
