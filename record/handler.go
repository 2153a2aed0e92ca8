package record

import (
	"context"
	"errors"
	"time"
)

// Handler takes records. It is the one interface everything in Jackdaw is made of.
//
// The return is the acknowledgement:
//   - nil means the handler has taken custody of every record of the batch. The caller need not,
//     and must not, keep them for the handler's sake.
//   - An error means it has taken custody of none that the caller may count on, save those that a
//     [PartialError] names. The caller may call again with the same batch, unless the error is
//     [Permanent]; a handler may then see records twice (at least once, never less).
//
// What an implementation must hold, and handlertest checks:
//   - Handle may be called from several goroutines at once.
//   - Handle must not keep batch or anything that shares its memory after it returned, and must
//     not modify it. That memory includes the Attrs of the records, and those of groups: a record is
//     kept as its [Record.Clone]. Strings, and what pointers and values refer to, are immutable and
//     may be kept.
//   - Records of one call are handled in their order.
//   - Handle may block; it returns, with ctx's error, soon after ctx ends.
//   - An empty batch is no error.
type Handler interface {
	Handle(ctx context.Context, batch []Record) error
}

// HandlerFunc is a function that is a [Handler].
type HandlerFunc func(ctx context.Context, batch []Record) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, batch []Record) error { return f(ctx, batch) }

// Flusher is implemented by a [Handler] that holds records back after Handle returned (a buffer, a
// connection without acknowledgements). Flush returns nil when everything handled before the call is
// as safe as the handler can make it, or ctx's error when ctx ends first.
type Flusher interface {
	Flush(ctx context.Context) error
}

// Permanent marks err as one that trying again cannot mend: the record itself is at fault. Who
// calls Handle sets such a batch aside at once and does not retry it. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error it wraps, was marked by [Permanent].
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// FullError is the error of a Handler that has no room: nothing is wrong with the records, it has
// taken none of them, and will take them when there is room. Who calls Handle tries again, or, where
// its own peer can wait, hands the records back to that peer and says when to come again.
type FullError struct {
	// RetryAfter is how long to wait before the next try. Zero means that the handler cannot tell.
	RetryAfter time.Duration
	// Err says what is full.
	Err error
}

func (e *FullError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *FullError) Unwrap() error { return e.Err }
