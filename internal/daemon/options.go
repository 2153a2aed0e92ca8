package daemon

import (
	"io"
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/stream"
)

// Options configure a [Daemon].
type Options struct {
	// Listen are the addresses to receive on.
	Listen []Address
	// Receive says who may send, and how much the receivers take on. Its Notify is the daemon's.
	Receive receiver.Options

	// Console is where records are shown, in the form ConsoleFormat. There is no console if it is
	// nil. A console that is read slowly holds up nothing: beyond QueueBytes its records are dropped,
	// lowest levels first.
	Console io.Writer
	// ConsoleFormat defaults to JSON if nil.
	ConsoleFormat format.Format
	// Files are appended to.
	Files []File

	// Levels are the lowest levels that are handled, by logger. By default every record is.
	Levels []Level
	// LogName, if set, is the logger that every record is handled as. The name it came with is kept
	// as the attr "logger".
	LogName string
	// Data is the directory of what outlives the process: the stream, in which records wait for their
	// handlers, and the store. It belongs to one process at a time. If it is empty they wait in memory.
	Data string
	// Durability is what the stream promises of a record before its sender has its word: sync if zero.
	Durability stream.Level
	// StreamBytes bounds the stream. Defaults to [stream.DefaultMaxBytes] if zero.
	StreamBytes int64
	// Store says what is kept in the directory to be found again.
	Store StoreOptions
	// BacklogBytes and BacklogAge bound what waits in the stream for each file: of what is beyond, the oldest is
	// dropped. Zero is no bound but the stream's.
	BacklogBytes int64
	BacklogAge   time.Duration
	// QueueBytes is the memory that records waiting for handlers may take, about. Defaults to 64 MiB
	// if zero.
	QueueBytes int64

	// Version is what runs, as it is shown with the counts.
	Version string
	// WebHosts are the names, beside localhost, by which requests may call the web address where neither a
	// token nor TLS keeps out pages of other origins. Addresses are always right.
	WebHosts []string

	// Notify is told, in a line, what an operator should know: a client that speaks another protocol,
	// a handler that fails. It is called at a bounded rate and from any goroutine, and must not block.
	Notify func(text string)
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

// File is a file that records are appended to.
type File struct {
	Path string
	handler.FileOptions
}

// Level is the lowest level of a logger that is handled.
type Level struct {
	// Logger is a dotted name; empty, or root, is the root.
	Logger string
	Level  slog.Level
}

// queueBytes is the bound of the queue.
func (o *Options) queueBytes() int64 {
	if o.QueueBytes == 0 {
		return queue.DefaultBudget
	}
	return o.QueueBytes
}
