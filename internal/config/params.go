package config

import (
	"io/fs"
	"log/slog"
	"time"
)

// The parameters of the classes. A zero value is the default of the handler, as its options in package jackdaw have
// it, unless a comment says otherwise.

// Console are the parameters of the class console.
type Console struct {
	// Stdout writes to the standard output. The standard error is the default, as in Python.
	Stdout bool
}

// File are the parameters of the classes file, watched_file, rotating_file and timed_rotating_file, with the defaults
// of Python's classes filled in, and without options that would do nothing.
type File struct {
	Path string
	// Perm is what a new file may be used for, before the umask. Zero is the default.
	Perm fs.FileMode
	// Mode is a, w or x, empty for a; Encoding and Errors are those of Python's open, and Delay opens the file with
	// its first record.
	Mode             string
	Delay            bool
	Encoding, Errors string
	// MaxBytes, When, Interval, AtTime, UTC, BackupCount and Compress are as in jackdaw.FileOptions.
	MaxBytes    int64
	When        string
	Interval    int
	AtTime      time.Duration
	UTC         bool
	BackupCount int
	Compress    bool
}

// Socket are the parameters of the classes socket and datagram.
type Socket struct {
	// Network is tcp, unix, udp or unixgram.
	Network string
	// Address is host:port, or a path.
	Address                   string
	DialTimeout, WriteTimeout time.Duration
	// ConfirmBytes is how much is written before it has to be confirmed; negative for no bound.
	ConfirmBytes int
}

// ClientTLS says how TLS is spoken with a server. Files are PEM.
type ClientTLS struct {
	// CA is the authorities that the server's certificate is checked against; empty for the system's.
	CA string
	// Cert and Key are the client's own certificate; empty for none.
	Cert, Key string
	// ServerName is the name that the server's certificate has to be for; empty for that of the address.
	ServerName string
}

// Syslog are the parameters of the class syslog.
type Syslog struct {
	Network, Address string
	TLS              *ClientTLS
	// Form is 5424, 3164 or python; empty for the default. It is python where the class is called by Python's name.
	Form                      string
	Framing, Facility         string
	App, Host                 string
	MaxMessage                int
	DialTimeout, WriteTimeout time.Duration
	ConfirmBytes              int
}

// HTTP are the parameters of the class http.
type HTTP struct {
	URL, Body, Method            string
	User, Password, Token        string
	Header                       map[string]string
	TLS                          *ClientTLS
	Timeout                      time.Duration
	NoGzip                       bool
	RequestRecords, RequestBytes int
}

// SMTP are the parameters of the class smtp.
type SMTP struct {
	Address, From          string
	To                     []string
	Subject                string
	User, Password         string
	Security               string
	TLS                    *ClientTLS
	Interval               time.Duration
	Wait                   bool
	MailRecords, MailBytes int
	Timeout                time.Duration
}

// Memory are the parameters of the class memory. Its level to flush at is FlushLevel, ERROR if the file names none.
type Memory struct {
	Capacity, MaxBytes int
	FlushLevel         *slog.Level
	Latest             bool
	NoFlushOnClose     bool
}

// Null are the parameters of the class null, of which there are none.
type Null struct{}

// Queue are the parameters of the class queue.
type Queue struct {
	// RespectHandlerLevel gives the handlers behind it what their own levels let through. Unlike in Python it is
	// true unless the file says false.
	RespectHandlerLevel bool
}

// OTLP are the parameters of the class otlp.
type OTLP struct {
	URL      string
	Header   map[string]string
	Token    string
	TLS      *ClientTLS
	Timeout  time.Duration
	NoGzip   bool
	InFlight int
}
