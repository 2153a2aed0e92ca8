// Package daemon is a running Jackdaw: receivers, the hierarchy with its queue, and the handlers
// behind it, started and stopped in an order that loses nothing.
//
//	receivers ─▶ stream ─┬─ cursor ─▶ queue ─▶ console
//	                     ├─ cursor ─▶ gate ──▶ file
//	                     └─ cursor ─▶ gate ──▶ store
//
// What stands to the right is started first and stopped last.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// everyLevel is below any level that a record can have.
const everyLevel = slog.Level(math.MinInt)

// Daemon is a running system. Its methods may be called from any goroutine.
type Daemon struct {
	o         Options
	durable   *durable           // nil if nothing outlives the process
	hierarchy *jackdaw.Hierarchy // of the console, and of all handlers if nothing does
	receiver  *receiver.Receiver
	console   *handler.Console // nil if there is none
	files     []*handler.File
	live      *onlookers // nil if there is no address for them
	listening []Address
	missing   []*ListenError
	started   time.Time
	up        atomic.Bool // Start is through
	closing   atomic.Bool

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
	d := &Daemon{o: o, started: time.Now()}
	d.hierarchy = jackdaw.New(jackdaw.Options{
		Level: everyLevel, QueueBytes: o.QueueBytes, NoLastResort: true, OnError: d.handlerFailed,
	})
	for _, l := range o.Levels {
		d.hierarchy.SetLevel(l.Logger, l.Level)
	}
	if o.Data != "" {
		var err error
		if d.durable, err = openDurable(&d.o); err != nil {
			return nil, errors.Join(err, d.hierarchy.Close(ctx))
		}
	}
	o.Receive.Notify, o.Receive.Requests, o.Receive.LargeBatches = d.received, d.forRequests(), d.durable != nil
	d.receiver = receiver.New(d.entrance(), o.Receive)
	err := d.addHandlers()
	if err == nil {
		err = d.openLive()
	}
	if err == nil {
		err = d.listen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close(context.WithoutCancel(ctx)))
	}
	d.up.Store(true)
	return d, nil
}

// entrance is what the receivers hand records to whose senders wait for nothing.
func (d *Daemon) entrance() record.Handler {
	if d.durable != nil {
		return d.named(d.durable.stream.Entrance(stream.DropLowest))
	}
	return d.named(d.hierarchy)
}

// forRequests is what the receivers hand records to whose senders wait for an answer.
func (d *Daemon) forRequests() record.Handler {
	if d.durable != nil {
		return d.named(patient{d.durable.stream})
	}
	return d.named(d.hierarchy)
}

// named gives all records the one logger that was asked for.
func (d *Daemon) named(next record.Handler) record.Handler {
	if d.o.LogName != "" {
		return renamed{name: d.o.LogName, next: next}
	}
	return next
}

func (d *Daemon) addHandlers() error {
	if err := d.addStore(); err != nil {
		return err
	}
	if d.o.Console != nil {
		if err := d.addConsole(); err != nil {
			return err
		}
	}
	for _, f := range d.o.Files {
		if err := d.addFile(f); err != nil {
			return err
		}
	}
	if d.durable != nil {
		for _, line := range d.durable.absent() {
			d.o.Notify(line)
		}
	}
	return nil
}

func (d *Daemon) addConsole() error {
	d.console = handler.NewConsole(d.o.Console, orJSON(d.o.ConsoleFormat))
	err := d.hierarchy.AddHandler("", &screen{console: d.console, leave: d.audienceLeft}, jackdaw.HandlerOptions{Name: console})
	if err != nil || d.durable == nil {
		return err
	}
	return d.durable.show(d.hierarchy)
}

func (d *Daemon) addFile(f File) error {
	file, err := handler.OpenFile(f.Path, f.FileOptions)
	if err != nil {
		return err
	}
	name := "file " + f.Path
	if d.durable != nil {
		err = d.durable.add(name, file, stream.CursorOptions{FromEnd: true, MaxBytes: d.o.BacklogBytes, MaxAge: d.o.BacklogAge})
	} else {
		err = d.hierarchy.AddHandler("", file, jackdaw.HandlerOptions{Name: name})
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	d.files = append(d.files, file)
	return nil
}

func orJSON(f format.Format) format.Format {
	if f == nil {
		return format.NewJSON()
	}
	return f
}

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

// Data returns the directory of what outlives the process, or nothing.
func (d *Daemon) Data() string { return d.o.Data }

// HasTLS reports whether what comes over TCP and HTTP is under TLS.
func (d *Daemon) HasTLS() bool { return d.o.Receive.TLS != nil }

// Missing returns why Optional addresses could not be had.
func (d *Daemon) Missing() []*ListenError { return d.missing }

// Unread returns a channel that is closed when nobody reads the console any more and there is no
// other handler: the daemon works for nobody. It is nil where that cannot happen.
func (d *Daemon) Unread() <-chan struct{} {
	if d.console == nil || d.others() != "" {
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
// returns when ctx ends even if a handler hangs; the error then says what was left. Where there is a stream that
// waits there for the next start, as does what a handler was so far behind with that it is in the stream's files
// alone; else it is counted as dropped. Closing twice is fine: the second call waits for the first.
func (d *Daemon) Close(ctx context.Context) error {
	d.closing.Store(true)
	d.once.Do(func() {
		d.closeErr = d.close(ctx)
	})
	return d.closeErr
}

func (d *Daemon) close(ctx context.Context) error {
	d.live.close()
	errs := []error{d.receiver.Close(ctx)}
	if d.durable != nil {
		errs = append(errs, d.durable.stream.Close(ctx))
	}
	errs = append(errs, d.hierarchy.Close(ctx)) // which closes the handlers that it has
	if d.durable != nil {
		for _, f := range d.files {
			errs = append(errs, within(ctx, f.Close))
		}
		errs = append(errs, d.durable.closeStore(ctx))
	}
	return errors.Join(errs...)
}

// within calls act, which may hang, and returns its error, or ctx's when that ends first.
func within(ctx context.Context, act func() error) error {
	done := make(chan error, 1)
	go func() { done <- act() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stats are the counts of a [Daemon]. A record that the receivers accepted is accepted by the stream, or,
// where there is none, by the queue.
type Stats struct {
	Receiver receiver.Stats
	Queue    jackdaw.Stats
	// Stream is nil where nothing outlives the process. Kept are the handlers behind it.
	Stream *stream.Stats
	Kept   []jackdaw.HandlerStats
	// Store is nil where there is no store. Its counts as a handler are among Kept.
	Store *sqlite.Stats
}

// Entrance returns the counts of what the receivers hand records to: the stream, or the queue.
func (s *Stats) Entrance() jackdaw.Counts {
	if s.Stream != nil {
		return counts(&s.Stream.Counts)
	}
	return s.Queue.Counts
}

// Stats returns the counts as they are now.
func (d *Daemon) Stats() Stats {
	s := Stats{Receiver: d.receiver.Stats(), Queue: d.hierarchy.Stats()}
	if d.durable != nil {
		st := d.durable.stream.Stats()
		s.Stream, s.Kept = &st, d.durable.stats(&st)
		s.Store = d.durable.storeStats()
		d.durable.missed(&st, s.Queue.Handlers)
	}
	return s
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
	if others := d.others(); others != "" {
		d.o.Notify("nobody reads the console any more; " + others + " on")
	}
}

// others says which handlers there are beside the console, and that they go.
func (d *Daemon) others() string {
	switch hasStore := d.Store() != nil; {
	case len(d.files) > 0 && hasStore:
		return "the files and the store go"
	case len(d.files) > 0:
		return "the files go"
	case hasStore:
		return "the store goes"
	}
	return ""
}

// ListenError says which address could not be had, and why.
type ListenError struct {
	Address Address
	Err     error
}

func (e *ListenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }
