package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrClosing is the error of what needs a [Daemon] that is not being closed.
var ErrClosing = errors.New("the server is closing")

// Reload makes the daemon one as the options say, while it runs. Only what is different is made anew: an address that
// stays keeps its listener and its connections; a handler whose Config is the same goes on as it is, with what waits for
// it; one that is made anew gets, from its next batch on, what waited for the one before; one that is gone has five
// seconds to handle what came before, and what it does not then stays in the stream until it is there again, or is
// dropped and told where there is none; one that is new gets what comes from now on. Levels, filters and what hangs
// where change at one moment, for all.
//
// After an error everything is as it was. Else Reload returns what changed, a line for each thing, and among them what
// is different in the options and takes a restart. What goes wrong with handlers and addresses that are left behind is
// told to Notify.
//
// It returns when the change is complete; when ctx ends, or Close is called, nothing more is waited for. One waits for
// another.
func (d *Daemon) Reload(ctx context.Context, o Options) (told []string, err error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.closing.Load() {
		return nil, ErrClosing
	}
	ch, err := d.crew.prepare(o.Handlers, o.Loggers)
	if err != nil {
		return nil, err
	}
	undo, err := d.receiver.Allow(o.Receive.Allow)
	if err != nil {
		return nil, errors.Join(err, ch.abandon())
	}
	t, err := d.prepareDoors(ctx, o.Listen)
	if err != nil {
		undo()
		return nil, errors.Join(err, ch.abandon())
	}
	if !slices.Equal(o.Receive.Allow, d.o.Receive.Allow) {
		told = append(told, "receivers: other hosts may send")
	}
	d.o.Handlers, d.o.Loggers, d.o.Listen, d.o.Receive.Allow = o.Handlers, o.Loggers, o.Listen, o.Receive.Allow
	waits, cancel := d.untilClose(ctx)
	defer cancel()
	lines, err := ch.commit(waits)
	told = append(told, lines...)
	if err != nil {
		d.o.Notify(err.Error())
	}
	if err := t.commit(ctx); err != nil {
		d.o.Notify(err.Error())
	}
	return append(append(told, t.told...), d.fixed(&o)...), nil
}

// untilClose returns a context that ends when Close is called, too.
func (d *Daemon) untilClose(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-d.ending:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// fixed says what of the options is different from those at the start, and takes a restart.
func (d *Daemon) fixed(o *Options) (told []string) {
	is := &d.o
	f := func(what string, differs bool) {
		if differs {
			told = append(told, what+" changes with a restart only, and stays as it is")
		}
	}
	f("the data directory", is.Data != o.Data)
	f("the cluster of the stream", is.Cluster != o.Cluster)
	if _, isStream := is.stream(); isStream && (o.Data != "" || o.Cluster.URL != "") {
		f(fmt.Sprintf("the durability, %s,", is.Durability), is.Durability != o.Durability)
		f("the bound of the stream", is.StreamBytes != o.StreamBytes)
		f("the store", is.Store != o.Store)
	}
	f("the bound of the queue", is.QueueBytes != o.QueueBytes)
	f("the logger of all records", is.LogName != o.LogName)
	f("TLS", !is.Receive.TLS.SameFiles(o.Receive.TLS))
	f("the file of tokens", !is.Receive.Tokens.SameFile(o.Receive.Tokens))
	f("the names of the web address", !slices.Equal(is.WebHosts, o.WebHosts))
	return told
}
