// Package record is the ground floor: what a log record is, and what it means to handle one.
//
// Everything else in Jackdaw is a neighbour of two types: [Record], one log event, and
// [Handler], something that takes custody of a batch of them. Receivers hand records to a
// Handler; queues, routers, files and network senders are Handlers. The package also holds what
// all of them must agree on: the level table ([PythonLevel] and its neighbours), the stable JSON
// form ([AppendJSON]), the adapters from and to [log/slog], and, in handlertest, the contract of
// Handler as a test suite.
//
// The package, and all it imports, is the standard library alone.
package record

import (
	"log/slog"
	"runtime"
	"slices"
	"time"
)

// RootLogger is the name of the root logger.
const RootLogger = "root"

// Record is one log event: what slog's Record has, plus the logger's name and what is known
// about where the event came from.
//
// A field that is not known has its zero value; nothing is ever filled in from the process that
// merely passes the record on. A Record is passed by value. Its slices and pointers are shared by
// all copies and must not be modified once the record was handed to a [Handler]; who keeps a record
// keeps its [Record.Clone].
//
// Strings hold UTF-8, with one exception: a lone UTF-16 surrogate, which Python strings may
// contain, is kept as its three-byte form (ED A0..BF 80..BF), so that nothing is mangled on the
// way. [AppendJSON] writes it as a \u escape.
//
// Values of Attrs from outside this process are plain: nil, bool, int64, uint64, float64, string,
// a group (a mapping, in its order), or, as [slog.AnyValue], a []any or map[string]any of such
// values, an empty map[string]any for an empty mapping, and a [encoding/json.Number] for an
// integer that fits no machine word.
type Record struct {
	// Time is when the event was logged.
	Time time.Time
	// Level is the event's level on slog's scale (−4, 0, 4, 8; Python's CRITICAL is 12).
	Level slog.Level
	// Logger is the dotted name of the logger, [RootLogger] for the root. Empty means unknown and
	// is routed as root is.
	Logger string
	// Message is the event's text, with its arguments already in it.
	Message string
	// Attrs are the event's attributes in their order. Keys may repeat.
	Attrs []slog.Attr

	// PC is the program counter of the call, in this process only. See [Record.Caller].
	PC uintptr
	// Source is the place of the call when that is known by name, as for received records.
	Source slog.Source
	// Exception is the exception that was logged, nil if none was.
	Exception *Exception
	// Stack is the stack of the call as text, where the caller asked for it.
	Stack string

	// Process and Thread say who logged the event, Task which asynchronous task.
	Process Process
	Thread  Thread
	Task    string
	// Host is the name of the machine the event was logged on, as the sender gave it.
	Host string
	// Trace says which trace and span the event belongs to.
	Trace Trace

	// Received is when a receiver read the record from its peer.
	Received time.Time
	// Peer is the network address the record came from.
	Peer string

	// LevelNo and LevelName keep the sender's own level where Level and its usual name do not
	// say the same: Python's levelno 22 (which becomes Level 1, 23), or 25 named NOTICE. Both are
	// zero when nothing was lost by the mapping.
	LevelNo   int
	LevelName string

	// ID is set by the stream that the record went through, and zero before that.
	ID ID

	// scope is what Scope.Bind has put into Attrs, and first the first of these, as long as they are the
	// ones that it made.
	scope *Scope
	first *slog.Attr

	form []byte // see Former
}

// Exception is an exception (a Python one, or what corresponds to it) that was logged.
type Exception struct {
	// Type and Message are unset where they could not be told from Traceback with certainty.
	Type    string
	Message string
	// Traceback is the whole text as the sender laid it out, chained exceptions included.
	Traceback string
}

// Process is an operating system process. The zero PID means unknown.
type Process struct {
	PID  int
	Name string
}

// Thread is a thread of a process. The zero ID means unknown.
type Thread struct {
	ID   uint64
	Name string
}

// Clone returns a copy of r that may be kept: its Attrs, and those of groups among them, are its own.
func (r *Record) Clone() Record {
	c := *r
	c.Attrs = cloneAttrs(r.Attrs)
	c.scope, c.first, c.form = nil, nil, slices.Clone(r.form)
	return c
}

func cloneAttrs(attrs []slog.Attr) []slog.Attr {
	attrs = slices.Clone(attrs)
	for i := range attrs {
		if v := &attrs[i].Value; v.Kind() == slog.KindGroup {
			*v = slog.GroupValue(cloneAttrs(v.Group())...)
		}
	}
	return attrs
}

// placed reports whether Source is set. To compare it with none as a whole costs seven nanoseconds.
func (r *Record) placed() bool {
	return r.Source.File != "" || r.Source.Function != "" || r.Source.Line != 0
}

// Caller returns the place of the call that made the record: Source if it is set, else what PC
// resolves to, else nil. Resolving takes some hundred nanoseconds; jackdaw's listener does it once for each
// place and sets Source. The result must not be modified.
func (r *Record) Caller() *slog.Source {
	if r.placed() {
		return &r.Source
	}
	if r.PC == 0 {
		return nil
	}
	frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	if frame.PC == 0 {
		return nil
	}
	return &slog.Source{Function: frame.Function, File: frame.File, Line: frame.Line}
}
