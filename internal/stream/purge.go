package stream

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// handledBefore returns the message before which all handlers have handled all, as far as that is
// written.
func (s *Stream) handledBefore() uint64 {
	before := s.ring.end().seq + 1
	for _, c := range s.list() {
		c.mu.Lock()
		before = min(before, c.kept)
		c.mu.Unlock()
	}
	return before
}

// release removes messages from the beginning of the stream, as many as take about so many bytes, and only
// such that come before the message given. The last message always stays: it says where the stream
// is. It returns how many bytes are free now.
func (s *Stream) release(ctx context.Context, bytes int64, before uint64) (int64, error) {
	before = min(before, s.ring.end().seq)
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return 0, err
	}
	x, err := e.extent(ctx)
	if err != nil || x.messages == 0 || before <= x.first {
		return 0, err
	}
	to, err := s.beyond(ctx, e, x.first, before, bytes)
	if err != nil || to <= x.first {
		return 0, err
	}
	if e.server != nil {
		if to = s.wholeBlocks(x.first, to, before); to <= x.first {
			return 0, nil
		}
	}
	if err := e.records.Purge(ctx, jetstream.WithPurgeSequence(to)); err != nil {
		return 0, fmt.Errorf("remove what is handled: %w", err)
	}
	after, err := e.extent(ctx)
	if err != nil {
		return 0, err
	}
	s.room.found(after.bytes)
	return x.bytes - after.bytes, nil
}

// wholeBlocks returns the message before which to remove messages so that whole files go, which writes nothing: one from
// to to last, or on a disk that is full the last one before that, or first. There JetStream must not write: when a note
// of a message that it removed from a file cannot be written, it waits for itself for ever. Where no file begins, and
// the disk has room, it is to.
func (s *Stream) wholeBlocks(first, to, last uint64) uint64 {
	full := s.room.isTight()
	all, err := blocks(s.o.Dir, s.o.Name)
	if err != nil && !full {
		return to
	}
	whole := first
	for i := range all {
		begin, ok := all[i].first()
		if !ok || begin <= first {
			continue
		}
		if begin > last {
			break
		}
		if whole = begin; whole >= to {
			return whole
		}
	}
	if full {
		return whole
	}
	return to
}

// beyond returns the message, from first to last, before which there are about so many bytes of payload. What was stored
// before the start is looked at, the rest is known.
func (s *Stream) beyond(ctx context.Context, e *engine, first, last uint64, bytes int64) (uint64, error) {
	if to, ok := s.ring.beyond(first, last, bytes); ok {
		return to, nil
	}
	begin, err := e.from(ctx, first)
	if err != nil || begin == nil || begin.err != nil {
		return last, err
	}
	from := begin.mark.before(len(begin.payload)).Bytes
	m, err := e.seek(ctx, first, last, func(m *stored) bool {
		return int64(m.mark.before(len(m.payload)).Bytes-from) >= bytes
	})
	if err != nil || m == nil {
		return last, err
	}
	return m.seq, nil
}

// giveUp makes room by dropping what waits for handlers that are not required, the oldest first.
func (s *Stream) giveUp(ctx context.Context, bytes int64) (int64, error) {
	limit := s.ring.end().seq
	for _, c := range s.list() {
		c.mu.Lock()
		if c.o.Required {
			limit = min(limit, c.kept)
		}
		c.mu.Unlock()
	}
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return 0, err
	}
	x, err := e.extent(ctx)
	if err != nil || x.messages == 0 || limit <= x.first {
		return 0, err
	}
	to, err := s.beyond(ctx, e, x.first, limit, bytes)
	if err != nil {
		return 0, err
	}
	m, err := e.from(ctx, to)
	if err != nil || m == nil || m.err != nil {
		return 0, err
	}
	for _, c := range s.list() {
		c.moveOn(m, NoRoom)
	}
	if err := s.saveState(ctx, false); err != nil {
		return 0, err
	}
	return s.release(ctx, bytes, m.seq)
}

// requiredBehind names the handlers that make others wait.
func (s *Stream) requiredBehind() string {
	var names []string
	for _, c := range s.list() {
		c.mu.Lock()
		if c.o.Required && c.place.seq <= s.ring.end().seq {
			names = append(names, c.name)
		}
		c.mu.Unlock()
	}
	return "handler " + strings.Join(names, ", ")
}
