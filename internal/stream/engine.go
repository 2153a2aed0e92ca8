package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxPayload is the largest message that the embedded server takes. A received record has 16 MiB
	// at most, and JetStream takes a message of 32 MiB for a damaged one.
	maxPayload = 24 << 20
	// apiTimeout is how long one request to JetStream may take. It stands no server's death in the
	// way: of an embedded one a broken engine tells, of a cluster another server takes over.
	apiTimeout = 5 * time.Second
	// startTimeout bounds the start of the embedded server, which reads a large backlog after a crash.
	startTimeout = 10 * time.Minute
)

// engine is a connection to JetStream, and the server if it is embedded. One that broke is replaced by
// another one.
type engine struct {
	server *server.Server // nil for a cluster
	conn   *nats.Conn
	js     jetstream.JetStream
	// records is the stream of the records, once it is there.
	records jetstream.Stream
	// life ends, by end, when the engine will not work again: JetStream stays stuck after a failed write.
	life   context.Context
	end    context.CancelFunc
	notify func(string)

	mu    sync.Mutex // guards fault
	fault error      // why it is broken
}

func newEngine(notify func(string)) *engine {
	e := &engine{notify: notify}
	e.life, e.end = context.WithCancel(context.Background())
	return e
}

// during returns a context that also ends when the engine breaks, and after d: JetStream that is stuck answers nothing.
// In a cluster each request under it has apiTimeout at most, since there one may be lost.
func (e *engine) during(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	stop := context.AfterFunc(e.life, cancel)
	if e.server == nil {
		ctx = undated{ctx}
	}
	return ctx, func() {
		stop()
		cancel()
	}
}

// undated is a context that does not tell its deadline: JetStream's client gives each request under it the default one.
type undated struct{ context.Context }

// Deadline implements [context.Context].
func (undated) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// startEngine connects to the cluster, or starts a server on the directory.
func startEngine(o *Options) (*engine, error) {
	e := newEngine(o.Notify)
	options := []nats.Option{
		nats.Name("jackdaw"), nats.Timeout(apiTimeout), nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { e.notify("stream: " + err.Error()) }),
	}
	url := o.URL
	if o.Dir != "" {
		if err := e.startServer(serverOptions(o)); err != nil {
			return nil, err
		}
		url = ""
		options = append(options, nats.InProcessServer(e.server), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { e.fail(errGone) }))
	} else {
		options = append(options, o.Access.options()...)
	}
	var err error
	if e.conn, err = nats.Connect(url, options...); err == nil {
		e.js, err = jetstream.New(e.conn, jetstream.WithDefaultTimeout(apiTimeout))
	}
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("connect: %w", o.explained(err))
	}
	return e, nil
}

// Place names where the stream is: its directory, or the URL of its cluster without what is secret.
func (s *Stream) Place() string { return s.o.place() }

// place names where the stream is.
func (o *Options) place() string {
	if o.URL != "" {
		return withoutSecrets(o.URL)
	}
	return o.Dir
}

// serverOptions are those of a server for this process alone.
func serverOptions(o *Options) *server.Options {
	return &server.Options{
		ServerName: "jackdaw", DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: o.Dir, SyncAlways: o.Level == Sync,
		// The stream has bounds of its own; these must only not be in their way.
		JetStreamMaxStore: 1 << 50, JetStreamMaxMemory: 64 << 20,
		MaxPayload: maxPayload,
	}
}

func (e *engine) startServer(o *server.Options) error {
	var err error
	if e.server, err = server.NewServer(o); err != nil {
		return fmt.Errorf("start JetStream on %s: %w", o.StoreDir, err)
	}
	e.server.SetLoggerV2(serverLog{e}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(startTimeout) || !e.server.JetStreamEnabled() {
		e.stop()
		return fmt.Errorf("start JetStream on %s: it did not become ready", o.StoreDir)
	}
	return nil
}

// fail says that the engine will not work again, and why. The first reason counts.
func (e *engine) fail(why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fault == nil {
		e.fault = fmt.Errorf("JetStream stopped working: %w", why)
		e.end()
	}
}

// why returns the reason for which the engine is broken, or else err.
func (e *engine) why(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return cmp.Or(e.fault, err)
}

// stop ends the connection and the server, and waits for its files to be closed.
func (e *engine) stop() {
	if e.conn != nil {
		e.conn.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	e.fail(errGone)
}

// maxMessage is the largest payload that the server takes, with room for headers.
func (e *engine) maxMessage() int { return int(e.conn.MaxPayload()) - 4<<10 }

// serverLog hears what the embedded server has to say.
type serverLog struct{ e *engine }

// fatalTexts are in what the server says when it will write no more until it is started again.
var fatalTexts = []string{"critical write error", "will be DISABLED", "disabling JetStream"}

func (l serverLog) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, fatal := range fatalTexts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(fatal)) {
			l.e.fail(errors.New(text))
		}
	}
	l.e.notify("stream: " + text)
}

// Errorf implements [server.Logger], as all below do.
func (l serverLog) Errorf(format string, args ...any) { l.problem(format, args...) }

// Fatalf does not end the process, as the server's own log would.
func (l serverLog) Fatalf(format string, args ...any) { l.problem(format, args...) }

// Warnf tells of damage, among what is of no interest: an index that is out of date or was cut off is made
// anew from what it is an index of.
func (l serverLog) Warnf(format string, args ...any) {
	for _, dull := range []string{"payloads over", "Stream state ", "Recovering stream state "} {
		if strings.Contains(format, dull) {
			return
		}
	}
	l.problem(format, args...)
}

// Noticef is of no interest.
func (serverLog) Noticef(string, ...any) {}

// Debugf is of no interest.
func (serverLog) Debugf(string, ...any) {}

// Tracef is of no interest.
func (serverLog) Tracef(string, ...any) {}

// errGone is why an engine is broken of which the server ended, or the connection to it.
var errGone = errors.New("the server ended")
