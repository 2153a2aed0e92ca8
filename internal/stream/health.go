package stream

import "sync"

// health is why the stream does not take records at the moment, nil while it does.
type health struct {
	mu  sync.Mutex // guards err
	err error
}

func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}
