package jackdaw

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
)

// DirectLogger is a logger for hot loops. It has the methods of a [slog.Logger], and what it logs arrives at
// the handlers as what a slog.Logger of that name logs does; but its calls go to the queue directly,
// without a [slog.Record], and do not look where in the program they stand, unless [DirectLogger.WithSource]
// asks for that. A call costs about a fifth.
//
// The time of a record is that of its call. While one goroutine alone logs it may differ by some ten nanoseconds from what
// the clock said.
//
// [DirectLogger.LogAttrs] is the fastest, and allocates nothing, nor does its caller for its arguments. Its
// methods may be called from any goroutine.
type DirectLogger struct {
	q      *queueHandler
	source *sites // nil if places are not asked for
}

// Direct returns a logger of the given dotted name that goes to the queue directly.
func (h *Hierarchy) Direct(name string) *DirectLogger {
	return &DirectLogger{q: newHandler(&h.home, name)}
}

// Direct returns a logger of the default hierarchy, and of the one that takes its place, that goes to the
// queue directly.
func Direct(name string) *DirectLogger {
	return &DirectLogger{q: newHandler(home, name)}
}

// Handler returns a queue handler for the same records, for what wants a [slog.Handler].
func (l *DirectLogger) Handler() slog.Handler { return l.q }

// Enabled reports whether records of that level are logged.
func (l *DirectLogger) Enabled(_ context.Context, level slog.Level) bool {
	return level >= l.q.now().lowest
}

// With returns a logger whose records have the given attrs, which are made of args as [DirectLogger.Log]
// does, in the group that is open.
func (l *DirectLogger) With(args ...any) *DirectLogger {
	if len(args) == 0 {
		return l
	}
	attrs := appendArgs(make([]slog.Attr, 0, len(args)), args)
	return &DirectLogger{q: l.q.withAttrs(attrs), source: l.source}
}

// WithGroup returns a logger whose records have their attrs in a group of that name, and so those
// that With adds. If the name is empty it returns the logger itself.
func (l *DirectLogger) WithGroup(name string) *DirectLogger {
	if name == "" {
		return l
	}
	return &DirectLogger{q: l.q.withScope(l.q.scope.WithGroup(name)), source: l.source}
}

// WithSource returns a logger whose records say where in the program they were logged, as those of a
// slog.Logger do. To look there costs each call what a slog.Logger's costs; those of LogAttrs on amd64 only the first
// time at each place.
func (l *DirectLogger) WithSource() *DirectLogger {
	return &DirectLogger{q: l.q, source: new(sites)}
}

// LogAttrs logs a record with the given attrs.
func (l *DirectLogger) LogAttrs(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	c := l.q.known()
	if c == nil {
		c = l.q.look()
	}
	if level < c.lowest {
		return
	}
	if l.source != nil {
		l.q.putNow(ctx, c, level, msg, l.source.caller(returnAddress()), attrs)
		return
	}
	settled := c.trust || c.origin.Kept != nil || len(attrs) == 0 || snapshot.AllSettled(attrs) // what is kept is looked at there
	if !c.direct || !settled || !c.queue.PutNow(&c.origin, level, msg, 0, attrs) {
		l.q.putNow(ctx, c, level, msg, 0, attrs)
	}
}

// Log logs a record with attrs that are made of args as [slog.Logger.Log] makes them: an [slog.Attr] is one,
// a string and what follows it are a key and a value, and anything else is a value without a key.
func (l *DirectLogger) Log(ctx context.Context, level slog.Level, msg string, args ...any) {
	l.log(ctx, level, msg, args)
}

// Debug logs at [slog.LevelDebug].
func (l *DirectLogger) Debug(msg string, args ...any) {
	l.log(context.Background(), slog.LevelDebug, msg, args)
}

// DebugContext logs at [slog.LevelDebug] with the given context.
func (l *DirectLogger) DebugContext(ctx context.Context, msg string, args ...any) {
	l.log(ctx, slog.LevelDebug, msg, args)
}

// Info logs at [slog.LevelInfo].
func (l *DirectLogger) Info(msg string, args ...any) {
	l.log(context.Background(), slog.LevelInfo, msg, args)
}

// InfoContext logs at [slog.LevelInfo] with the given context.
func (l *DirectLogger) InfoContext(ctx context.Context, msg string, args ...any) {
	l.log(ctx, slog.LevelInfo, msg, args)
}

// Warn logs at [slog.LevelWarn].
func (l *DirectLogger) Warn(msg string, args ...any) {
	l.log(context.Background(), slog.LevelWarn, msg, args)
}

// WarnContext logs at [slog.LevelWarn] with the given context.
func (l *DirectLogger) WarnContext(ctx context.Context, msg string, args ...any) {
	l.log(ctx, slog.LevelWarn, msg, args)
}

// Error logs at [slog.LevelError].
func (l *DirectLogger) Error(msg string, args ...any) {
	l.log(context.Background(), slog.LevelError, msg, args)
}

// ErrorContext logs at [slog.LevelError] with the given context.
func (l *DirectLogger) ErrorContext(ctx context.Context, msg string, args ...any) {
	l.log(ctx, slog.LevelError, msg, args)
}

// log is called by the methods that programs call, and by nothing else: see caller.
func (l *DirectLogger) log(ctx context.Context, level slog.Level, msg string, args []any) {
	c := l.q.now()
	if level < c.lowest {
		return
	}
	var pc uintptr
	if l.source != nil {
		pc = callersCaller()
	}
	var buf [stackAttrs]slog.Attr
	l.q.putNow(ctx, c, level, msg, pc, appendArgs(buf[:0], args))
}

// putNow puts a call that is made now.
func (q *queueHandler) putNow(ctx context.Context, c *cachedRoute, level slog.Level, msg string, pc uintptr, attrs []slog.Attr) {
	settled := c.trust || snapshot.AllSettled(attrs)
	if c.direct && settled && c.queue.PutNow(&c.origin, level, msg, pc, attrs) {
		return
	}
	origin := q.originFor(c, level)
	if origin == nil {
		return
	}
	call := queue.Call{Origin: origin, Time: time.Now(), Level: level, Message: msg, PC: pc}
	var buf [stackAttrs]slog.Attr
	all := c.h.lead(ctx, &call, buf[:0])
	for _, a := range attrs {
		all = append(all, c.h.taken(a))
	}
	c.queue.Put(&call, all)
}

// callersCaller returns the place from which the caller of the method was called that calls it.
func callersCaller() uintptr {
	var pcs [1]uintptr
	runtime.Callers(4, pcs[:])
	return pcs[0]
}

// badKey is the key that slog gives to values that have none.
const badKey = "!BADKEY"

// appendArgs appends the attrs that args stand for.
func appendArgs(attrs []slog.Attr, args []any) []slog.Attr {
	for len(args) > 0 {
		switch x := args[0].(type) {
		case slog.Attr:
			attrs, args = append(attrs, x), args[1:]
		case string:
			if len(args) == 1 {
				return append(attrs, slog.String(badKey, x))
			}
			attrs, args = append(attrs, slog.Any(x, args[1])), args[2:]
		default:
			attrs, args = append(attrs, slog.Any(badKey, x)), args[1:]
		}
	}
	return attrs
}
