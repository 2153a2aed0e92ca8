package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
)

// door is an address that is received on.
type door struct {
	wanted Address // as it was asked for
	bound  string  // with the port that was chosen
}

// doors are the addresses that are received on, as they are now.
type doors struct {
	open    []door
	missing []*ListenError
}

// listen opens what is to be received on at the start.
func (d *Daemon) listen(ctx context.Context) error {
	t, err := d.prepareDoors(ctx, d.o.Listen)
	if err == nil {
		err = t.commit(ctx)
	}
	return err
}

// turn is how the doors become others: what is new is open already, and what is gone as well until commit.
type turn struct {
	d     *Daemon
	next  doors
	added []door
	gone  []door
	// late are those that cannot be open at the same time as one that is gone.
	late []Address
	told []string
}

// prepareDoors opens the addresses that are not open yet. An error is a [*ListenError]: of one that is not Optional, or of
// all of them; then all is as it was.
func (d *Daemon) prepareDoors(ctx context.Context, wanted []Address) (*turn, error) {
	if err := checkAddresses(wanted); err != nil {
		return nil, err
	}
	t := &turn{d: d}
	var added []Address
	t.gone = slices.Clone(d.doors.Load().open)
	for _, a := range wanted {
		i := slices.IndexFunc(t.gone, func(o door) bool { return o.wanted.at() == a.at() })
		if i < 0 {
			added = append(added, a)
			continue
		}
		t.next.open = append(t.next.open, t.gone[i])
		t.gone = slices.Delete(t.gone, i, i+1)
	}
	for _, a := range added {
		if err := t.add(ctx, a); err != nil {
			return nil, errors.Join(err, t.abandon())
		}
	}
	if len(t.next.open)+len(t.late) > 0 {
		return t, nil
	}
	return nil, errors.Join(t.next.missing[0], t.abandon())
}

// at is what tells an address from others.
func (a Address) at() Address { return Address{Network: a.Network, Address: a.Address} }

// checkAddresses returns an error if there is nothing to receive on, or one address twice.
func checkAddresses(wanted []Address) error {
	if len(wanted) == 0 {
		return errors.New("there is no address to listen on")
	}
	for i, a := range wanted {
		_, port, _ := net.SplitHostPort(a.Address)
		if port != "0" && slices.ContainsFunc(wanted[:i], func(o Address) bool { return o.at() == a.at() }) {
			return fmt.Errorf("%s %s is there twice", a.Network, a.Address)
		}
	}
	return nil
}

// add opens an address that is new.
func (t *turn) add(ctx context.Context, a Address) error {
	bound, err := t.d.open(ctx, a)
	switch {
	case err == nil:
		o := door{wanted: a, bound: bound.String()}
		t.added, t.next.open = append(t.added, o), append(t.next.open, o)
	case errors.Is(err, syscall.EADDRINUSE) && slices.ContainsFunc(t.gone, func(o door) bool { return isInTheWay(o.bound, a.Address) }):
		if err := t.d.receiver.MayListen(a.Network, a.Address); err != nil {
			return &ListenError{Address: a, Err: err}
		}
		t.late = append(t.late, a)
	case !a.Optional:
		return &ListenError{Address: a, Err: err}
	default:
		t.next.missing = append(t.next.missing, &ListenError{Address: a, Err: err})
	}
	return nil
}

// isInTheWay reports whether one address may be the reason for which another cannot be had: they are the same path, or
// have the same port.
func isInTheWay(bound, wanted string) bool {
	_, port, err := net.SplitHostPort(wanted)
	if err != nil {
		return bound == wanted
	}
	_, other, err := net.SplitHostPort(bound)
	return err == nil && port == other
}

// abandon closes what was opened.
func (t *turn) abandon() error {
	var errs []error
	for _, o := range t.added {
		errs = append(errs, t.d.shut(o))
	}
	return errors.Join(errs...)
}

// commit closes what is gone, and opens what had to wait for that. The error is of what could not be opened then. What was
// sent over connections to addresses that are gone is taken aside: who asked for the change may have come by one of them,
// and wait for the answer.
func (t *turn) commit(ctx context.Context) error {
	for _, o := range t.added {
		t.tell(o, "new")
	}
	var errs []error
	for _, o := range t.gone {
		t.tell(o, "gone")
		drain, err := t.d.receiver.Shut(o.wanted.Network, o.bound)
		switch {
		case err != nil:
			errs = append(errs, err)
		case isPackets(o.wanted.Network): // the address is free when it is drained
			errs = append(errs, drained(drain))
		default:
			t.d.closingDoors.Go(func() {
				if err := drained(drain); err != nil {
					t.d.o.Notify(err.Error())
				}
			})
		}
	}
	for _, a := range t.late {
		errs = append(errs, t.openLate(ctx, a))
	}
	t.d.doors.Store(&t.next)
	return errors.Join(errs...)
}

func (t *turn) tell(o door, what string) {
	t.told = append(t.told, "receiver "+o.wanted.Network+" "+o.bound+": "+what)
}

// openLate opens an address that was in the way of no other any more. Where that fails, those that had it are opened again.
func (t *turn) openLate(ctx context.Context, a Address) error {
	bound, err := t.d.open(ctx, a)
	if err == nil {
		o := door{wanted: a, bound: bound.String()}
		t.next.open = append(t.next.open, o)
		t.tell(o, "new")
		return nil
	}
	errs := []error{&ListenError{Address: a, Err: err}}
	t.next.missing = append(t.next.missing, &ListenError{Address: a, Err: err})
	for _, o := range t.gone {
		if !isInTheWay(o.bound, a.Address) {
			continue
		}
		if _, err := t.d.open(ctx, Address{Network: o.wanted.Network, Address: o.bound}); err != nil {
			errs = append(errs, err)
			continue
		}
		t.next.open = append(t.next.open, o)
		t.tell(o, "open again")
	}
	return errors.Join(errs...)
}

// isPackets reports whether datagrams come over a network.
func isPackets(network string) bool {
	return slices.Contains([]string{"udp", "unixgram", "syslog-udp", "syslog-unixgram"}, network)
}

// shut stops to receive at an address, and takes what was sent there.
func (d *Daemon) shut(o door) error {
	drain, err := d.receiver.Shut(o.wanted.Network, o.bound)
	if err != nil {
		return err
	}
	return drained(drain)
}

func drained(drain func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return drain(ctx)
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
		if err := d.openLive(); err != nil {
			return nil, err
		}
		return d.receiver.ListenHTTP(ctx, a.Network, a.Address, d.web())
	}
	if network, ok := strings.CutPrefix(a.Network, "syslog-"); ok {
		return d.receiver.ListenSyslog(ctx, network, a.Address)
	}
	return d.receiver.Listen(ctx, a.Network, a.Address)
}

// Listening returns the addresses that records are received on, with the ports that were chosen.
func (d *Daemon) Listening() (all []Address) {
	for _, o := range d.doors.Load().open {
		o.wanted.Address = o.bound
		all = append(all, o.wanted)
	}
	return all
}

// Missing returns why Optional addresses could not be had.
func (d *Daemon) Missing() []*ListenError { return d.doors.Load().missing }

// ListenError says which address could not be had, and why.
type ListenError struct {
	Address Address
	Err     error
}

func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }
