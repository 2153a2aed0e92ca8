// Package config turns the text of a configuration into a checked model of it, and explains what it says.
//
// A configuration is Python's dictConfig schema (version, formatters, filters, handlers, loggers, root) with
// Python's meaning, and beside it receivers, stream, store and web, which are Jackdaw's. It goes three steps:
//
//	text ── [ParseJSON], or package yaml ──▶ [Node], a tree with places
//	     ── [Check] ──▶ [Config], or all that is wrong, each with its file, line and column
//	     ── [Config.Explain] ──▶ who gets a record of that logger and level, and why
//
// Nothing is opened, dialled or made here, and nothing that a configuration names is ever looked up or executed.
// Who makes handlers from the model is internal/assembly.
//
// One table says which sections, classes and keys there are. The checks, [Schema] and [Reference] are made from it.
package config

import (
	"log/slog"
	"net/netip"
	"reflect"
	"time"
)

// Config is a configuration that was checked: every name in it is defined, every value in its bounds. It is
// immutable.
type Config struct {
	// File is what the configuration was read from, as it is called in errors.
	File string
	// Incremental is true if only the levels of handlers, and levels and propagate of loggers, are to be changed on
	// what runs already. Handlers then have a name and a level alone, and no class.
	Incremental bool

	// Formatters, Filters and Handlers are what the file defines, sorted by name.
	Formatters []*Formatter
	Filters    []*Filter
	Handlers   []*Handler
	// Loggers are what the file says of loggers other than the root, sorted by name.
	Loggers []*Logger
	// Root is what the file says of the root logger, nil if nothing.
	Root *Logger
	// RootLevel is the level of the root logger: the file's, or if it has none that of the [Options].
	RootLevel slog.Level

	// Receivers, Stream, Store and Web are what the file says of a server, nil where the section is missing.
	Receivers *Receivers
	Stream    *Stream
	Store     *Store
	Web       *Web

	// Notes are what is accepted, but may not do what its author thinks, in the order of the file.
	Notes []Note
}

// Note is a sentence about something in the file that is no error.
type Note struct {
	File string
	Place
	Text string
}

// Handler returns the handler of that name, nil if there is none.
func (c *Config) Handler(name string) *Handler {
	for _, h := range c.Handlers {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// Logger is what a file says of one logger.
type Logger struct {
	// Name is its dotted name; "root" for the root.
	Name string
	Place
	// Level is its own level, nil for that of the nearest logger above that has one. LevelNamed tells a level that
	// the file has as NOTSET, by which the logger's own is taken away, from one that it does not have.
	Level      *slog.Level
	LevelNamed bool
	// Propagate says whether the records also go to the handlers above, nil if the file does not: they do then.
	Propagate *bool
	// Filters hold for records logged by this very name.
	Filters []*Filter
	// Handlers hang on the logger, in the order of the file, none twice.
	Handlers []*Handler
}

// Propagates reports whether the logger's records also go to the handlers above it.
func (l *Logger) Propagates() bool { return l.Propagate == nil || *l.Propagate }

// Same reports whether two loggers are configured alike. Handlers and filters are compared by what they are called
// and made from.
func (l *Logger) Same(o *Logger) bool {
	if l == nil || o == nil {
		return l == o
	}
	if l.Name != o.Name || l.LevelNamed != o.LevelNamed || !reflect.DeepEqual(l.Level, o.Level) || l.Propagates() != o.Propagates() ||
		!sameFilters(l.Filters, o.Filters) || len(l.Handlers) != len(o.Handlers) {
		return false
	}
	for i := range l.Handlers {
		if l.Handlers[i].Name != o.Handlers[i].Name {
			return false
		}
	}
	return true
}

// Receivers say where a server receives, and from whom.
type Receivers struct {
	Place
	// Listen are the addresses the file names. A network that it does not name keeps its default.
	Listen []Listen
	// LogName, if set, is the logger that every record is handled as.
	LogName string
	// Allow are the networks whose hosts may send, beside this machine's own programs.
	Allow []netip.Prefix
	// TLS says by which certificate TLS is spoken, nil for none.
	TLS *ServerTLS
	// TokenFile is a file of tokens, one a line, one of which a request over HTTP has to bring. None if empty.
	TokenFile string
}

// Listen is an address to receive on.
type Listen struct {
	Place
	// Network is tcp, udp, unix, unixgram, http, jsonl, otlp, otlp-grpc, syslog-udp, syslog-tcp, syslog-unix or
	// syslog-unixgram; and plain syslog, where Off is true.
	Network string
	// Address is host:port, or a path, as it is written. It is empty where Off is true: nothing is to be received
	// by that network.
	Address string
	Off     bool
}

// ServerTLS names the files, in PEM, of a server's certificate.
type ServerTLS struct {
	Cert, Key string
	// ClientCA is the authorities whose clients may send; empty if certificates are not asked for.
	ClientCA string
}

// StreamTLS names the files, in PEM, by which a cluster is spoken to.
type StreamTLS struct{ CA, Cert, Key string }

// Stream says how records wait for their handlers. Zero values are the defaults of jackdaw serve.
type Stream struct {
	Place
	// Off is true for a queue in memory.
	Off bool
	// Directory is the data directory.
	Directory string
	// URL is the cluster in which the stream is; empty if it is in the directory, which else has the store alone. Name
	// is what it is called there, Replicas how many servers keep each record, Credentials a file of NATS credentials.
	URL         string
	Name        string
	Replicas    int
	Credentials string
	// TLS says how the cluster is spoken to, where not by what is usual.
	TLS *StreamTLS
	// Durability is sync, disk or memory; empty for the default, and of a cluster.
	Durability string
	// MaxBytes bounds the stream.
	MaxBytes int64
	// BacklogBytes and BacklogAge bound what waits for each handler that has no bounds of its own.
	BacklogBytes int64
	BacklogAge   time.Duration
	// QueueBytes bounds what waits in memory, for the console or without a stream.
	QueueBytes int64
}

// Store says what is kept to be found again. Zero values are the defaults of jackdaw serve.
type Store struct {
	Place
	// Off is true for no store.
	Off bool
	// Directory is its own, in place of store in the data directory.
	Directory string
	// MaxAge is how long records are kept; negative is for ever.
	MaxAge time.Duration
	// MaxBytes bounds what is kept.
	MaxBytes int64
	// FreeSpace is the floor of free space on its disk; negative is none.
	FreeSpace int64
}

// Web says where the page and the API are.
type Web struct {
	Place
	// Off is true for none.
	Off bool
	// Address is host:port, empty for the default.
	Address string
	// Hosts are names, beside localhost, by which requests may call it.
	Hosts []string
}
