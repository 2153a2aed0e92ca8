package stream

import (
	"context"
	"fmt"

	"github.com/jackdaw-log/jackdaw/record"
)

// Last returns the id of the last record of the stream, the zero id if there is none.
func (s *Stream) Last(ctx context.Context) (record.ID, error) {
	end := s.ring.end()
	if end.seq == 0 {
		return record.ID{}, nil
	}
	id := record.ID{Epoch: end.epoch, Sequence: end.seq}
	if m, _, _ := s.ring.find(end.seq); m != nil {
		defer s.ring.release(m)
		if n := len(m.records); n > 0 {
			return m.records[n-1].ID, nil
		}
	}
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return record.ID{}, fmt.Errorf("find the last record: %w", err)
	}
	m, err := e.message(ctx, end.seq)
	if err != nil {
		return record.ID{}, fmt.Errorf("find the last record: %w", err)
	}
	if m != nil && m.err == nil {
		id.Epoch = m.mark.epoch
		id.Index = uint32(max(m.mark.own.Total(), 1) - 1)
	}
	return id, nil
}
