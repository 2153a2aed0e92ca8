package handler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// MemoryOptions are the options of [NewMemory]. They are those of Python's MemoryHandler, and Latest.
type MemoryOptions struct {
	// Capacity is how many records are kept at most. Defaults to 1000 if zero.
	Capacity int
	// MaxBytes is about how much memory they take at most. Defaults to 16 MiB if zero.
	MaxBytes int
	// FlushLevel is the level from which on a record brings all that are kept to the target, itself the last.
	// Defaults to ERROR if nil.
	FlushLevel slog.Leveler
	// Latest keeps the latest records: where there is no room the oldest one is dropped, and the target only gets
	// what is there when a record of FlushLevel comes. By default all go to the target when there is no room.
	Latest bool
	// NoFlushOnClose drops what is kept when the Memory is closed (flushOnClose=False in Python).
	NoFlushOnClose bool
	// OnError is told of records that the target refused for good. It must not block. Nil means nobody is told; see
	// [Memory.Stats].
	OnError func(error)
}

// Memory is a [record.Handler] that keeps records in memory until there are many, or one of consequence comes, and
// then hands all of them to its target, in their order. What is kept is lost with the process.
//
// With Latest it is for programs that log much and show little: what led to an error is shown with the error, and the
// rest never. The target is told, by a record in front of them, how many records were dropped since the last time.
//
// Handle returns an error where the target does, and has then taken the records before the one that brought the others
// there. Each of the methods waits for the one under way, until its context ends.
type Memory struct {
	o      MemoryOptions
	target record.Handler
	stats  struct{ handled, flushed, dropped, waiting atomic.Uint64 }

	// turn holds a token for who uses what follows, and the target.
	turn   chan struct{}
	kept   []record.Record
	sizes  []int
	bytes  int
	gone   queue.Levels // dropped by Latest and not told yet
	closed bool
}

// errMemoryClosed is the error of a Memory that was closed.
var errMemoryClosed = errors.New("memory handler is closed")

// NewMemory returns a Memory in front of a target, which it closes when it is closed.
func NewMemory(target record.Handler, o MemoryOptions) (*Memory, error) {
	if target == nil {
		return nil, errors.New("memory handler: there is no target to hand records to")
	}
	if o.Capacity < 0 || o.MaxBytes < 0 {
		return nil, fmt.Errorf("memory handler: got Capacity %d, MaxBytes %d, want none below 0", o.Capacity, o.MaxBytes)
	}
	if o.Capacity == 0 {
		o.Capacity = 1000
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 16 << 20
	}
	if o.FlushLevel == nil {
		o.FlushLevel = record.LevelError
	}
	return &Memory{o: o, target: target, turn: make(chan struct{}, 1)}, nil
}

func (m *Memory) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case m.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Memory) release() { <-m.turn }

// Handle implements [record.Handler].
func (m *Memory) Handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := m.take(ctx); err != nil {
		return err
	}
	defer m.release()
	if m.closed {
		return record.Permanent(errMemoryClosed)
	}
	defer func() { m.stats.waiting.Store(uint64(len(m.kept))) }()
	for i := range batch {
		m.keep(&batch[i])
		urgent := batch[i].Level >= m.o.FlushLevel.Level()
		full := len(m.kept) >= m.o.Capacity || m.bytes >= m.o.MaxBytes
		if !urgent && !(full && !m.o.Latest) {
			m.stats.handled.Add(1)
			continue
		}
		if err := m.flush(ctx); err != nil {
			m.unkeep() // the caller comes with it again
			return &record.PartialError{Handled: i, Err: err}
		}
		m.stats.handled.Add(1)
	}
	return nil
}

// keep takes a record, and with Latest makes room for it.
func (m *Memory) keep(r *record.Record) {
	const whole = 400 // about what a record takes beside its texts
	size, _ := snapshot.Measure(r.Attrs)
	size += whole + len(r.Message) + len(r.Stack) + len(r.Form())
	if r.Exception != nil {
		size += len(r.Exception.Message) + len(r.Exception.Traceback)
	}
	n := 0
	for m.o.Latest && n < len(m.kept) && (len(m.kept)-n >= m.o.Capacity || m.bytes+size > m.o.MaxBytes) {
		m.gone[queue.Band(m.kept[n].Level)]++
		m.bytes -= m.sizes[n]
		n++
	}
	m.stats.dropped.Add(uint64(n))
	m.kept, m.sizes = slices.Delete(m.kept, 0, n), slices.Delete(m.sizes, 0, n)
	m.kept, m.sizes, m.bytes = append(m.kept, r.Clone()), append(m.sizes, size), m.bytes+size
}

// unkeep gives the latest record back.
func (m *Memory) unkeep() {
	n := len(m.kept) - 1
	m.bytes -= m.sizes[n]
	m.kept[n] = record.Record{}
	m.kept, m.sizes = m.kept[:n], m.sizes[:n]
}

// flush hands what is kept to the target, once. After an error, which is temporary, some of it is still there, its
// latest record at least.
func (m *Memory) flush(ctx context.Context) error {
	if len(m.kept) == 0 {
		return nil
	}
	var why error
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failing := func(err error) {
		why = err
		stop() // trying again is for who calls Handle
	}
	if m.gone.Total() > 0 {
		told := []record.Record{queue.Told(m.gone, fmt.Sprintf("the latest %d are kept", m.o.Capacity))}
		if delivery.Deliver(ctx, m.target, told, &ledger{failing: failing}) > 0 {
			return cmp.Or(why, ctx.Err())
		}
		m.gone = queue.Levels{}
	}
	left := delivery.Deliver(ctx, m.target, m.kept, &ledger{m: m, failing: failing})
	n := len(m.kept) - left
	for _, size := range m.sizes[:n] {
		m.bytes -= size
	}
	m.kept, m.sizes = slices.Delete(m.kept, 0, n), slices.Delete(m.sizes, 0, n)
	if left > 0 {
		return cmp.Or(why, ctx.Err())
	}
	return nil
}

// ledger books what becomes of records that are handed over.
type ledger struct {
	m       *Memory // nil for those that nobody has logged
	failing func(error)
}

func (l *ledger) Handled(n int) {
	if l.m != nil {
		l.m.stats.flushed.Add(uint64(n))
	}
}

func (l *ledger) Refused(_ context.Context, r *record.Record, err error) error {
	if l.m == nil {
		return nil
	}
	l.m.stats.dropped.Add(1)
	if l.m.o.OnError != nil {
		l.m.o.OnError(fmt.Errorf("memory handler: a record of logger %q is dropped: %w", r.Logger, err))
	}
	return nil
}

func (l *ledger) Failing(err error) { l.failing(err) }

// Flush hands what is kept to the target, and flushes that if it is a [record.Flusher]. With Latest it leaves alone what
// no record of FlushLevel has asked for.
func (m *Memory) Flush(ctx context.Context) error {
	if err := m.take(ctx); err != nil {
		return err
	}
	defer m.release()
	if m.closed {
		return errMemoryClosed
	}
	if !m.o.Latest {
		err := m.flush(ctx)
		m.stats.waiting.Store(uint64(len(m.kept)))
		if err != nil {
			return err
		}
	}
	if f, ok := m.target.(record.Flusher); ok {
		return f.Flush(ctx)
	}
	return nil
}

// closeWait bounds how long Close waits for the target.
const closeWait = 10 * time.Second

// Close hands what is kept to the target, unless NoFlushOnClose or Latest is set, within ten seconds, and closes the target
// if it is an [io.Closer]. What is not handed over is dropped. Closing twice is fine; Handle after Close is an error.
func (m *Memory) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if err := m.take(ctx); err != nil {
		return fmt.Errorf("memory handler: close: the target does not come back: %w", err)
	}
	defer m.release()
	if m.closed {
		return nil
	}
	m.closed = true
	var err error
	if !m.o.NoFlushOnClose && !m.o.Latest {
		err = m.flush(ctx)
	}
	m.stats.dropped.Add(uint64(len(m.kept)))
	m.stats.waiting.Store(0)
	if n := len(m.kept); n > 0 && err != nil {
		err = fmt.Errorf("memory handler: %d records are dropped: %w", n, err)
	}
	m.kept, m.sizes, m.bytes = nil, nil, 0
	if c, ok := m.target.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// MemoryStats are the counts of a [Memory]: between two calls Handled = Flushed + Waiting + Dropped.
type MemoryStats struct {
	// Handled is how many records were taken.
	Handled uint64
	// Flushed is how many of them the target took.
	Flushed uint64
	// Waiting is how many are kept.
	Waiting uint64
	// Dropped is how many were let go: by Latest, by Close, or because the target refused them.
	Dropped uint64
}

// Stats returns the counts. It never waits.
func (m *Memory) Stats() MemoryStats {
	return MemoryStats{
		Handled: m.stats.handled.Load(), Flushed: m.stats.flushed.Load(), Waiting: m.stats.waiting.Load(), Dropped: m.stats.dropped.Load(),
	}
}
