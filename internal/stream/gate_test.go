package stream

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/jackdaw-log/jackdaw/record"
)

// gate is a handler that hands on while it is open, and hangs while it is not.
type gate struct {
	next record.Handler
	open chan struct{}
	at   chan struct{} // holds a token when something came to the gate
}

func newGate(next record.Handler) *gate {
	return &gate{next: next, open: make(chan struct{}), at: make(chan struct{}, 1)}
}

func (g *gate) Handle(ctx context.Context, batch []record.Record) error {
	select {
	case g.at <- struct{}{}:
	default:
	}
	select {
	case <-g.open:
		return g.next.Handle(ctx, batch)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// large returns n records of about a kilobyte, with messages that begin with their number.
func large(from, n int, level slog.Level) []record.Record {
	batch := numbered(from, from+n)
	for i := range batch {
		batch[i].Level = level
		batch[i].Message += " " + strings.Repeat("x", 1000)
	}
	return batch
}

// number is that of a record of large or numbered, -1 if it is not one of them.
func number(r *record.Record) int {
	n := -1
	_, _ = fmt.Sscan(r.Message, &n)
	if r.Logger == "jackdaw" {
		return -1
	}
	return n
}

// told sums up what records tell of dropped ones.
func told(batch []record.Record) (n uint64) {
	for i := range batch {
		if batch[i].Logger != "jackdaw" {
			continue
		}
		for _, a := range batch[i].Attrs {
			if a.Key != "dropped" {
				continue
			}
			if a.Value.Kind() == slog.KindInt64 { // as it comes back from the files
				n += uint64(a.Value.Int64())
			} else {
				n += a.Value.Uint64()
			}
		}
	}
	return n
}

// stopUpkeep ends what a stream does by the clock, so that a test may do it instead.
func stopUpkeep(s *Stream) {
	s.stopUpkeep()
	<-s.upkeeping
}

// notes are what a stream told, from whatever goroutine.
type notes struct {
	mu   sync.Mutex
	told []string
}

func (n *notes) tell(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, text)
}

func (n *notes) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.told)
}
