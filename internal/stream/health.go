package stream

import (
	"cmp"
	"context"
	"sync"
)

// health is why the stream does not take records at the moment.
type health struct {
	mu     sync.Mutex // guards all below
	err    error      // the publisher has met with it; nil while it stores what comes
	noRoom error      // would be met with by who comes; nil while there is room on the disk
}

func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *health) setNoRoom(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noRoom = err
}

func (h *health) get() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.err, h.noRoom)
}

// watchDisk finds out that the disk is full while nothing comes in, and then makes room as the publisher
// does.
func (s *Stream) watchDisk(ctx context.Context) {
	err := s.room.lowDisk(false)
	if err != nil && s.intake.nextBytes() > 0 {
		return // the publisher is at it
	}
	if err != nil {
		if err = s.tryRoom(ctx, 0); err != nil {
			err = unavailable(err)
			s.notices.Give("publish", "stream: %v", err)
		}
	}
	s.health.setNoRoom(err)
}
