package stream

import (
	"context"
	"sync"
	"time"
)

// engines holds the engine in use, and replaces it when it breaks.
type engines struct {
	mu      sync.Mutex    // guards all below
	current *engine       // nil while there is none
	serial  int           // of the current engine, from 1
	came    chan struct{} // closed when there is an engine again
	err     error         // why there is none
}

func (e *engines) set(current *engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current, e.err = current, nil
	e.serial++
	if e.came != nil {
		close(e.came)
		e.came = nil
	}
}

// clear takes the engine away, because of err.
func (e *engines) clear(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current, e.err = nil, err
	if e.came == nil {
		e.came = make(chan struct{})
	}
}

// get returns the engine and its serial number. While there is none it waits.
func (e *engines) get(ctx context.Context) (*engine, int, error) {
	for {
		e.mu.Lock()
		current, serial, came := e.current, e.serial, e.came
		e.mu.Unlock()
		if current != nil {
			return current, serial, nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		}
	}
}

// failure returns why there is no engine, or nil.
func (e *engines) failure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// reopenPause is the time between two attempts to replace an engine. Work goes on within a second after
// what was in the way is gone.
const reopenPause = 250 * time.Millisecond

// reopen replaces an engine that broke: JetStream does not go on by itself after a write failed. It
// returns when there is a working one, or ctx ended.
func (s *Stream) reopen(ctx context.Context, old *engine) {
	fault := old.why(errGone)
	s.engines.clear(fault)
	s.notices.Give("broken", "stream: %v; it is started again", fault)
	old.stop()
	for {
		e, err := s.tryReopen(ctx)
		if err == nil {
			s.engines.set(e)
			s.notices.Give("mended", "stream: JetStream works again")
			return
		}
		s.engines.clear(err)
		s.notices.Give("reopen", "stream: JetStream cannot be started again yet: %v", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(reopenPause):
		}
	}
}

func (s *Stream) tryReopen(ctx context.Context) (*engine, error) {
	if err := s.room.lowDisk(true); err != nil {
		return nil, err
	}
	e, err := startEngine(&s.o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := e.during(ctx, startTimeout)
	defer cancel()
	if err := s.ensure(ctx, e); err != nil {
		err = e.why(err)
		e.stop()
		return nil, err
	}
	return e, nil
}
