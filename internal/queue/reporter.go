package queue

import (
	"fmt"
	"sync"
	"time"
)

// reportEvery is how often at most one source of errors reaches the hook.
const reportEvery = 10 * time.Second

// reporter passes errors to a hook, not too often: the first of a source at once, and later ones with the
// number of those that were held back.
type reporter struct {
	hook func(error)

	calling sync.Mutex // held while the hook runs: one that blocks holds up one goroutine, not all

	mu      sync.Mutex // guards all below
	sources map[string]*source
	late    []*source // of those before the last flush, what was held back and is not told yet
}

type source struct {
	last  time.Time
	held  int
	err   error // the last that was held back
	aside bool  // a goroutine is about to tell one
}

func (p *reporter) report(key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.of(key, err)
	if !s.due() {
		s.hold(err)
		return
	}
	held, _ := s.take()
	p.tell(s, err, held)
}

// reportAside is report for those who must not wait for the hook.
func (p *reporter) reportAside(key string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.of(key, err)
	if s.aside || !s.due() {
		s.hold(err)
		return
	}
	held, _ := s.take()
	s.aside = true
	go func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		s.aside = false
		p.tell(s, err, held)
	}()
}

// of returns the source of a key, and the error as it is told. mu is held, here and below.
func (p *reporter) of(key string, err error) (*source, error) {
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	s := p.sources[key]
	if s == nil {
		s = new(source)
		if p.sources == nil {
			p.sources = make(map[string]*source)
		}
		p.sources[key] = s
	}
	return s, err
}

// due reports whether the hook may be told of another error.
func (s *source) due() bool { return s.last.IsZero() || time.Since(s.last) >= reportEvery }

func (s *source) hold(err error) {
	s.held++
	s.err = err
}

// take returns how many errors were held back, and the last.
func (s *source) take() (held int, err error) {
	held, err = s.held, s.err
	s.err, s.held = nil, 0
	return held, err
}

// tell calls the hook, and once more for each source that is to be heard of at once. While somebody else is at that, the error is
// held back. mu is not held while the hook runs.
func (p *reporter) tell(s *source, err error, held int) {
	if !p.calling.TryLock() {
		s.held += held
		s.hold(err)
		if !p.has(s) {
			p.late = append(p.late, s)
		}
		return
	}
	for {
		s.last = time.Now()
		p.mu.Unlock()
		p.call(err, held)
		p.mu.Lock()
		if s = p.unheard(); s == nil {
			break
		}
		held, err = s.take()
		held--
	}
	p.calling.Unlock()
}

// has reports whether a source is not from before the last flush.
func (p *reporter) has(s *source) bool {
	for _, other := range p.sources {
		if other == s {
			return true
		}
	}
	return false
}

// unheard returns a source that the hook is to hear of at once, nil if there is none: one of which it never has, for the first error
// of one, which came while the hook ran, is not to wait; or one that is late.
func (p *reporter) unheard() *source {
	for len(p.late) > 0 {
		s := p.late[0]
		p.late = p.late[1:]
		if s.held > 0 { // it may be there twice
			return s
		}
	}
	for _, s := range p.sources {
		if s.last.IsZero() && s.held > 0 {
			return s
		}
	}
	return nil
}

// flush reports what was held back. While the hook runs, that is left to who has called it.
func (p *reporter) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sources {
		if s.held > 0 {
			p.late = append(p.late, s)
		}
	}
	p.sources = nil
	if s := p.unheard(); s != nil {
		held, err := s.take()
		p.tell(s, err, held-1)
	}
}

// call calls the hook. A panic of it has nowhere to go.
func (p *reporter) call(err error, held int) {
	defer func() { _ = recover() }()
	if held > 0 {
		err = fmt.Errorf("%w (and %d more like it since the last message)", err, held)
	}
	p.hook(err)
}
