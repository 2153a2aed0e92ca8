package record

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Enabler is implemented by a [Handler] that has a level of its own, as every adapted
// [slog.Handler] has. Who hands records to several handlers asks it, where handler levels are
// respected; Handle itself takes every record it is given. Enabled must be quick.
type Enabler interface {
	Enabled(ctx context.Context, level slog.Level) bool
}

// PartialError is the error of a Handle that got through a part of its batch: the records before
// index Handled are handled, the one at Handled failed with Err, those after it were not tried. Who
// calls Handle goes on from there: from the failed record, or past it where Err is [Permanent].
type PartialError struct {
	Handled int
	Err     error
}

func (e *PartialError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *PartialError) Unwrap() error { return e.Err }

// FromSlog returns a Handler that hands records to h, one after another, and is an [Enabler] with
// h's levels. The logger's name (save root's) becomes an attr "logger", bound once per name, and so is
// what a logger of package jackdaw has bound: attrs and groups. What a [slog.Record] has no place for (exception, process, a source without a PC …) becomes attrs named as in the
// JSON form. An error or panic of h is permanent for its record and does not keep the others from
// h: see [PartialError].
func FromSlog(h slog.Handler) Handler {
	return &fromSlog{bound{root: h, handlers: make(map[binding]slog.Handler)}}
}

type fromSlog struct{ bound bound }

func (f *fromSlog) Enabled(ctx context.Context, level slog.Level) bool {
	return f.bound.root.Enabled(ctx, level)
}

func (f *fromSlog) Handle(ctx context.Context, batch []Record) error {
	for i := range batch {
		if err := ctx.Err(); err != nil {
			return &PartialError{Handled: i, Err: err}
		}
		if err := f.handle(ctx, &batch[i]); err != nil {
			return &PartialError{Handled: i, Err: Permanent(err)}
		}
	}
	return nil
}

func (f *fromSlog) handle(ctx context.Context, r *Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p}
		}
	}()
	at := r.Time
	if y := at.Year(); y < 0 || y > 9999 {
		at = time.Time{} // slog's own JSON handler writes broken JSON for such a year
	}
	h, attrs := f.bound.to(r)
	out := slog.NewRecord(at, r.Level, r.Message, r.PC)
	out.AddAttrs(keepable(attrs)...)
	if r.more() {
		addMore(&out, r)
	}
	return h.Handle(ctx, out)
}

// addMore adds as attrs what a [slog.Record] has no place for.
func addMore(out *slog.Record, r *Record) {
	if r.PC == 0 && r.placed() {
		source := r.Source
		out.AddAttrs(slog.Any(slog.SourceKey, &source))
	}
	if r.Exception != nil {
		out.AddAttrs(slog.Group("exception", slog.String("type", r.Exception.Type),
			slog.String("message", r.Exception.Message), slog.String("traceback", r.Exception.Traceback)))
	}
	if r.Process != (Process{}) {
		out.AddAttrs(slog.Group("process", slog.Int("pid", r.Process.PID), slog.String("name", r.Process.Name)))
	}
	if r.Thread != (Thread{}) {
		out.AddAttrs(slog.Group("thread", slog.Uint64("id", r.Thread.ID), slog.String("name", r.Thread.Name)))
	}
	for _, field := range [...]struct{ key, text string }{
		{"stack", r.Stack}, {"task", r.Task}, {"host", r.Host}, {"peer", r.Peer},
	} {
		if field.text != "" {
			out.AddAttrs(slog.String(field.key, field.text))
		}
	}
	if r.Trace != (Trace{}) {
		out.AddAttrs(r.Trace.attrs()...)
	}
}

// keepable returns attrs as values that a [slog.Handler] may keep: a group's members have memory of
// their own.
func keepable(attrs []slog.Attr) []slog.Attr {
	for i := range attrs {
		if attrs[i].Value.Kind() == slog.KindGroup {
			return cloneAttrs(attrs)
		}
	}
	return attrs
}

// PanicError is the error that a recovered panic of a handler becomes.
type PanicError struct{ Value any }

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// ToSlog returns a [slog.Handler] that hands each record to h by itself, as a record of the named
// logger, and returns h's error. Records below level are not enabled; a nil level is INFO. It
// takes no snapshot: h sees the values as they are during the call.
func ToSlog(h Handler, logger string, level slog.Leveler) slog.Handler {
	if level == nil {
		level = slog.LevelInfo
	}
	return &toSlog{next: h, logger: logger, level: level}
}

type toSlog struct {
	next   Handler
	logger string
	level  slog.Leveler
	scope  Scope
}

func (t *toSlog) Enabled(_ context.Context, level slog.Level) bool { return level >= t.level.Level() }

func (t *toSlog) Handle(ctx context.Context, in slog.Record) error {
	attrs := make([]slog.Attr, 0, in.NumAttrs())
	in.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return t.next.Handle(ctx, []Record{{
		Time: in.Time, Level: in.Level, Logger: t.logger, Message: in.Message, PC: in.PC,
		Attrs: t.scope.AppendAttrs(nil, attrs),
	}})
}

func (t *toSlog) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *t
	c.scope = t.scope.WithAttrs(attrs)
	return &c
}

func (t *toSlog) WithGroup(name string) slog.Handler {
	c := *t
	c.scope = t.scope.WithGroup(name)
	return &c
}
