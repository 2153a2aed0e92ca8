// Package receiver takes records from the network: from Python's SocketHandler and DatagramHandler,
// unmodified, and from whatever speaks their wire; as JSON lines over TCP; as
// syslog over UDP, TCP and unix sockets; and in requests over HTTP,
// from Python's HTTPHandler, as JSON lines, and as OTLP, which gRPC carries too.
//
// # Frames
//
// TCP and unix stream sockets carry frames one after another, UDP and unix datagram sockets one frame a
// datagram:
//
//	+------+------+------+------+---------- - - -
//	| length, big-endian uint32 | payload
//	+------+------+------+------+---------- - - -
//
//	length   of the payload, 1 to Options.MaxFrame
//	payload  a pickle of the record's dict, or, where it starts with '{', its JSON form
//
// There is no handshake, no version and no acknowledgement, so custody is taken as early as it can
// be: what one read brought is decoded and handed over before the next. A frame that cannot be
// decoded is rejected and the next one goes on, since the framing is intact; only bytes that are no
// frame at all close the connection.
//
// The one signal this wire has is its end. A peer that closes its sending side and waits for the
// receiver's end of stream knows then that all it sent was decoded and taken into custody, or
// rejected; where records were dropped a TCP connection is reset instead.
//
// # Requests
//
// A request is answered when its records are in custody, and not before: see [Receiver.OTLP],
// [Receiver.Ingest] and [Receiver.Forms]. Its sender can wait, so it is the sender who tries again: what the handler
// does not take is given back, counted, with the time to come again. Only Python's HTTPHandler does not look at
// the answer; what it sends is treated as a frame is.
//
// # Who may send
//
// By default everybody may who reaches the address, which is why an address that other machines reach is not
// opened unless Options name who may send, or put it under TLS, or, for requests, ask for a token.
package receiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// Options say how much a [Receiver] takes on. The zero value is ready to use.
type Options struct {
	// MaxFrame is the longest payload of a frame. Defaults to 16 MiB if zero; at most 128 MiB, beyond
	// which text and other protocols could no longer be told from a length.
	MaxFrame int
	// LargeBatches says that a call of the handler has a price of its own, as one of a stream has. Then
	// connections that bring more than a read takes have larger batches also while others are at work.
	LargeBatches bool
	// MaxConns is how many connections may be open at once, over all listeners. One more is accepted
	// and closed at once, and counted. Defaults to 10,000 if zero.
	MaxConns int
	// HeldBytes bounds what is held of frames that have not arrived whole, over all connections.
	// Memory grows as bytes arrive, never by the length announced. Where the bound is reached, a
	// connection waits up to a second for others to finish; then its frame is skipped and rejected.
	// Bodies of requests are counted here as well, until they are answered, and about what their records
	// take; a request that finds no room within a second is told to come again. Requests of a megabyte at
	// most have an eighth of it besides. Defaults to 256 MiB if zero; at least twice MaxFrame, and twice
	// MaxBody.
	HeldBytes int64
	// Allow names the networks whose hosts may send, beside this machine's own programs over loopback and
	// unix sockets. Connections from elsewhere are closed at once, datagrams rejected. Any host may
	// send if it is empty; but see Listen.
	Allow []netip.Prefix
	// Requests takes what comes in requests, whose senders wait for the answer: it may say that there is no
	// room, by a [record.FullError], and they come again. Defaults to the handler given to New if nil.
	// One that has a method
	//
	//	HandleOnce(ctx context.Context, id string, batch []record.Record) error
	//
	// which takes the same batch with the same id once, is called by that for a request that has an
	// Idempotency-Key.
	Requests record.Handler
	// MaxBody is the longest body of a request, as it comes and when it is unpacked. Defaults to 16 MiB if
	// zero.
	MaxBody int
	// Tokens are the words of which every request must bring one. Nil means none is asked for.
	Tokens *Tokens
	// TLS protects what comes over TCP and HTTP; there is no other way in by these then. Unix sockets and
	// datagrams go without. Nil means none.
	TLS *Certificates
	// PeerConns and PeerBytes are what one address may have of MaxConns and HeldBytes; in IPv6, one
	// network of 64 bits. They default to a quarter if zero, and then are no limit for loopback, where
	// one address stands for all the programs of this machine. PeerBytes has the same least value as
	// HeldBytes.
	PeerConns int
	PeerBytes int64
	// StallTimeout is how long half a frame may stand still while the receiver is reading, before its
	// connection is closed. Between frames a connection may be idle for ever. Defaults to 30 s if zero.
	StallTimeout time.Duration
	// DrainTimeout is how long Close goes on reading connections whose peer does not close its side.
	// Defaults to 1 s if zero.
	DrainTimeout time.Duration
	// RetryTimeout is how long records are offered to a handler that returns errors, the connection
	// standing still meanwhile; then they are dropped, and counted. Defaults to 10 s if zero.
	RetryTimeout time.Duration
	// SocketMode is the file mode of unix sockets. Defaults to 0600 if zero: programs of other users
	// cannot log to it. Use 0666 to let everybody on the machine do so, as they can over loopback TCP.
	SocketMode fs.FileMode
	// Notify is called with what an operator should know: a client that speaks another protocol, a
	// rejected record, a limit that was reached. It is called at most once in ten seconds for each
	// reason, may be called from several goroutines at once, and must not block. Nil means nobody
	// listens; everything is counted all the same.
	Notify func(Notice)

	peerConnsSet, peerBytesSet bool // whether they hold for loopback
}

const maxMaxFrame = 128 << 20

func (o Options) withDefaults() Options {
	o.MaxFrame = min(orDefault(o.MaxFrame, pickle.MaxFrame), maxMaxFrame)
	o.MaxConns = orDefault(o.MaxConns, 10_000)
	o.MaxBody = orDefault(o.MaxBody, 16<<20)
	two := 2 * int64(max(o.MaxFrame, o.MaxBody)+prefixLen)
	o.HeldBytes = max(orDefault(o.HeldBytes, 256<<20), two)
	o.peerConnsSet, o.peerBytesSet = o.PeerConns > 0, o.PeerBytes > 0
	o.PeerConns = orDefault(o.PeerConns, max(o.MaxConns/4, 1))
	o.PeerBytes = max(orDefault(o.PeerBytes, o.HeldBytes/4), two)
	o.StallTimeout = orDefault(o.StallTimeout, 30*time.Second)
	o.DrainTimeout = orDefault(o.DrainTimeout, time.Second)
	o.RetryTimeout = orDefault(o.RetryTimeout, 10*time.Second)
	o.SocketMode = orDefault(o.SocketMode, 0o600)
	return o
}

func orDefault[T ~int | ~int64 | ~uint32](v, byDefault T) T {
	if v <= 0 {
		return byDefault
	}
	return v
}

// Receiver listens on any number of addresses and hands the records it receives to one handler. Its
// counts, limits and rejects are common to all of them. It is safe for use by several goroutines.
type Receiver struct {
	next record.Handler
	o    Options

	allow   atomic.Pointer[[]netip.Prefix]
	rejects rejects
	notices notices
	budget  budget
	// smallBudget is for small requests.
	smallBudget budget
	desks       desks

	requests     requests
	unpackers    unpackers
	bodies       bodies
	lineBatches  lineBatches
	exporters    exporters
	lineDecoders lineDecoders
	formDecoders formDecoders

	watching sync.Once      // of the files that Options name
	running  sync.WaitGroup // all goroutines of the receiver
	stopping chan struct{}  // closed when Close is called
	done     chan struct{}  // closed when all goroutines have ended after that

	mu      sync.Mutex         // guards what follows
	drainAt time.Time          // when reading ends; zero until Close is called
	inlets  []*inlet           // the addresses that are received on
	conns   map[*conn]struct{} // the open connections of frames
	gone    gone               // the peers of those that ended last
	open    int                // the open connections, all of them
	ledgers []*ledger          // one for each way in

	peerConns map[netip.Addr]int // of peers that are limited
}

// New returns a Receiver that hands records to next. It listens nowhere yet.
//
// next is called from one goroutine a connection, with at most 1024 records in the order they were
// read, and as soon as they are read. Each has Peer and Received set. While next blocks, that
// connection is not read.
func New(next record.Handler, o Options) *Receiver {
	o = o.withDefaults()
	if o.Requests == nil {
		o.Requests = next
	}
	r := &Receiver{next: next, o: o, conns: make(map[*conn]struct{}), peerConns: make(map[netip.Addr]int)}
	r.stopping, r.done = make(chan struct{}), make(chan struct{})
	r.allow.Store(&o.Allow)
	r.notices.notify = o.Notify
	r.budget.init(o.HeldBytes, o.PeerBytes)
	r.smallBudget.init(o.HeldBytes/smallShare, o.PeerBytes/smallShare)
	r.requests.init()
	r.desks.init(func() decodeFunc { return newDecode(o.MaxFrame) }, o.LargeBatches)
	return r
}

// Listen starts to receive on an address, in goroutines of its own, until Close. It returns the
// address it listens on, which names the port where the given one was 0.
//
// The networks are tcp and udp (also tcp4, tcp6, udp4, udp6), where address is host:port, and unix
// (streams) and unixgram (datagrams), where it is a path. A socket that was left behind at the path
// by a process that is gone is replaced, one that somebody listens on is an error, and so is a file
// that is no socket. The path is removed at Close. An address that is taken is an error for which
// errors.Is(err, syscall.EADDRINUSE) holds. One that other machines reach is an [*OpenError] where Options
// name neither who may send nor, where it can be had, what keeps strangers out. ctx bounds the look-up of the host only; its values are
// seen by the handler.
func (r *Receiver) Listen(ctx context.Context, network, address string) (net.Addr, error) {
	addr, err := r.listen(ctx, network, address)
	if err != nil {
		return nil, listenError(network, address, err)
	}
	return addr, nil
}

func (r *Receiver) listen(ctx context.Context, network, address string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		ln, err := listenTCP(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := r.mayListen(ln.Addr(), true, false); err != nil {
			ln.Close()
			return nil, err
		}
		return ln.Addr(), r.serveStream(ctx, ln, way{l: r.ledger("tcp"), tls: r.tlsConfig()})
	case "unix":
		ln, file, err := listenUnix(ctx, address, r.o.SocketMode)
		if err != nil {
			return nil, err
		}
		return ln.Addr(), r.serveStream(ctx, ln, way{l: r.ledger("unix"), name: "unix:" + address, file: file})
	case "udp", "udp4", "udp6":
		pc, err := listenUDP(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := r.mayListen(pc.LocalAddr(), false, false); err != nil {
			pc.Close()
			return nil, err
		}
		return pc.LocalAddr(), r.servePackets(ctx, r.ledger("udp"), pc, packetWay{})
	case "unixgram":
		pc, file, err := listenUnixgram(ctx, address, r.o.SocketMode)
		if err != nil {
			return nil, err
		}
		return pc.LocalAddr(), r.servePackets(ctx, r.ledger("unixgram"), pc, packetWay{name: "unix:" + address, file: file})
	}
	return nil, errors.New("unknown network; use tcp, udp, unix or unixgram")
}

// lastWait is how long Close waits, once its context has ended, for a handler to notice.
const lastWait = time.Second

// Close stops receiving without losing what was already sent. It stops listening and tells every
// connection so, by closing the sending side: a peer that watches for it finishes its frame, closes
// its own side and goes elsewhere. Meanwhile connections are read on until their end, or until
// DrainTimeout, since an unmodified Python client watches nothing and goes on writing; what was sent
// by then is read however long that takes, where the system lets us. Datagram
// sockets are read until the kernel holds no more. Then everything is closed, and Close returns when
// the handler has taken what was read.
//
// When ctx ends before that, reading stops at once, the contexts of Handle are cancelled, what is
// not accepted then is counted as dropped, and Close returns ctx's error. Closing twice is fine:
// the second call waits for the first.
func (r *Receiver) Close(ctx context.Context) error {
	r.stop()
	r.mu.Lock()
	inlets := slices.Clone(r.inlets)
	r.mu.Unlock()
	cancel := func() {
		for _, in := range inlets {
			in.cancel()
		}
	}
	defer cancel()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
	}
	cancel()
	r.drain(time.Now())
	select {
	case <-r.done:
	case <-time.After(lastWait):
	}
	return fmt.Errorf("close receiver: %w", context.Cause(ctx))
}

// stop stops the listeners and lets the connections drain, at the first call only.
func (r *Receiver) stop() {
	r.mu.Lock()
	select {
	case <-r.stopping:
		r.mu.Unlock()
		return
	default:
	}
	close(r.stopping)
	inlets := slices.Clone(r.inlets)
	r.mu.Unlock()

	// A peer that is told to go elsewhere comes back at once, perhaps: it must find the door shut, not
	// a listener that takes its connection and never serves it.
	for _, in := range inlets {
		in.stop()
	}
	r.drain(time.Now().Add(r.o.DrainTimeout))
	go func() {
		r.running.Wait()
		close(r.done)
	}()
}

// drain lets all reading end at the given time.
func (r *Receiver) drain(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drainAt = at
	for c := range r.conns {
		c.drain(at)
	}
	r.requests.drain(at)
}

// drained reports whether the time for reading has run out.
func (r *Receiver) drained() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.drainAt.IsZero() && !time.Now().Before(r.drainAt)
}

// isStopping reports whether Close was called.
func (r *Receiver) isStopping() bool {
	select {
	case <-r.stopping:
		return true
	default:
		return false
	}
}

// pause waits for d, or until Close is called.
func (r *Receiver) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.stopping:
	}
}
