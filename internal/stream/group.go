package stream

import (
	"context"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// group is what goes into one message: pieces of calls that came at about the same time.
type group struct {
	pieces  []*piece
	payload []byte
	records []record.Record
	own     queue.Levels
}

// group takes the next group out of line, without its payload. Its records are the stream's own, in what space
// returns for so many.
func (in *intake) group(most int, space func(n int) []record.Record) group {
	in.copying.Lock()
	defer in.copying.Unlock()
	g := group{pieces: in.take(most)}
	n := 0
	for _, p := range g.pieces {
		n += len(p.records)
	}
	g.records = space(n)
	for _, p := range g.pieces {
		g.records = append(g.records, p.records...)
		g.own.Add(p.levels)
	}
	return g
}

// pace says how long to wait for more calls before a group is stored. When the last group was stored for
// ten callers, the same ten are probably on their way again, and to store each by itself would cost ten times
// as much. Half of them are enough: the others come while those are stored. Nobody waits on a stream that
// was idle, or for callers that did not come in time.
type pace struct {
	linger time.Duration
	expect int       // callers of the last group
	ended  time.Time // when it was stored
}

// await waits until there is a group to store. It returns false when the intake is closed and empty, or ctx
// ended.
func (in *intake) await(ctx context.Context, p pace) bool {
	var patience <-chan time.Time
	for {
		in.mu.Lock()
		empty, calls, closed := len(in.line) == 0, in.calls, in.closed
		enough := closed || in.payload >= enoughBytes || calls > 0 && 2*calls >= p.expect
		in.mu.Unlock()
		switch {
		case empty && closed || ctx.Err() != nil:
			return false
		case empty:
			patience = nil
		case enough:
			return true
		case patience == nil:
			if time.Since(p.ended) > p.linger {
				return true
			}
			patience = time.After(p.linger)
		}
		select {
		case <-in.arrived:
		case <-patience:
			return true
		case <-ctx.Done():
		}
	}
}

// take takes the next group out of line, with a payload of at most so many bytes. A piece that is to be
// stored once is a group of its own.
func (in *intake) take(most int) []*piece {
	in.mu.Lock()
	defer in.mu.Unlock()
	n, bytes := 0, 0
	for _, p := range in.line {
		if n > 0 && (bytes+len(p.payload) > most || bytes >= groupBytes || p.once != "") {
			break
		}
		if p.told != nil {
			in.tell(p)
		}
		n++
		bytes += len(p.payload)
		in.payload -= len(p.payload)
		if p.once != "" {
			break
		}
	}
	pieces := append([]*piece(nil), in.line[:n]...)
	kept := copy(in.line, in.line[n:])
	clear(in.line[kept:])
	in.line = in.line[:kept]
	return pieces
}

// tell makes the record that tells of dropped records. mu is held.
func (in *intake) tell(p *piece) {
	if in.told == p.told {
		in.told = nil
	}
	*p = *own(queue.Told(p.told.dropped, Overflow.String()))
	in.payload += len(p.payload)
}

// own makes a piece of a record of the stream's own.
func own(r record.Record) *piece {
	batch := []record.Record{r}
	return &piece{payload: otlp.Append(nil, batch), records: batch, levels: levelsOf(batch)}
}

// settle counts pieces that are stored and ends the calls that are complete. It returns for how many
// callers they were.
func (in *intake) settle(pieces []*piece) (callers int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, p := range pieces {
		n := uint64(len(p.records))
		in.cost -= p.cost
		in.counts.Handled += n
		in.repeats += uint64(p.repeated)
		c := p.call
		if c != nil && c.handedOver {
			in.counts.Waiting -= n // HandleOnce is never handed over, so that none is a repeat
		} else {
			in.counts.Accepted += n
		}
		if c == nil || c.pieces == 0 { // the caller left
			continue
		}
		c.records -= len(p.records) + p.repeated
		if c.pieces > 1 {
			c.pieces--
			continue
		}
		if !c.handedOver {
			callers++
		}
		in.finish(c, nil)
	}
	in.release()
	return callers
}

// giveBack ends the calls of pieces that the publisher could not store.
func (in *intake) giveBack(pieces []*piece) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, p := range pieces {
		in.cost -= p.cost
		in.drop(p)
	}
}
