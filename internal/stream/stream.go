package stream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
	"github.com/jackdaw-log/jackdaw/internal/notice"
	"github.com/jackdaw-log/jackdaw/record"
)

// Stream is a durable stream of records. It is a [record.Handler], and its methods may be called from
// any goroutine.
type Stream struct {
	o        Options
	lock     *datadir.Held // nil for a cluster
	process  string
	notices  notice.Board
	engines  engines
	payloads payloads
	intake   intake
	ring     ring
	room     room
	once     once
	health   health
	keeper   keeper
	claimed  atomic.Bool // it is written that the stream is in use, and where its cursors begin
	damage   []Damage
	most     int           // bytes of the largest message
	progress chan struct{} // holds a token when handlers have handled more
	gone     chan struct{} // closed when there is nothing to read any more

	publishing chan struct{} // closed when the publisher has ended
	upkeeping  chan struct{} // closed when the upkeep has ended
	giveUpNow  context.CancelFunc
	stopUpkeep context.CancelFunc

	mu      sync.Mutex // guards all below
	cursors map[string]*Cursor
	epoch   uint64
	closing bool
	once_   sync.Once
	err     error // of Close
}

// Open opens the stream, or makes it. Reading what is there takes a moment that does not depend on how
// much it is; after a crash all of it is read, for damage, and then by JetStream. The error is a [*LockedError]
// if another process has the stream.
func Open(o Options) (*Stream, error) {
	if err := o.settle(); err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	if err := o.settleDir(); err != nil {
		return nil, fmt.Errorf("open stream %s: %w", o.place(), err)
	}
	s := &Stream{
		o: o, process: processName(), notices: notice.Board{Tell: o.Notify}, progress: make(chan struct{}, 1), gone: make(chan struct{}),
		cursors: map[string]*Cursor{}, publishing: make(chan struct{}), upkeeping: make(chan struct{}),
		room: room{dir: o.Dir, max: o.MaxBytes, floor: o.FreeSpace},
	}
	s.o.Notify = func(text string) { s.notices.Give(text, "%s", text) }
	s.keeper.turn = make(chan struct{}, 1)
	s.intake.init()
	s.ring.init()
	if o.Dir != "" {
		var err error
		if s.lock, err = lock(o.Dir); err != nil {
			return nil, fmt.Errorf("open stream: %w", err)
		}
	}
	if err := s.start(); err != nil {
		_ = s.unlock()
		return nil, fmt.Errorf("open stream %s: %w", o.place(), err)
	}
	return s, nil
}

// processName says who has a stream.
func processName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("process %d of %s", os.Getpid(), host)
}

func (s *Stream) unlock() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// WhenFull says what becomes of records for which there is no room.
type WhenFull uint8

// What becomes of records for which there is no room.
const (
	// Wait waits for room, until the context ends.
	Wait WhenFull = iota
	// Refuse returns ErrFull, or ErrUnavailable, at once.
	Refuse
	// DropLowest is for who cannot wait. The records are kept in memory for a while; when that is used up,
	// those of the lowest levels are dropped first, counted, and told by a record in their place.
	DropLowest
)

// patience is how long a Handle with DropLowest waits for its records to be as durable as the level says.
// From then on they are the stream's own, in memory.
const patience = 500 * time.Millisecond

// Handle stores a batch, and returns when it is as durable as the stream's level says. It waits for room
// until ctx ends; the error is then also ErrFull if the stream was full, or ErrUnavailable. After an error the
// records may or may not be in the stream.
func (s *Stream) Handle(ctx context.Context, batch []record.Record) error {
	return s.handle(ctx, batch, Wait, "")
}

// Entrance returns a handler that is the stream's, but for what it does when the stream is full.
func (s *Stream) Entrance(when WhenFull) record.Handler {
	return record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		return s.handle(ctx, batch, when, "")
	})
}

func (s *Stream) handle(ctx context.Context, batch []record.Record, when WhenFull, id string) error {
	if when == DropLowest {
		var wait time.Duration
		if s.o.Level == Memory { // at the others it is the wait for custody that holds back a burst
			wait = patience
		}
		batch = s.intake.filter(ctx, batch, wait)
	}
	if len(batch) == 0 {
		return nil
	}
	pieces, tooLarge := s.payloads.cut(batch, s.most)
	if id != "" {
		for i, p := range pieces {
			p.once = fmt.Sprintf("%s#%d", id, i)
		}
	}
	if len(pieces) == 0 {
		return tooLarge
	}
	c := &call{when: when, done: make(chan error, 1)}
	if err := s.intake.enter(ctx, c, pieces); err != nil {
		return err
	}
	if s.o.Level == Memory && id == "" {
		s.intake.handOver(c)
		return tooLarge
	}
	if err := s.await(ctx, c); err != nil {
		return err
	}
	return tooLarge
}

// await waits for the outcome of a call.
func (s *Stream) await(ctx context.Context, c *call) error {
	var enough <-chan time.Time
	if c.when == DropLowest {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case err := <-c.done:
		return err
	case <-enough:
		s.intake.handOver(c)
		return nil
	case <-ctx.Done():
		return s.intake.leave(ctx, c)
	}
}

// Healthy returns nil while the stream takes records, and else why it does not: then who can wait waits.
func (s *Stream) Healthy() error {
	if err := s.engines.failure(); err != nil {
		return unavailable(err)
	}
	return s.health.get()
}

// Damage returns what was found damaged when the stream was opened.
func (s *Stream) Damage() []Damage { return s.damage }

// Close stores what came in, lets the cursors handle what is in memory, and closes the stream. A handler that
// fails, or is further behind, goes on when the stream is opened again. When ctx ends Close gives up what is
// left: that of the cursors stays in the stream, and what was on its way into it is dropped if nobody waits for it. Closing twice is fine: the second call waits for the first.
func (s *Stream) Close(ctx context.Context) error {
	s.once_.Do(func() { s.err = s.close(ctx) })
	return s.err
}

func (s *Stream) close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.intake.close()
	var errs []error
	select {
	case <-s.publishing:
	case <-ctx.Done():
		s.giveUpNow()
		<-s.publishing
		errs = append(errs, fmt.Errorf("store what came in: %w", context.Cause(ctx)))
	}
	errs = append(errs, s.closeCursors(ctx))
	close(s.gone)
	s.stopUpkeep()
	<-s.upkeeping
	s.giveUpNow()
	if e, _, err := s.engines.get(contextNow()); err == nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), apiTimeout)
		defer cancel()
		errs = append(errs, s.saveLast(last))
		e.stop()
	}
	errs = append(errs, s.unlock())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close stream: %w", err)
	}
	return nil
}

// saveLast writes what is to be found when the stream is opened again. In a cluster that has just lost a
// server that may take more than one attempt.
func (s *Stream) saveLast(ctx context.Context) error {
	for {
		err := errors.Join(s.saveOnce(ctx, true), s.saveState(ctx, true))
		if err == nil || !pause(ctx, publishPause) {
			return err
		}
	}
}

// isGone reports whether there is nothing to read any more.
func (s *Stream) isGone() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// closeCursors lets the cursors handle what is in memory, until ctx ends.
func (s *Stream) closeCursors(ctx context.Context) error {
	var errs []error
	for _, c := range s.list() {
		c.drain()
	}
	for _, c := range s.list() {
		errs = append(errs, c.finish(ctx))
	}
	return errors.Join(errs...)
}
