package jackdaw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/record"
)

// seated is a handler that a configuration has made.
type seated struct {
	sink *sink
	seat *assembly.Seat
	made *config.Handler
}

// change is a configuration on its way to hold.
type change struct {
	h      *Hierarchy
	config *config.Config
	// opened are the handlers that are new or made anew, by name.
	opened map[string]record.Handler
	// exchanged are the seats that some of them are for, and gone what is given up.
	exchanged map[string]*seated
	gone      []*sink
}

// prepare opens what the configuration has new. After an error nothing is open.
func (h *Hierarchy) prepare(c *config.Config) (*change, error) {
	ch := &change{h: h, config: c, opened: map[string]record.Handler{}, exchanged: map[string]*seated{}}
	env := assembly.Env{Stdout: output(os.Stdout), Stderr: output(os.Stderr), Before: h.config, Files: &h.files, OnError: h.tell}
	var errs []error
	for _, hc := range assembly.Handlers(c) {
		if before := h.seat(hc.Name); before != nil && hc.Same(before.made) {
			continue
		}
		made, err := assembly.Open(hc, env)
		if err != nil {
			errs = append(errs, ch.at(hc, err))
			continue
		}
		ch.opened[hc.Name] = made
	}
	if len(errs) > 0 {
		return nil, errors.Join(append(errs, ch.discard())...)
	}
	return ch, nil
}

// at returns the error with the place of the handler.
func (ch *change) at(hc *config.Handler, err error) error {
	return &config.Error{File: ch.config.File, Place: hc.Place, Text: err.Error()}
}

// discard closes what was opened.
func (ch *change) discard() error {
	var errs []error
	for _, made := range ch.opened {
		if c, ok := made.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// seatFor returns the seat of a handler of the configuration, or nil where the program has removed it a moment ago. mu
// is held.
func (ch *change) seatFor(hc *config.Handler) (*seated, error) {
	before, made := ch.h.seats[hc.Name], ch.opened[hc.Name]
	switch {
	case before == nil && made == nil:
		return nil, nil
	case made == nil:
		return &seated{before.sink, before.seat, hc}, nil
	case before != nil && writesLines(before.made) == writesLines(hc):
		ch.exchanged[hc.Name] = before
		return &seated{before.sink, before.seat, hc}, nil
	}
	seat := assembly.NewSeat(made)
	s, err := ch.h.newSink(seat, hc.Name, HandlerOptions{Name: hc.Name})
	if err != nil {
		return nil, err
	}
	delete(ch.opened, hc.Name) // it is the queue's
	return &seated{s, seat, hc}, nil
}

// writesLines reports whether what waits for a handler may be lines that are made already.
func writesLines(hc *config.Handler) bool {
	switch hc.Params.(type) {
	case *config.Console, *config.File:
		return true
	}
	return false
}

// release makes the seats those of the hierarchy. mu is held.
func (ch *change) release(seats map[string]*seated) {
	h := ch.h
	for name, before := range h.seats {
		if s := seats[name]; s == nil || s.sink != before.sink {
			ch.gone = append(ch.gone, before.sink)
			delete(h.names, name)
		}
	}
	for name, s := range seats {
		h.names[name] = s.sink
	}
	h.seats = seats
}

// finish lets go of what does not hold any more.
func (ch *change) finish(ctx context.Context) error {
	errs := make(chan error)
	var wg sync.WaitGroup
	for name, s := range ch.exchanged {
		wg.Go(func() {
			if err := ch.exchange(ctx, s, ch.opened[name]); err != nil {
				errs <- fmt.Errorf("handler %s: %w", name, err)
			}
		})
	}
	for _, s := range ch.gone {
		wg.Go(func() { errs <- ch.h.remove(ctx, s) })
	}
	go func() {
		wg.Wait()
		close(errs)
	}()
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// handOverTime is how long a handler that is exchanged has for what waits for it. The rest goes to the new one.
const handOverTime = time.Second

// exchange gives the seat a new handler.
func (ch *change) exchange(ctx context.Context, s *seated, made record.Handler) error {
	short, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	_ = ch.h.queue.FlushOne(short, s.sink.outlet) // what is left stays in the queue
	return s.seat.Exchange(ctx, made)
}

// output returns a standard output as handlers see it.
func output(f *os.File) assembly.Output {
	info, err := f.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return assembly.Output{Writer: f, Terminal: terminal, Color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// seat returns the seat of that name, nil if there is none.
func (h *Hierarchy) seat(name string) *seated {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seats[name]
}

// apply lets the configuration hold. After an error nothing has changed.
func (ch *change) apply() error {
	h := ch.h
	h.mu.Lock()
	defer h.mu.Unlock()
	handlers := assembly.Handlers(ch.config)
	for _, hc := range handlers {
		if h.seats[hc.Name] == nil && h.names[hc.Name] != nil {
			err := fmt.Errorf("handler %s: the program has added one of that name itself", hc.Name)
			return errors.Join(ch.at(hc, err), ch.discard())
		}
	}
	seats := map[string]*seated{}
	for _, hc := range handlers {
		s, err := ch.seatFor(hc)
		if err != nil { // the hierarchy is closed, and closes what was added already
			return errors.Join(err, ch.discard())
		}
		if s != nil {
			seats[hc.Name] = s
		}
	}
	ch.release(seats)
	loggers := assembly.Loggers(ch.config, func(hc *config.Handler) *sink {
		if s := seats[hc.Name]; s != nil {
			return s.sink
		}
		return nil
	})
	if ch.config.Root == nil || !ch.config.Root.LevelNamed {
		loggers[0].Level = nil // the program's own holds
	}
	for i := range loggers {
		loggers[i].Handlers = slices.DeleteFunc(loggers[i].Handlers, func(a attached) bool { return a.Handler == nil })
	}
	h.tree.Configure(loggers)
	h.config = ch.config
	return nil
}
