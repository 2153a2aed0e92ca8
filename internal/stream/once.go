package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// onceWindow is how long the ids of HandleOnce are remembered.
	onceWindow = 10 * time.Minute
	// maxOnce bounds how many are; beyond it the oldest are forgotten before their time.
	maxOnce = 1 << 18
	// maxOnceID is the length of the longest id.
	maxOnceID = 128
)

// onceEvery is how often the ids are written at least while there are any, so that there is little to
// read after a crash.
const onceEvery = 2 * time.Second

// once remembers the ids of HandleOnce. They are in the headers of the messages, but to find them there
// would take reading ten minutes of the stream at each start. So they are written beside it, many
// together, with the message up to which they are written: only the messages after that are read.
type once struct {
	mu    sync.Mutex // guards all below
	at    map[string]time.Time
	line  []string // the ids by age
	new   []string // that are not written yet
	noted time.Time
	upTo  uint64 // as it was last written
}

// onceNote is what is written.
type onceNote struct {
	IDs  []string `json:"ids"`
	UpTo uint64   `json:"up_to"`
}

// seen reports whether a message of that id is in the stream.
func (o *once) seen(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, ok := o.at[id]
	return ok && time.Since(at) < onceWindow
}

// add notes that a message of that id is stored.
func (o *once) add(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.learn(id, time.Now())
	o.new = append(o.new, id)
}

// learn notes an id. mu is held.
func (o *once) learn(id string, at time.Time) {
	if o.at == nil {
		o.at = make(map[string]time.Time)
	}
	if _, ok := o.at[id]; !ok {
		o.line = append(o.line, id)
	}
	o.at[id] = at
	for len(o.line) > maxOnce || len(o.line) > 0 && time.Since(o.at[o.line[0]]) >= onceWindow {
		delete(o.at, o.line[0])
		o.line = o.line[1:]
	}
}

// openOnce writes, before a message with an id is stored, from where on such are to be looked for.
func (s *Stream) openOnce(ctx context.Context, e *engine) error {
	s.once.mu.Lock()
	recent := time.Since(s.once.noted) < onceWindow/2
	s.once.mu.Unlock()
	if recent {
		return nil
	}
	return s.writeOnce(ctx, e)
}

// saveOnce writes the ids that are new.
func (s *Stream) saveOnce(ctx context.Context, closing bool) error {
	o := &s.once
	end := s.ring.end().seq
	o.mu.Lock()
	due := len(o.new) > 0 || len(o.line) > 0 && end > o.upTo && (closing || time.Since(o.noted) > onceEvery)
	o.mu.Unlock()
	if !due {
		return nil
	}
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return err
	}
	return s.writeOnce(ctx, e)
}

func (s *Stream) writeOnce(ctx context.Context, e *engine) error {
	o := &s.once
	note := onceNote{UpTo: s.ring.end().seq} // before the ids are taken: all up to there are among them
	o.mu.Lock()
	note.IDs, o.new = o.new, nil
	o.mu.Unlock()
	text, err := json.Marshal(note)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, apiTimeout)
		defer cancel()
		_, err = e.js.Publish(ctx, s.o.subject(suffixOnce), text, jetstream.WithRetryAttempts(0))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.new = append(note.IDs, o.new...)
		return fmt.Errorf("remember ids: %w", err)
	}
	o.noted, o.upTo = time.Now(), note.UpTo
	return nil
}

// loadOnce reads the ids of the last minutes.
func (s *Stream) loadOnce(ctx context.Context, e *engine) error {
	st, err := e.js.Stream(ctx, s.o.Name+suffixOnce)
	if err != nil {
		return err
	}
	s.once.mu.Lock()
	s.once.new = nil // of a time before, when it was not read to the end
	s.once.mu.Unlock()
	known, upTo := false, uint64(0)
	for seq := uint64(1); ; {
		m, err := st.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(s.o.subject(suffixOnce)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		var note onceNote
		if err := json.Unmarshal(m.Data, &note); err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		s.once.mu.Lock()
		for _, id := range note.IDs {
			s.once.learn(id, m.Time)
		}
		s.once.mu.Unlock()
		known, seq, upTo = true, m.Sequence+1, note.UpTo
	}
	if !known {
		return nil // no message of the last minutes has an id
	}
	return s.findOnce(ctx, e, upTo)
}

// findOnce finds the ids of the messages after upTo, which are those of the last moments before a crash.
func (s *Stream) findOnce(ctx context.Context, e *engine, upTo uint64) error {
	m, err := e.from(ctx, upTo+1)
	for m != nil && err == nil {
		if m.once != "" {
			s.once.mu.Lock()
			s.once.learn(m.once, m.at)
			s.once.new = append(s.once.new, m.once)
			s.once.mu.Unlock()
		}
		m, err = e.from(ctx, m.seq+1)
	}
	return err
}

// HandleOnce is Handle for a batch that may come again, because whoever sent it did not hear that it was
// taken: one that was stored under the same id in the last ten minutes is not stored again. The id must
// stand for this batch and no other. It waits for room as Handle does.
func (s *Stream) HandleOnce(ctx context.Context, id string, batch []record.Record) error {
	if id == "" || len(id) > maxOnceID || oneLine(id) != id {
		return record.Permanent(fmt.Errorf("store records once: got the id %.40q, want 1 to %d printable bytes", id, maxOnceID))
	}
	return s.handle(ctx, batch, Wait, id)
}
