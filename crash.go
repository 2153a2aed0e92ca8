package jackdaw

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Shutdown closes the hierarchy, and waits at most that long until its handlers have taken what is in
// the queue. What is left then is dropped and told to Options.OnError.
//
// It is meant for main, as the first thing that is deferred there:
//
//	func main() {
//		defer jackdaw.Shutdown(5 * time.Second)
//
// So it serves a main that panics, too: the panic is logged by the root logger at CRITICAL, with its
// stack, all is handed over as far as the time allows, and then the panic goes on with the value and
// the stack it had. For that, Shutdown must be deferred by itself, not called by what is deferred.
//
// os.Exit, and log.Fatal with it, runs no deferred function; call Shutdown before it. A panic of
// another goroutine runs only those of that goroutine: see FlushOnPanic.
func (h *Hierarchy) Shutdown(limit time.Duration) { h.end(recover(), limit, h.Close) }

// FlushOnPanic, deferred by itself at the start of a goroutine, does what [Hierarchy.Shutdown] does
// when the goroutine panics, save that the hierarchy stays open. If it does not panic, nothing
// happens.
//
//	go func() {
//		defer jackdaw.FlushOnPanic(5 * time.Second)
func (h *Hierarchy) FlushOnPanic(limit time.Duration) {
	if p := recover(); p != nil {
		h.end(p, limit, h.Flush)
	}
}

// Shutdown does what [Hierarchy.Shutdown] does, with the default hierarchy.
func Shutdown(limit time.Duration) { h := Default(); h.end(recover(), limit, h.Close) }

// FlushOnPanic does what [Hierarchy.FlushOnPanic] does, with the default hierarchy.
func FlushOnPanic(limit time.Duration) {
	if p := recover(); p != nil {
		h := Default()
		h.end(p, limit, h.Flush)
	}
}

// end logs the panic p, if there is one, brings out what is in the queue, and goes on with p.
func (h *Hierarchy) end(p any, limit time.Duration, out func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if p != nil {
		// An error says that the hierarchy is closed; the panic will be seen all the same.
		_ = h.Handle(ctx, []record.Record{panicRecord(p)})
	}
	if err := out(ctx); err != nil {
		h.tell(err)
	}
	if p != nil {
		panic(p)
	}
}

// tell calls the program's hook, whose panic has nowhere to go.
func (h *Hierarchy) tell(err error) {
	defer func() { _ = recover() }()
	h.o.OnError(err)
}

// panicRecord returns the record of a panic that the calling goroutine is in.
func panicRecord(p any) record.Record {
	r := record.Record{
		Time: time.Now(), Level: record.LevelCritical, Logger: record.RootLogger, Message: fmt.Sprintf("panic: %v", p), Source: panicPlace(),
	}
	r.Exception = &record.Exception{Type: fmt.Sprintf("%T", p), Message: fmt.Sprint(p), Traceback: string(debug.Stack())}
	// Between the goroutine's head and the panic stand our own frames, of no use to who reads it.
	head, rest, _ := strings.Cut(r.Exception.Traceback, "\n")
	if i := strings.Index(rest, "\npanic("); i >= 0 {
		r.Exception.Traceback = head + rest[i:]
	}
	return r
}

// panicPlace returns where in the program the panic was raised, as far as the stack tells.
func panicPlace() slog.Source {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return slog.Source{Function: frame.Function, File: frame.File, Line: frame.Line}
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return slog.Source{}
		}
	}
}
