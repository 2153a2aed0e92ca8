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

	mu      sync.Mutex // guards sources
	sources map[string]*source
}

type source struct {
	last time.Time
	held int
	err  error // the last that was held back
}

func (p *reporter) report(key string, err error) {
	if key != "" {
		err = fmt.Errorf("%s: %w", key, err)
	}
	p.mu.Lock()
	s := p.sources[key]
	if s == nil {
		s = new(source)
		if p.sources == nil {
			p.sources = make(map[string]*source)
		}
		p.sources[key] = s
	}
	now := time.Now()
	if !s.last.IsZero() && now.Sub(s.last) < reportEvery || !p.calling.TryLock() {
		s.held++
		s.err = err
		p.mu.Unlock()
		return
	}
	held := s.held
	for s != nil {
		s.last, s.held, s.err = now, 0, nil
		p.mu.Unlock()
		p.call(err, held)
		p.mu.Lock()
		// The first error of another source, which came while the hook ran, is not to wait.
		if s = p.unheard(); s != nil {
			err, held, now = s.err, s.held-1, time.Now()
		}
	}
	p.calling.Unlock()
	p.mu.Unlock()
}

// reportAside is report for those who must not wait for the hook.
func (p *reporter) reportAside(key string, err error) {
	p.mu.Lock()
	s := p.sources[key]
	due := s == nil || time.Since(s.last) >= reportEvery
	p.mu.Unlock()
	if due {
		go p.report(key, err)
	} else {
		p.report(key, err)
	}
}

// unheard returns a source of which the hook has never heard, if there is one. mu is held.
func (p *reporter) unheard() *source {
	for _, s := range p.sources {
		if s.last.IsZero() && s.held > 0 {
			return s
		}
	}
	return nil
}

// flush reports what was held back.
func (p *reporter) flush() {
	p.mu.Lock()
	sources := p.sources
	p.sources = nil
	p.mu.Unlock()
	for _, s := range sources {
		if s.held > 0 && p.calling.TryLock() {
			p.call(s.err, s.held-1)
			p.calling.Unlock()
		}
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
