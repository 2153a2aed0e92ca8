package stream

import (
	"context"
	"fmt"

	"github.com/jackdaw-log/jackdaw/record"
)

// place is a place between two records of the stream.
type place struct {
	seq   uint64 // of the next message
	index int    // records of it that come before
	at    totals // up to there
}

// atEnd is the place after the last record.
func (s *Stream) atEnd() place {
	end := s.ring.end()
	return place{seq: end.seq + 1, at: end.at}
}

// history says what became of a record that somebody has the id of.
type history uint8

const (
	there   history = iota // it is in the stream
	removed                // it was handled by all and removed, with what came after it up to the first record
	unknown                // the stream does not have it, or lost it
)

// after returns the place after the record with that id, and after the one before the first for the zero id. If
// the stream does not have the record, it is the place from which on there is nothing that who has it
// has too.
func (s *Stream) after(ctx context.Context, id record.ID) (place, history, error) {
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return place{}, unknown, err
	}
	first, err := e.from(ctx, 1)
	if err != nil {
		return place{}, unknown, err
	}
	if first == nil || first.err != nil {
		return s.atEnd(), orUnknown(id), nil
	}
	if id.IsZero() {
		return placeOf(first), there, nil
	}
	m, err := e.message(ctx, id.Sequence)
	if err != nil {
		return place{}, unknown, err
	}
	if m != nil && m.err == nil && m.mark.epoch == id.Epoch {
		at, err := within(m, int(id.Index)+1)
		return at, there, err
	}
	if id.Sequence < first.seq && id.Epoch <= first.mark.epoch {
		return placeOf(first), removed, nil
	}
	// The stream lost the record, and may have used its sequence number again: what is new to who has it
	// is of a later epoch.
	m, err = e.seek(ctx, first.seq, s.ring.end().seq, func(m *stored) bool { return m.mark.epoch > id.Epoch })
	if err != nil || m == nil {
		return s.atEnd(), unknown, err
	}
	return placeOf(m), unknown, nil
}

func orUnknown(id record.ID) history {
	if id.IsZero() {
		return there
	}
	return unknown
}

// placeOf returns the place before a message.
func placeOf(m *stored) place { return place{seq: m.seq, at: m.mark.before(len(m.payload))} }

// within returns the place after n records of a message.
func within(m *stored, n int) (place, error) {
	records, err := newDecoder().Decode(m.payload, nil)
	if err != nil {
		return place{}, fmt.Errorf("message %d: %w", m.seq, err)
	}
	if n >= len(records) {
		return place{seq: m.seq + 1, at: m.mark.after}, nil
	}
	at := placeOf(m)
	at.index = n
	at.at.Levels.Add(levelsOf(records[:n]))
	return at, nil
}

// begin returns where a cursor starts that has no place yet, or whose handler knows it.
func (s *Stream) begin(ctx context.Context, name string, o CursorOptions) (place, error) {
	if o.After == nil && o.FromEnd {
		return s.atEnd(), nil
	}
	id := record.ID{}
	if o.After != nil {
		id = *o.After
	}
	at, is, err := s.after(ctx, id)
	if err != nil {
		return place{}, err
	}
	switch is {
	case removed:
		if c := s.cursor(name); c != nil && c.next() >= at.seq {
			break // it was given what was between, and has no need of that
		}
		s.notices.Give("gone "+name, "stream: handler %s has all up to record %s; the stream begins after that, with message %d, and what was between is gone", name, id, at.seq)
	case unknown:
		s.notices.Give("beyond "+name, "stream: handler %s has all up to record %s, which the stream does not have: it lost its last messages; the handler goes on with message %d", name, id, at.seq)
	}
	return at, nil
}
