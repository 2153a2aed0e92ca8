package stream

import (
	"context"
	"fmt"

	"github.com/jackdaw-log/jackdaw/record"
)

// FollowOptions say where to begin to follow a stream, and how.
type FollowOptions struct {
	// After is the last record that is known already. The zero id is none.
	After record.ID
	// Last is how many records before the end to begin, about, if there is no After: the first batch may
	// have some more.
	Last uint64
	// MaxBehind bounds how many bytes, as they are stored, the follower may be behind the end of the
	// stream: what it is further behind it misses. There is no bound if it is zero.
	MaxBehind int64
}

// Follower reads a stream from some place on, for somebody who looks at it. It has no place in the stream, and
// holds back nothing. It takes the memory of one message, and of a few more while it is not at the end.
// It is not for concurrent use.
type Follower struct {
	s      *Stream
	o      FollowOptions
	reader *reader
	place  place
	missed Missed
}

// Missed is how many records a follower did not get.
type Missed struct {
	Records uint64
	// AtLeast is set when there may be more: the stream does not know any more how many there were.
	AtLeast bool
}

// Follow returns a follower of the stream. Close it.
func (s *Stream) Follow(ctx context.Context, o FollowOptions) (*Follower, error) {
	f := &Follower{s: s, o: o, reader: newReader(s), place: s.atEnd()}
	var err error
	switch {
	case !o.After.IsZero():
		var is history
		if f.place, is, err = s.after(ctx, o.After); is != there {
			f.missed.AtLeast = true
		}
	case o.Last > 0:
		f.place, err = s.lastRecords(ctx, o.Last)
	}
	if err != nil {
		return nil, fmt.Errorf("follow the stream: %w", err)
	}
	return f, nil
}

// lastRecords returns a place with at least n records after it, if there are so many.
func (s *Stream) lastRecords(ctx context.Context, n uint64) (place, error) {
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return place{}, err
	}
	end := s.ring.end()
	total := end.at.Levels.Total()
	m, err := e.seek(ctx, 1, end.seq, func(m *stored) bool { return total-m.mark.after.Levels.Total() < n })
	if err != nil || m == nil {
		return s.atEnd(), err
	}
	return placeOf(m), nil
}

// Next waits for the next records, until ctx ends or the stream is closed. missed says how many there were before them that the follower did not
// get: it was too far behind, or they were removed from the stream, or are damaged. The batch is never empty,
// must not be changed, and is good until the next call. The error is ctx's, or ErrClosed.
func (f *Follower) Next(ctx context.Context) (batch []record.Record, missed Missed, err error) {
	for {
		f.hurry(ctx)
		m, end, grown := f.reader.read(ctx, f.place.seq)
		switch {
		case ctx.Err() != nil:
			return nil, Missed{}, context.Cause(ctx)
		case f.s.isGone():
			return nil, Missed{}, ErrClosed
		case m != nil:
			if batch = f.take(m); len(batch) > 0 {
				missed, f.missed = f.missed, Missed{}
				return batch, missed, nil
			}
			continue
		case end == nil:
			continue
		}
		f.skip(place{seq: end.seq + 1, at: end.at})
		select {
		case <-grown:
		case <-f.s.gone:
			return nil, Missed{}, ErrClosed
		case <-ctx.Done():
			return nil, Missed{}, context.Cause(ctx)
		}
	}
}

// Close ends the follower.
func (f *Follower) Close() { f.reader.stop() }

// take returns what of a message comes after the follower's place.
func (f *Follower) take(m *message) []record.Record {
	if m.foreign {
		f.place.seq, f.place.index = m.seq+1, 0
		return nil
	}
	if m.seq != f.place.seq || f.place.index == 0 {
		f.skip(place{seq: m.seq, at: m.before})
	}
	batch := m.records[min(f.place.index, len(m.records)):]
	if len(batch) == 0 {
		f.skip(place{seq: m.seq + 1, at: m.after})
	}
	f.place = place{seq: m.seq + 1, at: m.after}
	return batch
}

// skip goes on at another place, and counts what is between.
func (f *Follower) skip(to place) {
	f.missed.Records += difference(to.at.Levels, f.place.at.Levels).Total()
	f.place = to
}

// hurry skips what is too far behind.
func (f *Follower) hurry(ctx context.Context) {
	end := f.s.ring.end()
	behind := int64(end.at.Bytes) - int64(f.place.at.Bytes)
	if f.o.MaxBehind <= 0 || behind <= f.o.MaxBehind {
		return
	}
	e, _, err := f.s.engines.get(ctx)
	if err != nil {
		return
	}
	m, err := e.seek(ctx, f.place.seq, end.seq, func(m *stored) bool {
		return int64(end.at.Bytes-m.mark.before(len(m.payload)).Bytes) <= f.o.MaxBehind/2
	})
	if err == nil && m != nil {
		f.skip(placeOf(m))
	}
}
