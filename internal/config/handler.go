package config

import (
	"log/slog"
	"reflect"
	"time"
)

// Class is what a handler is, by its short name.
type Class string

// The classes. A name of Python's logging is accepted for each of them but OTLP.
const (
	ConsoleClass       Class = "console"             // logging.StreamHandler; *Console
	FileClass          Class = "file"                // logging.FileHandler; *File, as the next three
	WatchedFileClass   Class = "watched_file"        // logging.handlers.WatchedFileHandler
	RotatingFileClass  Class = "rotating_file"       // logging.handlers.RotatingFileHandler
	TimedRotatingClass Class = "timed_rotating_file" // logging.handlers.TimedRotatingFileHandler
	SocketClass        Class = "socket"              // logging.handlers.SocketHandler; *Socket, as the next
	DatagramClass      Class = "datagram"            // logging.handlers.DatagramHandler
	SyslogClass        Class = "syslog"              // logging.handlers.SysLogHandler; *Syslog
	HTTPClass          Class = "http"                // logging.handlers.HTTPHandler; *HTTP
	SMTPClass          Class = "smtp"                // logging.handlers.SMTPHandler; *SMTP
	MemoryClass        Class = "memory"              // logging.handlers.MemoryHandler; *Memory
	NullClass          Class = "null"                // logging.NullHandler; *Null
	QueueClass         Class = "queue"               // logging.handlers.QueueHandler; *Queue
	OTLPClass          Class = "otlp"                // *OTLP
)

// Handler is what a file says of one handler.
type Handler struct {
	Name string
	Place
	Class Class
	// Level is the lowest level it is for, nil for every level. LevelNamed tells NOTSET from no level at all.
	Level      *slog.Level
	LevelNamed bool
	// Filters hold for whatever reaches the handler.
	Filters []*Filter
	// Formatter is the form of its records, nil for the default of its class: JSON for files, what a terminal or its
	// absence suggests for the console, and what each of the others sends.
	Formatter *Formatter
	// Params are those of its class, a pointer to the struct that is named beside the class. It is nil in an
	// incremental configuration.
	Params any

	// Target is what a memory hands its records to, nil for nothing.
	Target *Handler
	// Handlers are those that a queue hands its records to, each once.
	Handlers []*Handler
	// Behind is true for a handler that is the target of another or behind a queue: it gets what that one hands it,
	// and from loggers too where it hangs on some.
	Behind bool

	// Required makes the senders wait, instead of dropping records for this handler, when the stream is full.
	Required bool
	// BacklogBytes and BacklogAge bound what waits in the stream for it. Zero is the stream's own bound.
	BacklogBytes int64
	BacklogAge   time.Duration
}

// Same reports whether two handlers are made alike: what runs for one can go on as the other, with another level and
// other filters at most, which are not compared.
func (h *Handler) Same(o *Handler) bool {
	if h == nil || o == nil {
		return h == o
	}
	if h.Name != o.Name || h.Class != o.Class || !h.Formatter.Same(o.Formatter) || !reflect.DeepEqual(h.Params, o.Params) ||
		h.Required != o.Required || h.BacklogBytes != o.BacklogBytes || h.BacklogAge != o.BacklogAge ||
		!h.Target.same(o.Target) || len(h.Handlers) != len(o.Handlers) {
		return false
	}
	for i := range h.Handlers {
		if !h.Handlers[i].same(o.Handlers[i]) {
			return false
		}
	}
	return true
}

// same is Same for a handler behind another: what is made for it holds its level and filters.
func (h *Handler) same(o *Handler) bool { return h.Same(o) && h.SameGate(o) }

// SameGate reports whether two handlers have the same level and filters.
func (h *Handler) SameGate(o *Handler) bool {
	if h == nil || o == nil {
		return h == o
	}
	return reflect.DeepEqual(h.Level, o.Level) && sameFilters(h.Filters, o.Filters)
}
