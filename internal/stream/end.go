package stream

import (
	"context"
)

// findEnd asks where the stream ends, and returns its last message too, or nil. known is where it was
// known to end.
func (s *Stream) findEnd(ctx context.Context, e *engine, known head) (head, *stored, error) {
	x, err := e.extent(ctx)
	if err != nil {
		return head{}, nil, err
	}
	last, err := e.latest(ctx)
	if err != nil {
		return head{}, nil, err
	}
	s.room.found(x.bytes)
	h := head{seq: x.last, epoch: known.epoch, at: known.at}
	if last != nil && last.err == nil {
		h.at, h.epoch = last.mark.after, last.mark.epoch
	}
	return h, last, nil
}
