package stream

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxWaiting is how many bytes of records may wait for the publisher, about. Who can wait takes half
	// of it at most, and waits for room in that.
	maxWaiting = 32 << 20
	// toldEvery is how often at most a record of its own tells that records were dropped.
	toldEvery = time.Second
)

// share is the part of maxWaiting, in percent, up to which records of a level are taken from who cannot
// wait, from DEBUG to CRITICAL: a flood of DEBUG never costs an ERROR.
var share = [...]int{60, 70, 85, 95, 100}

// intake is where calls wait to be stored.
type intake struct {
	arrived chan struct{} // holds a token when the publisher is to look

	// copying is held while records of callers are copied: no caller may return then whose records are
	// not waited for. It comes before mu.
	copying sync.Mutex

	mu      sync.Mutex // guards all below
	line    []*piece
	calls   int // that wait for an outcome
	payload int // bytes of the payloads in line
	cost    int // of the pieces in line and at the publisher
	full    error
	closed  bool
	counts  Counts
	repeats uint64        // records that came a second time under the id they are stored under once
	told    *marker       // the last one in line
	room    chan struct{} // closed when there is room again
}

// marker stands in line where records were dropped.
type marker struct {
	since   time.Time
	dropped queue.Levels
}

func (in *intake) init() {
	in.arrived = make(chan struct{}, 1)
	in.room = make(chan struct{})
}

// signal makes the publisher look.
func (in *intake) signal() {
	select {
	case in.arrived <- struct{}{}:
	default:
	}
}

// enter puts the pieces of a call in line. It waits for room until ctx ends, unless the call is one that
// does not wait.
func (in *intake) enter(ctx context.Context, c *call, pieces []*piece) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	for !in.closed && in.cost > maxWaiting/2 && c.when != DropLowest {
		if c.when == Refuse {
			return in.fullness()
		}
		room := in.room
		in.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		in.mu.Lock()
		if ctx.Err() != nil {
			return in.left(ctx)
		}
	}
	if in.closed {
		return ErrClosed
	}
	if c.when == Refuse && in.full != nil {
		return in.full
	}
	c.pieces = len(pieces)
	for _, p := range pieces {
		p.call = c
		c.records += len(p.records)
		in.push(p)
	}
	in.calls++
	return nil
}

// push puts a piece at the end of the line. mu is held.
func (in *intake) push(p *piece) {
	p.cost = len(p.payload) + recordCost*len(p.records)
	in.line = append(in.line, p)
	in.payload += len(p.payload)
	in.cost += p.cost
	in.signal()
}

// fullness is the error of who finds no room, for whatever reason. mu is held.
func (in *intake) fullness() error {
	if in.full != nil {
		return in.full
	}
	return fmt.Errorf("%w: more than %d bytes wait to be stored", ErrFull, maxWaiting/2)
}

// left is the error of a call whose context ended. mu is held.
func (in *intake) left(ctx context.Context) error {
	if in.full != nil || in.cost > maxWaiting/2 {
		return fmt.Errorf("%w: %w", in.fullness(), context.Cause(ctx))
	}
	return fmt.Errorf("store records: %w", context.Cause(ctx))
}

// hesitate waits, for a time at most, where records of the lowest levels would be dropped. mu is held before and after,
// not meanwhile.
func (in *intake) hesitate(ctx context.Context, d time.Duration) {
	if !in.isTight() || d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	for over := false; in.isTight() && !over; {
		room := in.room
		in.mu.Unlock()
		select {
		case <-room:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over = true
		}
		in.mu.Lock()
	}
}

// isTight reports whether records of the lowest levels would be dropped. mu is held.
func (in *intake) isTight() bool { return in.used() >= share[0] && !in.closed }

// used is how much of maxWaiting is used, in percent. mu is held.
func (in *intake) used() int { return int(int64(in.cost) * 100 / maxWaiting) }

// filter drops the records of a batch, from who cannot wait, for whose levels there is no room, and
// returns the others. They are counted, and a record in their place will say so. It waits for room before, for d at most.
func (in *intake) filter(ctx context.Context, batch []record.Record, d time.Duration) []record.Record {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.hesitate(ctx, d)
	lowest := 0
	for lowest < len(share) && in.used() >= share[lowest] {
		lowest++
	}
	if lowest == 0 || in.closed {
		return batch
	}
	var kept []record.Record
	var dropped queue.Levels
	for i := range batch {
		if at := queue.Band(batch[i].Level); at < lowest {
			dropped[at]++
		} else {
			kept = append(kept, batch[i])
		}
	}
	if total := dropped.Total(); total > 0 {
		in.counts.Accepted += total
		in.counts.Dropped[Overflow].Add(dropped)
		if in.told == nil || time.Since(in.told.since) > toldEvery {
			in.told = &marker{since: time.Now()}
			in.push(&piece{told: in.told})
		}
		in.told.dropped.Add(dropped)
	}
	return kept
}

// say puts a record of the stream's own in line.
func (in *intake) say(p *piece) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.closed {
		in.push(p)
	}
}

// keep takes the pieces out of line for which keep is false. mu is held.
func (in *intake) keep(keep func(*piece) bool) {
	kept := in.line[:0]
	for _, p := range in.line {
		if keep(p) {
			kept = append(kept, p)
			continue
		}
		in.payload -= len(p.payload)
		in.cost -= p.cost
	}
	clear(in.line[len(kept):])
	in.line = kept
	in.release()
}

// leave takes a call out of line whose caller waits no more, and returns the error for it. What is at
// the publisher stays there.
func (in *intake) leave(ctx context.Context, c *call) error {
	in.copying.Lock()
	defer in.copying.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	if c.pieces == 0 {
		return <-c.done
	}
	in.keep(func(p *piece) bool { return p.call != c })
	in.finish(c, nil)
	return in.left(ctx)
}

// handOver makes what is not stored of a call the stream's own, in memory.
func (in *intake) handOver(c *call) {
	in.copying.Lock()
	defer in.copying.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	if c.pieces == 0 || c.handedOver {
		return
	}
	for _, p := range in.line {
		if p.call == c {
			p.records = slices.Clone(p.records)
		}
	}
	c.handedOver = true
	in.calls--
	in.counts.Accepted += uint64(c.records)
	in.counts.Waiting += uint64(c.records)
}

// finish ends a call with an outcome, once. mu is held.
func (in *intake) finish(c *call, err error) {
	if c == nil || c.pieces == 0 {
		return
	}
	c.pieces = 0
	if !c.handedOver {
		in.calls--
		c.done <- err
	}
}

// nextBytes returns about how many bytes the next message has.
func (in *intake) nextBytes() int64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.line) == 0 {
		return 0
	}
	return int64(max(len(in.line[0].payload), min(in.payload, 2*groupBytes)))
}

// release lets go on who waits for room. mu is held.
func (in *intake) release() {
	if in.cost <= maxWaiting/2 {
		close(in.room)
		in.room = make(chan struct{})
	}
}

// refuse says that the stream is full, or with nil that it is not, and sends away who does not wait: those
// in line, and those whose pieces are at the publisher.
func (in *intake) refuse(full error, flying []*piece) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.full = full
	if full == nil {
		return
	}
	for _, p := range flying {
		if p.call != nil && p.call.when == Refuse {
			in.finish(p.call, full)
		}
	}
	in.keep(func(p *piece) bool {
		if p.call == nil || p.call.when != Refuse {
			return true
		}
		in.finish(p.call, full)
		return false
	})
}

// close takes no more calls.
func (in *intake) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	close(in.room)
	in.room = make(chan struct{})
	in.signal()
}

// abandon ends all calls that are in line, and drops what was in memory alone.
func (in *intake) abandon() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.keep(func(p *piece) bool {
		in.drop(p)
		return false
	})
}

// drop ends the call of a piece that will not be stored. mu is held.
func (in *intake) drop(p *piece) {
	if p.call == nil {
		return
	}
	if p.call.handedOver {
		in.counts.Waiting -= uint64(len(p.records))
		in.counts.Dropped[Closed].Add(p.levels)
	}
	in.finish(p.call, ErrClosed)
}
