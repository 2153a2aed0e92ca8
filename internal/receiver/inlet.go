package receiver

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// inlet is one address that is received on.
type inlet struct {
	network, address string
	stop             func() // makes its goroutine return soon; for a listener, it returns when the door is shut
	cancel           func() // ends the contexts of Handle
	running          sync.WaitGroup
	shut             atomic.Bool
	drainAt          atomic.Pointer[time.Time] // when reading ends, once it is shut
}

// drained reports whether the time for reading has run out.
func (in *inlet) drained() bool {
	at := in.drainAt.Load()
	return at != nil && !time.Now().Before(*at)
}

// Shut stops to receive on one address, which is called as Listen returned it, by the name that its counts have. Nobody is
// let in any more when it returns, and the address of a listener is free. What was already sent is taken by drain, as at
// Close: connections are told, read on until their end or until DrainTimeout, and closed; requests come to their end, and
// a datagram socket is read until the kernel holds no more. drain returns when the handler has taken what was read; when
// ctx ends before, as with a request that follows what comes, reading stops at once, and what is not accepted then is
// counted as dropped, or is its sender's again. It must be called. All other addresses and their connections are not
// touched.
func (r *Receiver) Shut(network, address string) (drain func(ctx context.Context) error, err error) {
	in := r.takeInlet(network, address)
	if in == nil {
		return nil, fmt.Errorf("shut %s %s: nobody listens there", network, address)
	}
	in.shut.Store(true)
	in.stop()
	r.drainInlet(in, time.Now().Add(r.o.DrainTimeout))
	return func(ctx context.Context) error { return r.awaitInlet(ctx, in) }, nil
}

// awaitInlet waits until an inlet that was shut has nothing to do any more.
func (r *Receiver) awaitInlet(ctx context.Context, in *inlet) error {
	defer in.cancel()
	done := make(chan struct{})
	go func() {
		in.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	in.cancel()
	r.drainInlet(in, time.Now())
	select {
	case <-done:
	case <-time.After(lastWait):
	}
	return fmt.Errorf("shut %s %s: what was still open there was cut off: %w", in.network, in.address, context.Cause(ctx))
}

// takeInlet takes an inlet out of those that Close closes.
func (r *Receiver) takeInlet(network, address string) *inlet {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, in := range r.inlets {
		if in.network == network && in.address == address {
			r.inlets = append(r.inlets[:i:i], r.inlets[i+1:]...)
			return in
		}
	}
	return nil
}

// drainInlet lets the reading of an inlet's connections end at the given time.
func (r *Receiver) drainInlet(in *inlet, at time.Time) {
	in.drainAt.Store(&at)
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		if c.in == in {
			c.drain(at)
		}
	}
}

// start runs serve in a goroutine of the receiver, with a context that ends when Close or Shut give up, and
// registers stop, which makes serve return soon; for a listener, it returns when the door is shut. It fails when
// Close was called before.
func (r *Receiver) start(ctx context.Context, in *inlet, stop func(), serve func(ctx context.Context)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isStopping() {
		return fmt.Errorf("receiver is closed: %w", net.ErrClosed)
	}
	ctx = context.WithoutCancel(ctx)
	r.watching.Do(func() { r.watchFiles(ctx) })
	ctx, in.cancel = context.WithCancel(ctx)
	in.stop = stop
	r.inlets = append(r.inlets, in)
	r.run(in, func() { serve(ctx) })
	return nil
}

// run runs f in a goroutine of the receiver and of the inlet.
func (r *Receiver) run(in *inlet, f func()) {
	in.running.Add(1)
	r.running.Go(func() {
		defer in.running.Done()
		f()
	})
}
