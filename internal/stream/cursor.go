package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// CursorOptions say how a handler reads.
type CursorOptions struct {
	// Required makes Handle wait, when the stream is full, until the handler has made room. Of any
	// other handler the oldest records are dropped then.
	Required bool
	// MaxBytes and MaxAge bound what waits for the handler. What is beyond is dropped, the oldest
	// first, counted and told. Zero is no bound but the stream's own. They do not apply to a
	// required handler.
	MaxBytes int64
	MaxAge   time.Duration
	// After is for a handler that keeps its own position together with its data: the id of the last
	// record it has. It reads on after that. The zero id is before the first record.
	After *record.ID
	// Gather is about how many records the handler is given at a time: those of several messages, if they are there
	// already, or come within Linger, which is at most 20 ms. By default it is given one message at a time.
	Gather int
	Linger time.Duration
	// FromEnd makes a handler that the stream has not seen before start at the end of the stream, and
	// not at its beginning.
	FromEnd bool
}

// Cursor is a handler's place in the stream, and the goroutine that hands records to it. Handle of the
// handler is called from that goroutine alone, with the records of one message at most unless it gathers.
//
// A cursor outlives the process: one that nobody has asked for yet keeps its place, until it is
// forgotten.
type Cursor struct {
	s    *Stream
	name string

	// The stream's mutex guards these.
	handler record.Handler // nil while nobody reads
	o       CursorOptions
	cancel  context.CancelFunc
	done    chan struct{} // closed when the goroutine has ended
	look    chan struct{} // holds a token when the goroutine is to look up from its wait

	mu       sync.Mutex // guards all below
	place    place      // everything before is handled, or dropped
	gap      *gap       // what was dropped before place, and is to be told
	flight   *flight    // what is at the handler
	skip     *skip      // where to go on after that
	kept     uint64     // place.seq as it was last written
	start    uint64     // records before the first one that is counted
	handled  uint64
	dropped  Dropped
	err      error // the handler fails with it
	running  bool  // there is a goroutine that reads
	draining bool
	stopping bool // it is to end after what is at the handler
}

// skip is where a cursor goes on that had to give up records.
type skip struct {
	seq     uint64
	before  totals
	dropped queue.Levels // from the end of the flight to there
	gap     *gap
}

// Cursor starts reading for the handler: from where the cursor of that name was, or as the options say
// if there is none yet. The stream does not close the handler.
func (s *Stream) Cursor(name string, h record.Handler, o CursorOptions) (*Cursor, error) {
	if name == "" || len(name) > maxName {
		return nil, fmt.Errorf("cursor %.40q: want a name of 1 to %d bytes", name, maxName)
	}
	known, err := s.mayRead(name)
	if err != nil {
		return nil, err
	}
	var at *place
	if !known || o.After != nil {
		ctx, cancel := context.WithTimeout(context.Background(), apiTimeout)
		defer cancel()
		begin, err := s.begin(ctx, name, o)
		if err != nil {
			return nil, fmt.Errorf("cursor %s: %w", name, err)
		}
		at = &begin
	}
	c, err := s.attach(name, h, o, at)
	if err != nil || known {
		return c, err
	}
	// Where it begins is kept before anything may be stored that it is to see: after a crash it would
	// be new again, and begin behind that. On a full disk it cannot be, and then nothing is stored either.
	ctx, cancel := context.WithTimeout(context.Background(), apiTimeout)
	defer cancel()
	if err := s.saveState(ctx, false); err != nil {
		s.claimed.Store(false)
		s.notices.Give("save", "stream: %v", err)
	}
	return c, nil
}

// attach gives the cursor of that name its handler.
func (s *Stream) attach(name string, h record.Handler, o CursorOptions, at *place) (*Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.mayReadNow(name); err != nil { // somebody else may have come by
		return nil, err
	}
	c := s.cursors[name]
	if c == nil {
		c = &Cursor{s: s, name: name}
		s.cursors[name] = c
	}
	c.attach(h, o, at)
	return c, nil
}

// mayRead returns an error if no handler may read under that name now, and whether the cursor is known.
func (s *Stream) mayRead(name string) (known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mayReadNow(name)
}

// mayReadNow is mayRead while mu is held.
func (s *Stream) mayReadNow(name string) (known bool, err error) {
	c := s.cursors[name]
	switch {
	case s.closing:
		err = ErrClosed
	case c != nil && c.handler != nil:
		err = errors.New("it is in use")
	case c == nil && len(s.cursors) >= maxCursors:
		err = fmt.Errorf("there are %d already", maxCursors)
	default:
		return c != nil, nil
	}
	return false, fmt.Errorf("cursor %s: %w", name, err)
}

const (
	// maxName is the length of the longest name of a cursor.
	maxName = 512
	// maxCursors bounds the cursors of a stream.
	maxCursors = 256
)

// attach gives the cursor a handler, and a place if it is not to stay where it is, and starts it. The stream's
// mutex is held.
func (c *Cursor) attach(h record.Handler, o CursorOptions, at *place) {
	ctx, cancel := context.WithCancel(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	o.Linger = min(max(o.Linger, 0), maxLinger)
	c.handler, c.o, c.cancel = h, o, cancel
	c.done, c.look = make(chan struct{}), make(chan struct{}, 1)
	if at != nil {
		c.place, c.gap, c.skip, c.kept = *at, nil, nil, at.seq
	}
	c.handled, c.dropped, c.err = 0, Dropped{}, nil
	c.start = c.place.at.Levels.Total()
	c.running, c.stopping = true, false
	go c.run(ctx, h)
}

// Name is the cursor's name.
func (c *Cursor) Name() string { return c.name }

// finishTime is how long Close lets a Handle finish before its context ends.
const finishTime = 2 * time.Second

// Close stops reading. A Handle that is at work has two seconds to finish, since one whose context ends may have done
// the work all the same, and will be handed the records over again. Then its context ends, and it is waited for until
// ctx does; after that it is left to itself. The cursor keeps its place.
func (c *Cursor) Close(ctx context.Context) error {
	c.s.mu.Lock()
	cancel, done := c.cancel, c.done
	c.s.mu.Unlock()
	if c.stop() {
		select {
		case <-done:
		case <-time.After(finishTime):
		case <-ctx.Done():
		}
	}
	cancel()
	select {
	case <-done:
		return c.s.saveState(ctx, false)
	case <-ctx.Done():
		return fmt.Errorf("handler %s: it hangs: %w", c.name, context.Cause(ctx))
	}
}

// Forget removes a cursor that nobody reads with, and its place.
func (s *Stream) Forget(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cursors[name]
	if c != nil && c.handler != nil {
		return fmt.Errorf("cursor %s: it is in use", name)
	}
	delete(s.cursors, name)
	return nil
}

// cursor returns the cursor of that name, or nil.
func (s *Stream) cursor(name string) *Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[name]
}

// list returns all cursors.
func (s *Stream) list() []*Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Cursor, 0, len(s.cursors))
	for _, c := range s.cursors {
		all = append(all, c)
	}
	return all
}

// position is what is written of the cursor. Records that were given up are told after a crash too, and
// with them those that are at the handler, of which nobody would know what became of them.
func (c *Cursor) position() position {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := position{Sequence: c.place.seq, Index: c.place.index, Totals: c.place.at, Gap: c.gap, Required: c.o.Required}
	if c.skip != nil {
		p.Sequence, p.Index, p.Totals = c.skip.seq, 0, c.skip.before
		p.Gap = p.Gap.add(c.aboard(), Closed.String()).merge(c.skip.gap)
	}
	return p
}

// aboard is what is at the handler, or left of it, before the records that the cursor skips. mu is held.
func (c *Cursor) aboard() queue.Levels {
	return difference(difference(c.skip.before.Levels, c.skip.dropped), c.place.at.Levels)
}

// saved is told that a position is written.
func (c *Cursor) saved(p position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = p.Sequence
}

// finish waits for the goroutine to end by itself, and stops it when ctx ends.
func (c *Cursor) finish(ctx context.Context) error {
	c.s.mu.Lock()
	cancel, done := c.cancel, c.done
	c.s.mu.Unlock()
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	cancel()
	return fmt.Errorf("handler %s: %d records left: %w", c.name, c.stats().Waiting, context.Cause(ctx))
}

// Bound changes what the cursor is required to have, and what may wait for it: Required, MaxBytes and MaxAge of o
// hold from now on, and nothing else of it does.
func (c *Cursor) Bound(o CursorOptions) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.o.Required, c.o.MaxBytes, c.o.MaxAge = o.Required, o.MaxBytes, o.MaxAge
}

// catchUpEvery is how often CatchUp looks how far the cursor is.
const catchUpEvery = 2 * time.Millisecond

// CatchUp waits until the handler has what was stored before the call, or it was dropped, or ctx ends: the error is
// then that of ctx.
func (c *Cursor) CatchUp(ctx context.Context) error {
	end := c.s.ring.end()
	tick := time.NewTicker(catchUpEvery)
	defer tick.Stop()
	for c.next() <= end.seq {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("handler %s: %d records wait: %w", c.name, c.stats().Waiting, context.Cause(ctx))
		}
	}
	return nil
}
