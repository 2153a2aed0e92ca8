package jackdaw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// ErrClosed is the error of what needs a [Hierarchy] that is open.
var ErrClosed = queue.ErrClosed

// Options configure a [Hierarchy]. The zero value is ready.
type Options struct {
	// Level is the root logger's level. Defaults to INFO, which is zero.
	Level slog.Level
	// QueueBytes is the memory that the waiting records of all handlers may take together, about.
	// Defaults to 64 MiB if zero.
	QueueBytes int64
	// IgnoreHandlerLevels hands every record that its logger's level lets through to all handlers,
	// whatever their levels, as Python's QueueListener does unless it is told respect_handler_level.
	IgnoreHandlerLevels bool
	// TrustValues leaves out the snapshot of attr values at the call. Values behind pointers, maps and
	// slices, and those of LogValuers, are then read later, by the goroutines of the handlers: for
	// programs that never change what they have logged.
	TrustValues bool
	// ContextAttrs, if set, is asked for attrs that the context of a log call holds: the id of the
	// request that is served, for example. They stand before the call's own, outside of any group. It
	// runs in the call, for each record that some handler may want: it must be quick, must not log, and
	// may return the same slice again and again. A panic of it becomes the attr "context" with the
	// value "!PANIC: …".
	ContextAttrs func(ctx context.Context) []slog.Attr
	// ContextTrace, if set, is asked as ContextAttrs is, for the trace and span that the context
	// belongs to.
	ContextTrace func(ctx context.Context) record.Trace
	// NoLastResort drops records for which no handler was added anywhere, counted as unrouted. By
	// default those at WARNING and above go to stderr as text, as in Python.
	NoLastResort bool
	// SharedConfig lets FromConfig and Configure take a configuration that is also one of "jackdaw serve", and leave
	// alone what only a server has: the sections receivers, stream, store and web, and what handlers say of their
	// backlog there. By default these are errors, since they would do nothing.
	SharedConfig bool
	// OnError is called when a handler errs or panics: with the first error of each handler, then at
	// most every ten seconds with the latest and the number of those between. It must not block for
	// long. Defaults to a line on stderr.
	OnError func(error)
}

// A Filter reports whether a record passes. It must be quick, since the listener waits for what it says, must
// not modify the record or log, and may run in several goroutines at once: on one of its own, and in calls that
// wait under the policy [Block]. One that panics passes nothing. One that has not returned for a second holds
// up nobody any more: until it does, the records that it would have to be asked for are dropped, and counted for
// its handler or, if it is a logger's, for the queue.
type Filter func(r *record.Record) bool

// NamePrefix returns the Filter that passes the named logger and all below it, as Python's
// logging.Filter(name) does.
//
//go:noinline
func NamePrefix(name string) Filter { return Filter(hierarchy.NamePrefix(name)) }

// Policy says what becomes of a handler's records when Options.QueueBytes is used up. It is the
// handler holding the most that gives way.
type Policy uint8

// The policies.
const (
	// DropLowest drops the record with the lowest level, and of those the oldest: a flood of DEBUG
	// never costs an ERROR.
	DropLowest = Policy(queue.DropLowest)
	// DropOldest drops the oldest record.
	DropOldest = Policy(queue.DropOldest)
	// DropNewest drops the record that came last.
	DropNewest = Policy(queue.DropNewest)
	// Block makes log calls wait until the handler has taken enough, or until HandlerOptions.BlockFor.
	// A handler with this policy that itself logs to its own hierarchy may wait for itself.
	Block = Policy(queue.Block)
)

// HandlerOptions say how a handler is added. The zero value is ready.
type HandlerOptions struct {
	// Name is what the handler is called in errors and counts, and is removed by; no two handlers of a
	// hierarchy may share one. Defaults to a name made of the handler's type.
	Name string
	// Level is the lowest level the handler is for. Nil is every level; a [slog.LevelVar] may change.
	// A handler that is a [record.Enabler] is asked as well, between the batches it is given.
	Level slog.Leveler
	// Filter, if set, keeps from the handler what it does not pass.
	Filter Filter
	// Policy says what happens when the memory for waiting records is used up. Defaults to DropLowest.
	Policy Policy
	// BlockFor bounds how long a call waits under the policy Block; then the record is dropped, counted
	// and told. Zero is for ever.
	BlockFor time.Duration
	// SpillDir, if set, is a directory, made if there is none, for records that wait longer than there is
	// memory for them: when those of the handler take half of its part of QueueBytes, later ones go to files there
	// by a goroutine of their own, and come back in their order. Only where the files are full, or cannot be
	// written, Policy holds. What is in the files when the program ends, be it killed, is handed over by the next
	// handler that is added with the same directory, before anything else; what was handed over shortly before
	// may come again then. What is in memory at that moment, the older part, is lost as it is without a directory,
	// save in flight mode ([Hierarchy.OpenFlight]). The files are not synced: what the machine's end costs is up to
	// its system. A directory is for one handler at a time. Values come back as their JSON where slog has no kind for them.
	SpillDir string
	// SpillBytes bounds the files. Defaults to 1 GiB if zero.
	SpillBytes int64
}

// Hierarchy is a tree of named loggers, the queue behind them, and the handlers the records go to. Its
// methods may be called from any goroutine.
//
// Logging to it never waits for a handler, unless the handler's policy is [Block]: the call copies the
// record into a queue in memory, from which each handler is served by a goroutine of its own. A
// handler that returns an error is given the records again, after a growing pause, until it takes
// them, its Close has to give up, or the memory is used up; one that returns a [record.Permanent]
// error or panics loses that record. What is lost is counted, and told by a record at its place in the
// handler's stream.
//
// What is in the queue is lost when the process ends without [Hierarchy.Close]: by os.Exit, log.Fatal,
// an unrecovered panic, a signal. [Hierarchy.Shutdown] and [Hierarchy.FlushOnPanic] are for all of
// these but SIGKILL and what the runtime itself ends a process with, for which there is [Hierarchy.OpenFlight].
type Hierarchy struct {
	o     Options
	home  atomic.Pointer[Hierarchy] // itself: what its handlers follow
	tree  *hierarchy.Tree[*sink]
	queue *queue.Listener

	mu    sync.Mutex // guards names and seats, and changes of tree and queue together
	names map[string]*sink
	seats map[string]*seated // of those that a configuration has made

	configuring chan struct{}  // holds a token while Configure is under way, which guards config
	config      *config.Config // nil if there was none
	files       assembly.Files // of the handlers that a configuration has made

	flight atomic.Pointer[inFlight] // nil without flight mode; mu guards changes

	lastOnce sync.Once
	last     *hierarchy.Route[*sink] // to stderr, nil if there is none
}

// New returns a Hierarchy without handlers. It has no goroutine until the first record needs one.
func New(o Options) *Hierarchy {
	if o.OnError == nil {
		o.OnError = func(err error) { fmt.Fprintln(os.Stderr, "jackdaw:", err) }
	}
	h := &Hierarchy{
		o:     o,
		tree:  hierarchy.New[*sink](o.Level),
		queue: queue.New(queue.Options{Budget: o.QueueBytes, OnError: o.OnError}),
		names: make(map[string]*sink), configuring: make(chan struct{}, 1),
	}
	h.home.Store(h)
	return h
}

// Logger returns a logger of the given dotted name; "" and "root" are the root. Loggers of one name
// are alike. A name costs nothing until something is configured for it.
func (h *Hierarchy) Logger(name string) *slog.Logger { return slog.New(h.Handler(name)) }

// Handler returns the queue handler that the logger of that name has.
func (h *Hierarchy) Handler(name string) slog.Handler { return newHandler(&h.home, name) }

// SetLevel gives the named logger a level, which loggers below it without one of their own share. It
// holds for every call that begins after SetLevel returned.
func (h *Hierarchy) SetLevel(logger string, level slog.Level) { h.tree.SetLevel(logger, level) }

// UnsetLevel takes a logger's own level away: it has its nearest ancestor's again. The root's becomes INFO.
func (h *Hierarchy) UnsetLevel(logger string) { h.tree.UnsetLevel(logger) }

// EffectiveLevel returns the level that holds for the named logger.
func (h *Hierarchy) EffectiveLevel(logger string) slog.Level {
	return h.tree.View().Route(logger).Level
}

// SetPropagate says whether the named logger's records, and those from below it, also go to the
// handlers of the loggers above. They do by default.
func (h *Hierarchy) SetPropagate(logger string, on bool) { h.tree.SetPropagate(logger, on) }

// AddFilter adds a filter to the named logger. It is asked for records logged by that very name, not
// for those of the loggers below.
func (h *Hierarchy) AddFilter(logger string, f Filter) {
	h.tree.AddFilter(logger, hierarchy.Filter(f))
}

// AddHandler adds a handler to the named logger, "" for the root. From then on the hierarchy owns it:
// it is called by one goroutine, and closed by Close and RemoveHandler if it is an [io.Closer]. A
// [slog.Handler] is added as record.FromSlog(h).
func (h *Hierarchy) AddHandler(logger string, hd record.Handler, o HandlerOptions) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	name, err := h.handlerName(hd, o.Name)
	if err != nil {
		return err
	}
	s, err := h.newSink(hd, name, o)
	if err != nil {
		return err
	}
	h.names[name] = s
	a := attached{Handler: s}
	if isPlain(o.Level) {
		a.Level = o.Level
	}
	h.tree.AddHandler(logger, a)
	return nil
}

func (h *Hierarchy) handlerName(hd record.Handler, name string) (string, error) {
	if name != "" {
		if h.names[name] != nil {
			return "", fmt.Errorf("add handler: there is one named %q already", name)
		}
		return name, nil
	}
	base := fmt.Sprintf("%T", hd)
	name = base
	for i := 2; h.names[name] != nil; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name, nil
}

// RemoveHandler takes the handler of that name out, hands it what waits for it until ctx ends, and closes it
// if it is an [io.Closer].
func (h *Hierarchy) RemoveHandler(ctx context.Context, name string) error {
	h.mu.Lock()
	s := h.names[name]
	if s == nil {
		h.mu.Unlock()
		return fmt.Errorf("remove handler: there is none named %q", name)
	}
	delete(h.names, name)
	delete(h.seats, name)
	h.tree.RemoveHandler(s)
	h.mu.Unlock()
	return h.remove(ctx, s)
}

// Handle takes records that were made elsewhere, and routes each by the name of its logger: one below
// its logger's effective level is counted as unrouted. It returns [ErrClosed] if the hierarchy was
// closed before, and ctx's error if ctx ended while a handler's policy made it wait; nothing was taken
// then. It makes Hierarchy a [record.Handler].
func (h *Hierarchy) Handle(ctx context.Context, batch []record.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := h.queue.PutBatch(ctx, batch, h.route())
	if errors.Is(err, ErrClosed) {
		return record.Permanent(err)
	}
	return err
}

// routerFor returns where a record of that level goes, nil if no handler wants it.
func (h *Hierarchy) routerFor(route *hierarchy.Route[*sink], level slog.Level) queue.Router {
	if level < route.Level {
		return nil
	}
	if len(route.Handlers) > 0 {
		return (*router)(route)
	}
	if h.o.NoLastResort || level < record.LevelWarning {
		return nil
	}
	h.lastOnce.Do(h.makeLastResort)
	if h.last == nil {
		return nil
	}
	return (*router)(h.last)
}

// lastResort is the name of the handler of records nobody configured one for.
const lastResort = "last resort"

func (h *Hierarchy) makeLastResort() {
	s, err := h.newSink(record.FromSlog(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), lastResort, HandlerOptions{})
	if err != nil {
		return // closed meanwhile
	}
	h.last = &hierarchy.Route[*sink]{Handlers: []attached{{Handler: s}}}
}

// Flush waits until every record logged before the call is with its handlers and these have flushed what
// they buffer. When ctx ends first, the error says for each handler what was left.
func (h *Hierarchy) Flush(ctx context.Context) error { return h.queue.Flush(ctx) }

// Close takes no more records, waits until those it has are handled, and closes the handlers that are
// an [io.Closer]. It returns when ctx ends even while a handler hangs: what was left is dropped, and
// the error says for each handler how much. Logging after Close is counted as dropped and told to
// Options.OnError. Closing twice is fine.
func (h *Hierarchy) Close(ctx context.Context) error {
	err := h.queue.Close(ctx)
	if f := h.flight.Load(); f != nil {
		err = errors.Join(err, f.close())
	}
	return err
}

var _ record.Handler = (*Hierarchy)(nil)
