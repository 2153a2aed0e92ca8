// Package daemon is a running Jackdaw: receivers, the hierarchy with its queue, and the handlers
// behind it, started and stopped in an order that loses nothing.
//
//	receivers ─▶ hierarchy, queue ─▶ console
//	                              ─▶ files
//
// What stands to the right is started first and stopped last.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/record"
)

// everyLevel is below any level that a record can have.
const everyLevel = slog.Level(math.MinInt)

// Daemon is a running system. Its methods may be called from any goroutine.
type Daemon struct {
	o         Options
	hierarchy *jackdaw.Hierarchy
	receiver  *receiver.Receiver
	console   *handler.Console // nil if there is none
	files     []*handler.File
	listening []Address
	missing   []*ListenError

	once     sync.Once // for Close
	closeErr error
}

// Start opens the files, starts the handlers, and then listens. ctx bounds the look-up of host names
// only. After an error nothing is left running. The error is a [*ListenError] where an address could
// not be had: one that is not Optional, or all of them.
func Start(ctx context.Context, o Options) (*Daemon, error) {
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	d := &Daemon{o: o}
	d.hierarchy = jackdaw.New(jackdaw.Options{
		Level: everyLevel, QueueBytes: o.QueueBytes, NoLastResort: true, OnError: d.handlerFailed,
	})
	for _, l := range o.Levels {
		d.hierarchy.SetLevel(l.Logger, l.Level)
	}
	o.Receive.Notify = d.received
	d.receiver = receiver.New(d.entrance(), o.Receive)
	err := d.addHandlers()
	if err == nil {
		err = d.listen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close(context.WithoutCancel(ctx)))
	}
	return d, nil
}

// entrance is what the receivers hand records to.
func (d *Daemon) entrance() record.Handler {
	if d.o.LogName == "" {
		return d.hierarchy
	}
	return renamed{name: d.o.LogName, next: d.hierarchy}
}

func (d *Daemon) addHandlers() error {
	if d.o.Console != nil {
		d.console = handler.NewConsole(d.o.Console, orJSON(d.o.ConsoleFormat))
		if err := d.hierarchy.AddHandler("", &screen{console: d.console, leave: d.audienceLeft}, jackdaw.HandlerOptions{Name: "console"}); err != nil {
			return err
		}
	}
	for _, f := range d.o.Files {
		file, err := handler.OpenFile(f.Path, f.FileOptions)
		if err != nil {
			return err
		}
		if err := d.hierarchy.AddHandler("", file, jackdaw.HandlerOptions{Name: "file " + f.Path}); err != nil {
			return errors.Join(err, file.Close())
		}
		d.files = append(d.files, file)
	}
	return nil
}

func orJSON(f handler.Format) handler.Format {
	if f == nil {
		return handler.NewJSON()
	}
	return f
}

func (d *Daemon) listen(ctx context.Context) error {
	for _, a := range d.o.Listen {
		bound, err := d.receiver.Listen(ctx, a.Network, a.Address)
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

// Listening returns the addresses that records are received on, with the ports that were chosen.
func (d *Daemon) Listening() []Address { return d.listening }

// Missing returns why Optional addresses could not be had.
func (d *Daemon) Missing() []*ListenError { return d.missing }

// Unread returns a channel that is closed when nobody reads the console any more and there is no
// other handler: the daemon works for nobody. It is nil where that cannot happen.
func (d *Daemon) Unread() <-chan struct{} {
	if d.console == nil || len(d.files) > 0 {
		return nil
	}
	return d.console.Gone()
}

// Reopen opens all files anew, as is needed after they were renamed. A file that cannot be opened
// goes on as it was, and is named by the error.
func (d *Daemon) Reopen(ctx context.Context) error {
	var errs []error
	for _, f := range d.files {
		errs = append(errs, f.Reopen(ctx))
	}
	return errors.Join(errs...)
}

// Close stops receiving, takes what was sent already, hands it to the handlers, and closes them. It
// returns when ctx ends even if a handler hangs; the error then says what was left, which is counted as
// dropped. Closing twice is fine: the second call waits for the first.
func (d *Daemon) Close(ctx context.Context) error {
	d.once.Do(func() {
		d.closeErr = errors.Join(d.receiver.Close(ctx), d.hierarchy.Close(ctx))
	})
	return d.closeErr
}

// Stats are the counts of a [Daemon]. A record that the receivers accepted is accepted by the queue.
type Stats struct {
	Receiver receiver.Stats
	Queue    jackdaw.Stats
}

// Stats returns the counts as they are now.
func (d *Daemon) Stats() Stats {
	return Stats{Receiver: d.receiver.Stats(), Queue: d.hierarchy.Stats()}
}

func (d *Daemon) received(n receiver.Notice) {
	text := n.Text
	if n.Peer != "" {
		text = n.Peer + ": " + text
	}
	if n.Repeated > 0 {
		text += fmt.Sprintf(" (and %d times more: %s)", n.Repeated, n.Reason)
	}
	d.o.Notify(text)
}

// handlerFailed is told the errors of handlers. That the audience left is told once, by audienceLeft.
func (d *Daemon) handlerFailed(err error) {
	if !errors.Is(err, errNoAudience) {
		d.o.Notify(err.Error())
	}
}

func (d *Daemon) audienceLeft() {
	if len(d.files) > 0 {
		d.o.Notify("nobody reads the console any more; the files go on")
	}
}

// ListenError says which address could not be had, and why.
type ListenError struct {
	Address Address
	Err     error
}

func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }
