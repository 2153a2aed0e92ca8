package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/jackdaw-log/jackdaw/internal/queue"
)

// state is what is kept beside the records: one JSON document, written anew a few times a second while
// something moves.
type state struct {
	// Process is who has the stream, and Clean whether it was closed since then.
	Process string `json:"process"`
	Clean   bool   `json:"clean"`
	// Epoch is that of the next message. Sequence and Totals are those of the last message.
	Epoch    uint64 `json:"epoch"`
	Sequence uint64 `json:"sequence"`
	Totals   totals `json:"totals"`
	// Cursors are the positions of all cursors by name.
	Cursors map[string]position `json:"cursors"`
}

// position is how far a cursor is.
type position struct {
	// Sequence is the message that is next, and Index how many of its records are done with.
	Sequence uint64 `json:"sequence"`
	Index    int    `json:"index,omitempty"`
	// Totals count up to there.
	Totals totals `json:"totals"`
	// Gap is what was dropped before that place and not told yet.
	Gap *gap `json:"gap,omitempty"`
	// Required is that of the cursor's options.
	Required bool `json:"required,omitempty"`
}

// gap is what a cursor dropped at one place.
type gap struct {
	Levels queue.Levels `json:"levels"`
	Why    string       `json:"why"`
}

// add returns the gap with more dropped records in it.
func (g *gap) add(dropped queue.Levels, why string) *gap {
	if dropped.Total() == 0 {
		return g
	}
	if g == nil {
		return &gap{Levels: dropped, Why: why}
	}
	more := *g
	more.Levels.Add(dropped)
	if g.Why != why {
		more.Why += ", " + why
	}
	return &more
}

// merge returns the gap with another one in it.
func (g *gap) merge(other *gap) *gap {
	if other == nil {
		return g
	}
	return g.add(other.Levels, other.Why)
}

// keeper writes the state.
type keeper struct {
	turn    chan struct{} // holds a token while the state is written, which all below belong to
	last    uint64        // sequence of the last document
	written string
	at      time.Time // when
}

// loadState reads the state, which is nil for a new stream.
func (s *Stream) loadState(ctx context.Context, e *engine) (*state, error) {
	st, err := e.js.Stream(ctx, s.o.Name+suffixState)
	if err != nil {
		return nil, err
	}
	m, err := st.GetLastMsgForSubject(ctx, s.o.subject(suffixState))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var doc state
	if err := json.Unmarshal(m.Data, &doc); err != nil {
		return nil, fmt.Errorf("read the state of stream %s: %w", s.o.Name, err)
	}
	s.keeper.last = m.Sequence
	if s.o.URL != "" && !doc.Clean {
		return &doc, s.unclaimed(ctx, st, m.Sequence, doc.Process)
	}
	return &doc, nil
}

const (
	// beatEvery is how often the state is written at least in a cluster, where no lock keeps a second
	// process out, and beatPatience how long to look whether somebody does, beatLooks times.
	beatEvery    = 500 * time.Millisecond
	beatPatience = 3 * beatEvery
	beatLooks    = 15
)

// unclaimed returns an error if another process has the stream: it writes the state, again and again.
func (s *Stream) unclaimed(ctx context.Context, st jetstream.Stream, last uint64, owner string) error {
	beats, err := beating(ctx, last, func() (uint64, error) {
		m, err := st.GetLastMsgForSubject(ctx, s.o.subject(suffixState))
		if err != nil {
			return 0, fmt.Errorf("look whether stream %s is in use: %w", s.o.Name, err)
		}
		return m.Sequence, nil
	})
	if beats {
		return &LockedError{Stream: s.o.Name, Owner: owner}
	}
	return err
}

// beating reports whether what is looked at goes on behind last. The looks are counted, and not the time: where the
// machine stood still for a while, who writes did too, and it has its time when both go on.
func beating(ctx context.Context, last uint64, look func() (uint64, error)) (bool, error) {
	for range beatLooks {
		if !pause(ctx, beatPatience/beatLooks) {
			return false, context.Cause(ctx)
		}
		at, err := look()
		if err != nil || at > last {
			return err == nil, err
		}
	}
	return false, nil
}

// saveState writes the state, if it is not what was written last. Positions are read before it is
// written, and only when it is written does what they have left behind count as handled.
func (s *Stream) saveState(ctx context.Context, clean bool) error {
	select {
	case s.keeper.turn <- struct{}{}:
		defer func() { <-s.keeper.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return err
	}
	doc := s.stateNow(clean)
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	beat := s.o.URL != "" && time.Since(s.keeper.at) > beatEvery
	if string(text) == s.keeper.written && !beat {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	ack, err := e.js.Publish(ctx, s.o.subject(suffixState), text, jetstream.WithRetryAttempts(0))
	if err != nil {
		s.keeper.last, s.keeper.written = 0, "" // it may be written all the same
		return fmt.Errorf("keep the positions of the handlers: %w", err)
	}
	if last := s.keeper.last; last != 0 && ack.Sequence != last+1 {
		s.notices.Give("shared", "stream %s: another process uses it too, and each takes the positions of the other's handlers away; give each a name of its own", s.o.Name)
	}
	s.keeper.last, s.keeper.written, s.keeper.at = ack.Sequence, string(text), time.Now()
	s.claimed.Store(true)
	for name, p := range doc.Cursors {
		if c := s.cursor(name); c != nil {
			c.saved(p)
		}
	}
	select {
	case s.progress <- struct{}{}:
	default:
	}
	return nil
}
