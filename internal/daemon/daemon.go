// Package daemon is a running Jackdaw: receivers, the stream or the queue, and the handlers behind them, started,
// changed while they run, and stopped in an order that loses nothing.
//
//	receivers ─▶ stream ─┬─ cursor ─▶ queue ─▶ console
//	                     ├─ cursor ─▶ gate ──▶ file
//	                     └─ cursor ─▶ gate ──▶ store
//
// What stands to the right is started first and stopped last. Without a stream everything is behind the queue.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// Daemon is a running system. Its methods may be called from any goroutine.
type Daemon struct {
	o        Options
	stream   *stream.Stream // nil if nothing outlives the process
	crew     *crew
	receiver *receiver.Receiver
	store    *sqlite.Store                // nil if there is none
	kept     atomic.Pointer[sqlite.Stats] // what was in the store when it was closed
	live     atomic.Pointer[onlookers]    // nil if there never was an address for them
	started  time.Time
	up       atomic.Bool // Start is through
	closing  atomic.Bool

	doors        atomic.Pointer[doors]
	closingDoors sync.WaitGroup // those whose connections are closed aside
	changing     sync.Mutex     // held by the one change that is under way
	ending       chan struct{}  // closed when Close is called

	once     sync.Once // for Close
	closeErr error
}

// console is the name of the console, and of the place in the stream of the queue that it is behind.
const console = "console"

// StreamDir is the directory of the stream in a data directory.
func StreamDir(data string) string { return filepath.Join(data, "stream") }

// Start opens the files, starts the handlers, and then listens. ctx bounds the look-up of host names
// only. After an error nothing is left running. The error is a [*ListenError] where an address could
// not be had: one that is not Optional, or all of them.
func Start(ctx context.Context, o Options) (*Daemon, error) {
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	d := &Daemon{o: o, started: time.Now()}
	d.doors.Store(new(doors))
	d.ending = make(chan struct{})
	if s, ok := o.stream(); ok {
		var err error
		if d.stream, err = stream.Open(s); err != nil {
			return nil, err
		}
	}
	d.crew = newCrew(d.stream, &d.o)
	o.Receive.Notify, o.Receive.Requests, o.Receive.LargeBatches = d.received, d.forRequests(), d.stream != nil
	d.receiver = receiver.New(d.entrance(), o.Receive)
	err := d.addHandlers(ctx)
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
	if d.stream != nil {
		return d.named(d.stream.Entrance(stream.DropLowest))
	}
	return d.named(record.HandlerFunc(d.crew.enqueue))
}

// forRequests is what the receivers hand records to whose senders wait for an answer.
func (d *Daemon) forRequests() record.Handler {
	if d.stream != nil {
		return d.named(patient{d.stream})
	}
	return d.named(record.HandlerFunc(d.crew.enqueue))
}

// named gives all records the one logger that was asked for.
func (d *Daemon) named(next record.Handler) record.Handler {
	if d.o.LogName != "" {
		return renamed{name: d.o.LogName, next: next}
	}
	return next
}

func (d *Daemon) addHandlers(ctx context.Context) error {
	if err := d.addStore(); err != nil {
		return err
	}
	ch, err := d.crew.prepare(d.o.Handlers, d.o.Loggers)
	if err != nil {
		return err
	}
	if _, err := ch.commit(ctx); err != nil {
		return err
	}
	if d.stream != nil {
		for _, line := range d.crew.absent() {
			d.o.Notify(line)
		}
	}
	return nil
}

// StreamPlace names where the stream is: the directory of what outlives the process, or a cluster; nothing if there is
// none.
func (d *Daemon) StreamPlace() string {
	if d.o.Cluster.URL != "" {
		return d.stream.Place()
	}
	return d.o.Data
}

// HasTLS reports whether what comes over TCP and HTTP is under TLS.
func (d *Daemon) HasTLS() bool { return d.o.Receive.TLS != nil }

// Unread returns a channel that is closed when nobody reads what is shown any more and there is no other handler: the
// daemon works for nobody.
func (d *Daemon) Unread() <-chan struct{} { return d.crew.alone }

// Reopen opens all files anew, as is needed after they were renamed. A file that cannot be opened
// goes on as it was, and is named by the error.
func (d *Daemon) Reopen(ctx context.Context) error { return d.crew.reopen(ctx) }

// Close stops receiving, takes what was sent already, hands it to the handlers, and closes them. It
// returns when ctx ends even if a handler hangs; the error then says what was left. Where there is a stream that
// waits there for the next start, as does what a handler was so far behind with that it is in the stream's files
// alone; else it is counted as dropped. Closing twice is fine: the second call waits for the first.
func (d *Daemon) Close(ctx context.Context) error {
	d.closing.Store(true)
	d.once.Do(func() {
		close(d.ending)
		d.closeErr = d.close(ctx)
	})
	return d.closeErr
}

func (d *Daemon) close(ctx context.Context) error {
	d.changing.Lock() // a change that is under way ends first, and none begins any more
	defer d.changing.Unlock()
	d.live.Load().close()
	err := d.receiver.Close(ctx)
	d.closingDoors.Wait()
	return errors.Join(err, d.crew.close(ctx), d.closeStore(ctx))
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
