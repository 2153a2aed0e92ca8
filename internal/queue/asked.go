package queue

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/record"
)

// asked is what a handler that is a [record.Enabler] says of levels. A handler may hold a lock of its
// own while it handles records, and may hang with it: so it is asked between its batches only, and
// while it has one its last answers hold.
type asked struct {
	enabler record.Enabler // nil if the handler has no level of its own

	mu   sync.Mutex // held while the handler is asked, and for a moment when it gets a batch
	busy bool       // it has a batch; guarded by mu

	answers atomic.Uint32 // a bit for each level from lowestAsked on
}

// The levels whose answers are kept. Those beyond them have the answer of the nearest.
const lowestAsked, highestAsked = record.LevelAll, record.LevelCritical + 3

// Enabled reports whether the handler is for records of that level. It waits for no Handle.
func (o *Outlet) Enabled(level slog.Level) bool {
	a := &o.asked
	if a.enabler == nil {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock() // the handler may panic
	if a.busy {
		return a.answers.Load()&bitOf(level) != 0
	}
	enabled := a.enabler.Enabled(context.Background(), level)
	if bit := bitOf(level); enabled {
		a.answers.Or(bit)
	} else {
		a.answers.And(^bit)
	}
	return enabled
}

func bitOf(level slog.Level) uint32 {
	return 1 << (min(max(level, lowestAsked), highestAsked) - lowestAsked)
}

// ask takes the answers for all levels. The handler has no batch; a panic of it is met again when it is
// asked for a record.
func (a *asked) ask() {
	defer func() { _ = recover() }()
	var answers uint32
	for level := lowestAsked; level <= highestAsked; level++ {
		if a.enabler.Enabled(context.Background(), level) {
			answers |= bitOf(level)
		}
	}
	a.answers.Store(answers)
}

// unasked is an outlet's handler, which is not asked for levels while it has a batch.
type unasked struct{ o *Outlet }

// Handle implements [record.Handler].
func (u unasked) Handle(ctx context.Context, batch []record.Record) error {
	a := &u.o.asked
	if a.enabler != nil {
		a.begin()
		defer a.end()
	}
	return u.o.handler.Handle(ctx, batch)
}

func (a *asked) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ask()
	a.busy = true
}

func (a *asked) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy = false
}
