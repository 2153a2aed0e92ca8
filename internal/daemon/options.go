package daemon

import (
	"context"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// Options configure a [Daemon].
type Options struct {
	// Listen are the addresses to receive on.
	Listen []Address
	// Receive says who may send, and how much the receivers take on. Its Notify is the daemon's.
	Receive receiver.Options

	// Handlers are what records are handed to, each by its name, and Loggers say of which loggers, from which level
	// on: what hangs on no logger gets nothing. The root's level is below all others unless Loggers say otherwise:
	// every record is handled. The store, if there is one, gets every record that its logger's level and filters let
	// pass, whatever propagate says.
	Handlers []Handler
	Loggers  []hierarchy.Logger[string]
	// LogName, if set, is the logger that every record is handled as. The name it came with is kept
	// as the attr "logger".
	LogName string
	// Data is the directory of what outlives the process: the stream, in which records wait for their
	// handlers, and the store. It belongs to one process at a time. If it is empty they wait in memory.
	Data string
	// Cluster is where the stream is, if its URL is set. The directory has the store alone then, and there is none without
	// a directory for it.
	Cluster Cluster
	// Durability is what the stream promises of a record before its sender has its word: sync if zero.
	Durability stream.Level
	// StreamBytes bounds the stream. Defaults to [stream.DefaultMaxBytes] if zero.
	StreamBytes int64
	// Store says what is kept in the directory to be found again.
	Store StoreOptions
	// QueueBytes is the memory that records waiting for handlers may take, about. Defaults to 64 MiB
	// if zero.
	QueueBytes int64

	// Version is what runs, as it is shown with the counts.
	Version string
	// WebHosts are the names, beside localhost, by which requests may call the web address where neither a
	// token nor TLS keeps out pages of other origins. Addresses are always right.
	WebHosts []string

	// Reconfigure is what is done when a reload is asked for on the web address: it calls [Daemon.Reload] with options
	// anew, and returns what changed, or an error, after which nothing did. Nil says that there is nothing to reload.
	Reconfigure func(ctx context.Context) (told []string, err error)

	// Notify is told, in a line, what an operator should know: a client that speaks another protocol,
	// a handler that fails. It is called at a bounded rate and from any goroutine, and must not block.
	Notify func(text string)
}

// Cluster is a cluster of NATS servers; see [stream.Options] for the fields.
type Cluster struct {
	URL, Name string
	Replicas  int
	Access    stream.Access
}

// stream returns the options of the stream; ok is false if there is to be none.
func (o *Options) stream() (s stream.Options, ok bool) {
	s = stream.Options{MaxBytes: o.StreamBytes, Notify: o.Notify}
	switch c := &o.Cluster; {
	case c.URL != "":
		s.URL, s.Name, s.Replicas, s.Access = c.URL, c.Name, c.Replicas, c.Access
	case o.Data != "":
		s.Dir, s.Level = StreamDir(o.Data), o.Durability
	default:
		return s, false
	}
	return s, true
}

// Address is a place to receive on.
type Address struct {
	// Network is tcp, udp, unix or unixgram for Python's wire, http for its HTTPHandler, syslog-udp, syslog-tcp,
	// syslog-unix or syslog-unixgram, jsonl, otlp,
	// otlp-grpc, or web for what is said over HTTP; Address is host:port or a path.
	Network, Address string
	// Optional is true if the daemon may do without it.
	Optional bool
}

// Handler is one of those that records are handed to.
type Handler struct {
	// Name is what it is called in the counts, and keeps its place in the stream by. No two have the same.
	Name string
	// Open makes it. It is closed if it is an [io.Closer]. One that has a method
	//
	//	Reopen(ctx context.Context) error
	//
	// has files, which [Daemon.Reopen] opens anew by it; and one that has
	//
	//	Gone() <-chan struct{}
	//
	// shows records to somebody, who has left when that is closed.
	Open func() (record.Handler, error)
	// Config is what it is made from. At [Daemon.Reload], one of the same name goes on as it is if its Config says
	// the same, or neither has one.
	Config *config.Handler
	// Shown is for a handler that shows what comes while it is there. It holds up nothing: what waits for it is in
	// memory, and beyond QueueBytes its records are dropped, lowest levels first. Where there is no stream that is so
	// for all handlers.
	Shown bool
	// Required makes those who send wait, where the stream is full, until the handler has made room.
	Required bool
	// BacklogBytes and BacklogAge bound what waits in the stream: of what is beyond, the oldest is dropped. Zero is
	// no bound but the stream's.
	BacklogBytes int64
	BacklogAge   time.Duration
}

// queueBytes is the bound of the queue.
func (o *Options) queueBytes() int64 {
	if o.QueueBytes == 0 {
		return queue.DefaultBudget
	}
	return o.QueueBytes
}
