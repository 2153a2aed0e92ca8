package jackdaw

import (
	"context"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
)

// NewNull returns a handler that takes every record and does nothing with it. It ends the last resort, by which
// warnings go to stderr as long as there is no handler.
func NewNull() record.Handler { return handler.Null{} }

// MemoryOptions are the options of [NewMemory].
type MemoryOptions struct {
	// Capacity is how many records are kept at most. Defaults to 1000 if zero.
	Capacity int
	// MaxBytes is about how much memory they take at most. Defaults to 16 MiB if zero.
	MaxBytes int
	// FlushLevel is the level from which on a record brings all that are kept to the target, itself the last.
	// Defaults to ERROR if nil.
	FlushLevel slog.Leveler
	// Latest keeps the latest records: where there is no room the oldest one is dropped. By default all go to the
	// target then, as in Python.
	Latest bool
	// NoFlushOnClose drops what is kept when the Memory is closed.
	NoFlushOnClose bool
	// OnError is told of records that the target refused for good. It must not block.
	OnError func(error)
}

// Memory is a handler that keeps records until there are many, or one of consequence comes, and then hands them to
// its target, in their order: Python's MemoryHandler. With Latest it shows what led to an error, and nothing
// else; a record says how many came before.
//
// What is kept is lost with the process. A target that is away is waited for, by the queue of the [Hierarchy].
type Memory struct{ memory *handler.Memory }

// NewMemory returns a Memory in front of a target, which is the Memory's from then on, and closed with it.
func NewMemory(target record.Handler, o MemoryOptions) (*Memory, error) {
	m, err := handler.NewMemory(target, handler.MemoryOptions{
		Capacity: o.Capacity, MaxBytes: o.MaxBytes, FlushLevel: o.FlushLevel, Latest: o.Latest, NoFlushOnClose: o.NoFlushOnClose, OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &Memory{m}, nil
}

// Handle keeps the batch, and hands over what is kept where it is time.
func (m *Memory) Handle(ctx context.Context, batch []record.Record) error {
	return m.memory.Handle(ctx, batch)
}

// Flush hands over what is kept, and flushes the target. With Latest it only flushes the target.
func (m *Memory) Flush(ctx context.Context) error { return m.memory.Flush(ctx) }

// Close hands over what is kept, but for Latest and NoFlushOnClose, within ten seconds, and closes the target.
func (m *Memory) Close() error { return m.memory.Close() }

// MemoryStats are the counts of a [Memory]: between two calls Handled = Flushed + Waiting + Dropped.
type MemoryStats struct {
	// Handled is how many records were taken, Flushed how many of them the target took, Waiting how many are
	// kept, Dropped how many were let go by Latest or Close, or because the target refused them.
	Handled, Flushed, Waiting, Dropped uint64
}

// Stats returns the counts. It never waits.
func (m *Memory) Stats() MemoryStats {
	st := m.memory.Stats()
	return MemoryStats{Handled: st.Handled, Flushed: st.Flushed, Waiting: st.Waiting, Dropped: st.Dropped}
}
