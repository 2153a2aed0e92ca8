package assembly_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// guest keeps what it is given, as long as handle does not say otherwise.
type guest struct {
	handle func(ctx context.Context, batch []record.Record) error

	mu     sync.Mutex
	got    []string
	closed int
}

func (g *guest) Handle(ctx context.Context, batch []record.Record) error {
	if g.handle != nil {
		if err := g.handle(ctx, batch); err != nil {
			return err
		}
	}
	g.keep(batch)
	return nil
}

func (g *guest) keep(batch []record.Record) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range batch {
		g.got = append(g.got, r.Message)
	}
}

func (g *guest) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed++
	return nil
}

func (g *guest) messages() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.got)
}

func (g *guest) check(t *testing.T, name string, closed int, want ...string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Equal(g.got, want) || g.closed != closed {
		t.Errorf("%s: got %q, closed %d times, want %q, closed %d times", name, g.got, g.closed, want, closed)
	}
}

func batchOf(messages ...string) (batch []record.Record) {
	for _, m := range messages {
		batch = append(batch, record.Record{Message: m})
	}
	return batch
}

func TestSeatIsHandler(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		g := &guest{}
		s := assembly.NewSeat(g)
		t.Cleanup(func() { _ = s.Close() })
		return handlertest.Subject{Handler: s, Messages: g.messages}
	})
}

// What the handler before has not taken goes to the one that takes its place, and nothing twice.
func TestExchange(t *testing.T) {
	away := errors.New("away")
	for name, handle := range map[string]func(g *guest, ctx context.Context, batch []record.Record) error{
		"errs when it has to leave": func(_ *guest, ctx context.Context, _ []record.Record) error {
			<-ctx.Done()
			return away
		},
		"has taken a part": func(g *guest, ctx context.Context, batch []record.Record) error {
			<-ctx.Done()
			g.keep(batch[:1])
			return &record.PartialError{Handled: 1, Err: away}
		},
		"finishes in time": func(_ *guest, ctx context.Context, _ []record.Record) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				old, next := &guest{}, &guest{}
				old.handle = func(ctx context.Context, batch []record.Record) error { return handle(old, ctx, batch) }
				s := assembly.NewSeat(old)
				handled := make(chan error, 1)
				go func() { handled <- s.Handle(t.Context(), batchOf("1", "2", "3")) }()
				synctest.Wait()
				if err := s.Exchange(t.Context(), next); err != nil {
					t.Errorf("Exchange: %v", err)
				}
				if err := <-handled; err != nil {
					t.Errorf("Handle: %v", err)
				}
				if err := s.Handle(t.Context(), batchOf("4")); err != nil {
					t.Errorf("Handle: %v", err)
				}
				if got := slices.Concat(old.messages(), next.messages()); !slices.Equal(got, []string{"1", "2", "3", "4"}) {
					t.Errorf("got %q by both, want 1 to 4", got)
				}
				if old.closed != 1 || next.closed != 0 {
					t.Errorf("got the one before closed %d times and the next one %d times, want 1 and 0", old.closed, next.closed)
				}
				if err := s.Close(); err != nil || next.closed != 1 {
					t.Errorf("Close: got %v, closed %d times", err, next.closed)
				}
			})
		})
	}
}

// A handler that hangs is left behind, and closed once it is back.
func TestExchangeHung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		old, next := &guest{handle: func(context.Context, []record.Record) error { <-back; return nil }}, &guest{}
		s := assembly.NewSeat(old)
		handled := make(chan error, 1)
		go func() { handled <- s.Handle(t.Context(), batchOf("1")) }()
		synctest.Wait()
		began := time.Now()
		if err := s.Exchange(t.Context(), next); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("Exchange: got %v after %v, want an error after some seconds", err, time.Since(began))
		}
		old.check(t, "before it is back", 0)
		close(back)
		if err := <-handled; err != nil {
			t.Errorf("Handle: %v", err)
		}
		synctest.Wait()
		old.check(t, "when it is back", 1, "1")
		next.check(t, "next", 0)
	})
}

func TestExchangeClosed(t *testing.T) {
	old, next := &guest{}, &guest{}
	s := assembly.NewSeat(old)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Exchange(t.Context(), next); err != nil {
		t.Error(err)
	}
	old.check(t, "before", 1)
	next.check(t, "next", 1)
}
