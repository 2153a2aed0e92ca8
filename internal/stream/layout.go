package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A stream of ours is four of JetStream's: the records under Options.Name itself, and beside them
// these.
const (
	suffixState = "-STATE" // how far each cursor is, and the end of the stream as it was last seen
	suffixOnce  = "-ONCE"  // the ids of HandleOnce
	suffixDead  = "-DEAD"  // dead letters
)

// subject is what records, or what is beside them, are published under. No name of a logger is in it:
// some could not be, and who reads a stream reads all of it.
func (o *Options) subject(suffix string) string {
	switch suffix {
	case suffixState:
		return o.Name + ".state"
	case suffixOnce:
		return o.Name + ".once"
	case suffixDead:
		return o.Name + ".dead"
	}
	return o.Name + ".records"
}

// layout is how the streams are configured.
func (o *Options) layout() []jetstream.StreamConfig {
	all := []jetstream.StreamConfig{
		// Of the bound the stream itself takes care; JetStream's is only there if that goes wrong.
		{Name: o.Name, Subjects: []string{o.subject("")}, Discard: jetstream.DiscardNew, MaxBytes: o.MaxBytes + maxPayload},
		{Name: o.Name + suffixState, Subjects: []string{o.subject(suffixState)}, MaxMsgsPerSubject: 2, MaxBytes: 16 << 20},
		{Name: o.Name + suffixOnce, Subjects: []string{o.subject(suffixOnce)}, MaxAge: onceWindow, MaxBytes: 64 << 20},
		{Name: o.Name + suffixDead, Subjects: []string{o.subject(suffixDead)}, MaxBytes: o.DeadBytes},
	}
	for i := range all {
		c := &all[i]
		c.Storage, c.Replicas = jetstream.FileStorage, o.Replicas
		// JetStream's own deduplication is not used, and at its default it would read the last two
		// minutes of the stream at each start.
		c.Duplicates = 100 * time.Millisecond
		// A server that is not the leader may answer a direct request with what was true a moment ago.
		c.AllowDirect = o.Dir != ""
	}
	return all
}

// ensure makes the streams that are missing, and fits those that are there to the options. The number of
// replicas of a stream that is there is left to who runs the cluster.
func (s *Stream) ensure(ctx context.Context, e *engine) error {
	for _, want := range s.o.layout() {
		have, err := e.js.Stream(ctx, want.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			_, err = e.js.CreateStream(ctx, want)
		case err == nil:
			c := have.CachedInfo().Config
			if c.MaxBytes != want.MaxBytes || c.MaxAge != want.MaxAge || c.Duplicates != want.Duplicates || c.AllowDirect != want.AllowDirect {
				want.Replicas = c.Replicas
				_, err = e.js.UpdateStream(ctx, want)
			}
		}
		if err != nil {
			return fmt.Errorf("stream %s: %w", want.Name, s.o.explained(err))
		}
	}
	var err error
	e.records, err = e.js.Stream(ctx, s.o.Name)
	return err
}
