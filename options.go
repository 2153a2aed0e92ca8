package jackdaw

import (
	"context"
	"crypto/tls"
	"io"
	"io/fs"
	"net/http"
	"reflect"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// This file makes the handlers and senders that come with Jackdaw. It is the only one of the package that
// knows their rooms.

// Format appends the form of one record, with its newline, to dst and returns the result. It may be
// called from several goroutines at once.
type Format func(dst []byte, r *record.Record) []byte

// JSON is the [Format] that [record.AppendJSON] describes, one object a line.
func JSON(dst []byte, r *record.Record) []byte { return format.JSON(dst, r) }

// Text is the [Format] of one plain line: time, level, logger, message, attrs. Control characters
// and newlines are escaped, so that a record cannot forge another.
func Text(dst []byte, r *record.Record) []byte { return format.Text(dst, r) }

// Pretty returns the [Format] for people at a terminal, coloured or not.
func Pretty(color bool) Format { return Format(format.Pretty(color)) }

// Percent returns the [Format] that a format string of Python's logging describes, such as
// "%(asctime)s %(name)s %(levelname)s %(message)s". The error says what is wrong with it, and where.
func Percent(text string) (Format, error) {
	f, err := format.Percent(text)
	return Format(f), err
}

// formatOf returns what a handler of its own calls for f, and how to make that again, nil if f is a program's
// own. For JSON it is a form with a memory, which takes half the time. Functions that have the same code as
// JSON do the same, so this cannot mistake another one for it.
func formatOf(f Format) (format.Format, handler.Again) {
	code := func(f Format) uintptr { return reflect.ValueOf(f).Pointer() }
	switch code(f) {
	case code(nil), code(JSON):
		return format.NewJSON(), format.NewJSON
	case code(Text):
		return format.Text, func() format.Format { return format.Text }
	}
	return format.Format(f), nil
}

// NewConsole returns a handler that writes records to w, os.Stderr for example: each batch with one
// Write, in the given format. The writer stays the caller's.
func NewConsole(w io.Writer, format Format) record.Handler {
	own, again := formatOf(format)
	c := handler.NewConsole(w, own)
	c.FormAgain(again)
	return c
}

// FileOptions are the options of [OpenFile]. With MaxBytes or When the file is rotated; the options are
// those of RotatingFileHandler and TimedRotatingFileHandler in Python, and go together.
type FileOptions struct {
	// Format is the form of a record. Defaults to [JSON] if nil.
	Format Format
	// Perm is what a file that has to be created may be used for, before the umask. Defaults to 0640 if
	// zero.
	Perm fs.FileMode

	// Mode is what becomes of a file that is there: a, records go behind what it holds; w, it is emptied
	// when it is opened; x, it is an error. A file that is rotated has a, as in Python. Defaults to a if
	// empty.
	Mode string
	// Delay leaves the file alone until the first record comes.
	Delay bool
	// Encoding is utf-8, ascii or latin-1. Defaults to utf-8 if empty.
	Encoding string
	// Errors is what is written for a character that the encoding does not have, by Python's names:
	// backslashreplace (\xe9), replace (?), xmlcharrefreplace (&#233;) or ignore. Lines of JSON have
	// JSON's \u00e9 always. Defaults to backslashreplace if empty; so is strict, with which a record would
	// be lost.
	Errors string

	// MaxBytes rotates the file before the record with which it would be as large or larger. Never if
	// zero.
	MaxBytes int64
	// When rotates the file by time: S, M, H or D every Interval seconds, minutes, hours or days since
	// the last rotation; midnight; W0 to W6 at the end of Monday to Sunday. Never if empty.
	When string
	// Interval makes it every so many of When. Defaults to 1 if zero.
	Interval int
	// AtTime is a time of the day, since midnight, to rotate at instead of its end, with When midnight
	// and W0 to W6.
	AtTime time.Duration
	// UTC computes and names times in UTC instead of the local zone.
	UTC bool
	// BackupCount is how many rotated files are kept. Zero keeps all, which goes with When only.
	BackupCount int
	// Compress compresses rotated files with gzip, in the background.
	Compress bool
}

// File is a handler that appends records to a file, each batch with one write. What Handle took
// survives the end of the process, what Flush waited for that of the machine. A write that fails, as
// on a full disk, leaves no part of a record behind; the records wait in the queue of their
// [Hierarchy] until there is room.
//
// A file that is renamed or removed meanwhile, by logrotate for example, is noticed before the next
// batch and made anew.
//
// Rotation renames the file between two records. By size the newest rotated file is app.log.1, the next
// app.log.2; by time they are called after the beginning of their interval, as app.log.2026-11-22, and
// app.log.2026-11-22.1 where it has more than one. A compressed one has .gz behind that. It happens when
// a record comes, not before; the times are those of the clock on the wall, on days with 23 and 25 hours
// too; and after a restart the file's last change counts. What goes wrong with it, a directory that may
// not be written for example, costs no record: the file goes on, Handle returns the error once, and it is
// tried again.
//
// Several processes may append to one file, but only one of them may rotate it.
type File struct{ file *handler.File }

// OpenFile opens a file for appending. It creates the file if there is none, but not its directory. With Delay
// that is left to the first Handle.
func OpenFile(path string, o FileOptions) (*File, error) {
	format, again := formatOf(o.Format)
	f, err := handler.OpenFile(path, handler.FileOptions{
		Format: format, Again: again, Perm: o.Perm,
		Mode: o.Mode, Delay: o.Delay, Encoding: o.Encoding, Errors: o.Errors,
		MaxBytes: o.MaxBytes, When: o.When, Interval: o.Interval, AtTime: o.AtTime, UTC: o.UTC,
		BackupCount: o.BackupCount, Compress: o.Compress,
	})
	if err != nil {
		return nil, err
	}
	return &File{f}, nil
}

// Handle implements [record.Handler].
func (f *File) Handle(ctx context.Context, batch []record.Record) error {
	return f.file.Handle(ctx, batch)
}

// NewForm implements [record.Former].
func (f *File) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	_, form = f.file.NewForm()
	return f, form
}

// Flush waits until the disk has what was handled.
func (f *File) Flush(ctx context.Context) error { return f.file.Flush(ctx) }

// Reopen opens the file by its name anew. Handle does it by itself once the file was renamed.
func (f *File) Reopen(ctx context.Context) error { return f.file.Reopen(ctx) }

// Close flushes the file and closes it. What is being compressed is left to the next OpenFile.
func (f *File) Close() error { return f.file.Close() }

// SocketOptions say where a [Socket] sends to, and how patient it is. The zero value sends to a
// receiver on this machine.
type SocketOptions struct {
	// Network is tcp, unix (a stream), udp or unixgram. Defaults to tcp if empty.
	Network string
	// Address is host:port, or the path of a unix socket, which has no default. Defaults to
	// 127.0.0.1:9020 for TCP and 127.0.0.1:9021 for UDP if empty.
	Address string
	// DialTimeout bounds one attempt to connect. Defaults to 5 s if zero.
	DialTimeout time.Duration
	// WriteTimeout is how long a write may stand still before the connection is given up. Defaults to
	// 30 s if zero.
	WriteTimeout time.Duration
	// ConfirmBytes is how much is written at most before the receiver has to confirm it. Defaults to
	// 1 MiB if zero; negative for no bound.
	ConfirmBytes int
	// OnError is told when the receiver goes away, and how many records that leaves unconfirmed, and
	// when it is back. It must not block. Nil means nobody is told; the counts are in [Socket.Stats].
	OnError func(error)
}

// Socket is a handler that sends records to a receiver of Python's wire: Jackdaw's, or a program of
// Python's that follows the logging cookbook. It connects for the first record, and again, with
// growing and jittered pauses, whenever the receiver went away.
//
// The wire has no acknowledgement. What it has is its end: a Socket closes its side of the connection
// after every ConfirmBytes, after a second without records, and in Flush and Close, and waits until
// the receiver has read all and closes the other side. What a connection carried that broke before
// that is counted as unconfirmed.
//
// Added to a [Hierarchy], it has the hierarchy's queue in front of it: nobody waits while the receiver
// is away, and what the queue cannot hold is dropped by the handler's [Policy], counted and told.
type Socket struct{ socket *sender.Socket }

// NewSocket returns a Socket. It checks the options and does not connect yet.
func NewSocket(o SocketOptions) (*Socket, error) {
	s, err := sender.NewSocket(sender.Options{
		Network: o.Network, Address: o.Address, DialTimeout: o.DialTimeout, WriteTimeout: o.WriteTimeout,
		ConfirmBytes: o.ConfirmBytes, OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &Socket{s}, nil
}

// Handle sends the batch. It waits while the receiver is away, until ctx ends; nil means all of the batch was
// written.
func (s *Socket) Handle(ctx context.Context, batch []record.Record) error {
	return s.socket.Handle(ctx, batch)
}

// Flush waits until the receiver has confirmed what was written.
func (s *Socket) Flush(ctx context.Context) error { return s.socket.Flush(ctx) }

// Close waits a bounded time until the receiver has confirmed what was written, then closes the connection.
func (s *Socket) Close() error { return s.socket.Close() }

// SocketStats are the counts of a [Socket]: at any moment Handled = Confirmed + Unconfirmed + Waiting.
type SocketStats struct {
	// Handled is how many records were written.
	Handled uint64
	// Confirmed is how many of them the receiver has read.
	Confirmed uint64
	// Unconfirmed is how many may be lost, because their connection broke. Datagrams are unconfirmed always.
	Unconfirmed uint64
	// Waiting is how many are neither yet.
	Waiting uint64
	// TooLarge is how many records were refused because they fit no frame, or no datagram.
	TooLarge uint64
	// Connected says whether there is a connection now. An idle Socket has none.
	Connected bool
}

// Stats returns the counts. It never waits.
func (s *Socket) Stats() SocketStats {
	st := s.socket.Stats()
	return SocketStats{
		Handled: st.Handled, Confirmed: st.Confirmed, Unconfirmed: st.Unconfirmed, Waiting: st.Waiting,
		TooLarge: st.TooLarge, Connected: st.Connected,
	}
}

// OTLPOptions say where an [OTLP] sends to. The zero value sends to a receiver on this machine.
type OTLPOptions struct {
	// URL is where requests go; its path is /v1/logs if it has none. Defaults to
	// http://127.0.0.1:4318/v1/logs if empty.
	URL string
	// Header is sent with each request, beside what the protocol needs.
	Header http.Header
	// Token, if set, is sent as "Authorization: Bearer TOKEN".
	Token string
	// TLS says how https is spoken. Nil is the system's way.
	TLS *tls.Config
	// Timeout bounds one request, from dialling to the end of the answer. Defaults to 10 s if zero.
	Timeout time.Duration
	// NoGzip sends requests as they are. By default they are compressed, unless they go to this
	// machine.
	NoGzip bool
	// InFlight is how many requests are under way at most. With more than one, the receiver may take
	// them in another order than they were logged in. Defaults to 1 if zero.
	InFlight int
	// OnError is told what the receiver rejected out of requests that it took. It must not block. Nil
	// means nobody is told; the count is in [OTLP.Stats].
	OnError func(error)
}

// OTLP is a handler that sends records over OTLP/HTTP: to Jackdaw, to an OpenTelemetry Collector, or
// to any other receiver of OTLP logs. A record is handled when the receiver has acknowledged it.
//
// Each request has a key that is the same when it is sent again because no answer came. Jackdaw takes
// such a request once; other receivers may take it twice.
//
// Added to a [Hierarchy], it has the hierarchy's queue in front of it, which tries again until the
// receiver takes the records.
type OTLP struct{ otlp *sender.OTLP }

// NewOTLP returns an OTLP. It checks the options and does not connect yet.
func NewOTLP(o OTLPOptions) (*OTLP, error) {
	s, err := sender.NewOTLP(sender.OTLPOptions{
		URL: o.URL, Header: o.Header, Token: o.Token, TLS: o.TLS, Timeout: o.Timeout, NoGzip: o.NoGzip,
		InFlight: o.InFlight, OnError: o.OnError,
	})
	if err != nil {
		return nil, err
	}
	return &OTLP{s}, nil
}

// Handle sends the batch and returns nil when the receiver has acknowledged it. It tries once: who
// calls it tries again. The error is permanent where the records are at fault.
func (s *OTLP) Handle(ctx context.Context, batch []record.Record) error {
	return s.otlp.Handle(ctx, batch)
}

// Close closes idle connections. It waits for nothing.
func (s *OTLP) Close() error { return s.otlp.Close() }

// OTLPStats are the counts of an [OTLP].
type OTLPStats struct {
	// Acknowledged is how many records the receiver took.
	Acknowledged uint64
	// Rejected is how many records it said it rejected while it took the rest of their request.
	Rejected uint64
	// Requests is how many requests were made, Failed how many of them were not acknowledged.
	Requests, Failed uint64
}

// Stats returns the counts. It never waits.
func (s *OTLP) Stats() OTLPStats { return OTLPStats(s.otlp.Stats()) }
