package receiver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
)

const (
	// datagramLen is more than the longest datagram: 65,507 bytes over UDP, and over unix sockets
	// what the sender's buffer takes, by default some 208 KiB on Linux.
	datagramLen = 256 << 10
	// kernelBuffer is how much we ask the kernel to hold of what we have not read. It gives what
	// its own limit allows.
	kernelBuffer = 8 << 20
	// kernelLeast is less than what the kernel counts there for a datagram, beside its bytes.
	kernelLeast = 512
)

func listenUDP(ctx context.Context, network, address string) (net.PacketConn, error) {
	var lc net.ListenConfig
	return lc.ListenPacket(ctx, network, address)
}

// datagram is one datagram as it was read. It lies in the reader's buffer.
type datagram struct {
	payload []byte
	cut     bool       // whether it was longer than the buffer
	from    string     // empty where the sender has no address
	host    netip.Addr // of the sender, without its port; not valid where it has none
	// drops is how many datagrams the kernel has dropped of this socket until then, modulo 2^32.
	drops    uint32
	hasDrops bool
}

// errNothing says that no datagram is there.
var errNothing = errors.New("no datagram")

// packetWay is what is known of the datagrams of a socket.
type packetWay struct {
	// name is the peer's where it has no address of its own.
	name string
	file *socketFile
	// syslog is true for messages of syslog, and false for frames.
	syslog bool
}

// servePackets receives the datagrams of pc, which it closes.
func (r *Receiver) servePackets(ctx context.Context, l *ledger, pc net.PacketConn, w packetWay) error {
	if b, ok := pc.(interface{ SetReadBuffer(int) error }); ok {
		b.SetReadBuffer(kernelBuffer)
	}
	stop := func() {
		w.file.remove()
		pc.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	}
	in := &inlet{network: l.name, address: pc.LocalAddr().String()}
	err := r.start(ctx, in, stop, func(ctx context.Context) {
		defer pc.Close()
		s := &packets{r: r, l: l, in: in, src: newPacketReader(pc, make([]byte, datagramLen)), desk: r.desks.unslotted(l), name: w.name}
		if w.syslog {
			s.decoder = new(syslog.Decoder)
		}
		s.receive(ctx)
	})
	if err != nil {
		w.file.remove()
		pc.Close()
	}
	return err
}

// packets receives datagrams from one socket. Its desk is its own: sockets are few.
type packets struct {
	r     *Receiver
	l     *ledger
	in    *inlet
	src   *packetReader
	desk  *desk
	name  string
	drops uint32 // the kernel's last count
	left  int    // what was read after the time for reading, as the kernel counts it
	// decoder is there for messages of syslog.
	decoder *syslog.Decoder
}

// receive takes datagrams until Close or Shut, and then those that the kernel still holds.
func (s *packets) receive(ctx context.Context) {
	pause := firstSocketPause
	for {
		// What is read is handed over as soon as there is no more.
		d, err := s.src.read(s.desk.n == 0)
		switch {
		case err == nil:
			pause = firstSocketPause
			s.take(ctx, d)
			if s.src.last && s.enough(ctx, d) {
				s.r.handOver(ctx, s.desk, s.name)
				return
			}
		case errors.Is(err, errNothing):
			s.r.handOver(ctx, s.desk, s.name)
			if s.src.last {
				return
			}
		case s.src.last:
			s.r.handOver(ctx, s.desk, s.name)
			return
		case s.r.isStopping(), errors.Is(err, os.ErrDeadlineExceeded):
			s.src.last = true
		default:
			s.r.handOver(ctx, s.desk, s.name)
			s.l.notice(SocketError, "", fmt.Sprintf("read datagrams: %v; trying again", err))
			s.r.pause(pause)
			pause = min(2*pause, longestSocketPause)
		}
	}
}

// enough reports whether nothing is read any more, d being the last, of a socket that is closing: because who closes it
// has given up, or because the time for reading is over, and what has been read since is more than the kernel held then.
// On a machine that is slow that may be much, and a sender that goes on must not hold who closes.
func (s *packets) enough(ctx context.Context, d datagram) bool {
	if ctx.Err() != nil {
		return true
	}
	if !s.r.drained() && !s.in.drained() {
		return false
	}
	s.left += kernelLeast + len(d.payload)
	return s.left > 2*kernelBuffer // Linux makes twice of what it is asked for
}

func (s *packets) take(ctx context.Context, d datagram) {
	r, w := s.r, s.desk
	s.l.bytes.Add(uint64(len(d.payload)))
	if d.hasDrops {
		s.countDrops(d.drops)
	}
	peer := d.from
	if peer == "" {
		peer = s.name
	}
	if !r.admits(d.host) {
		s.l.turnAway(NotAllowed, peer, "a datagram was rejected: the address is not among those that may send")
		return
	}
	payload, j := d.payload, Reject{}
	if s.decoder == nil || d.cut {
		payload, j = unwrap(d, r.o.MaxFrame)
	}
	if j.Reason != "" {
		w.seen++
		w.count()
		j.Peer = peer
		s.l.reject(j)
		return
	}
	if s.decoder != nil {
		r.message(ctx, w, s.decoder, payload, peer, time.Now())
		return
	}
	r.frame(ctx, w, payload, peer, time.Now())
}

func (s *packets) countDrops(now uint32) {
	n := now - s.drops // the counter wraps, and so does the difference
	s.drops = now
	if n == 0 {
		return
	}
	s.l.kernelDrops.Add(uint64(n))
	s.l.notice(KernelDrop, "", fmt.Sprintf("the kernel dropped %d datagrams, since its buffer was full; "+
		"a larger limit (net.core.rmem_max) helps with bursts, TCP against loss", n))
}

// unwrap returns the payload of a datagram: what follows the length, as DatagramHandler sends it,
// or all of it where there is no length. Where it is none, the reject says why.
func unwrap(d datagram, maxFrame int) ([]byte, Reject) {
	b := d.payload
	j := Reject{Length: len(b), First: b}
	length := -1
	if len(b) >= prefixLen {
		length = int(frameLen(b) - prefixLen)
	}
	switch {
	case d.cut:
		j.Reason = TooLong
		j.Detail = fmt.Sprintf("the datagram is longer than %d bytes", len(b))
	case len(b) == 0 || length == 0 && len(b) == prefixLen:
		j.Reason, j.Detail = Empty, "the datagram is empty"
	case len(b) > prefixLen+maxFrame:
		j.Reason = TooLong
		j.Detail = fmt.Sprintf("the datagram is %d bytes long, a payload may have %d", len(b), maxFrame)
	case length == len(b)-prefixLen:
		return b[prefixLen:], Reject{}
	case len(b) > 1 && beginsRecord(b):
		return b, Reject{}
	case length >= 0 && length <= maxFrame && binary.BigEndian.Uint32(b) <= uint32(maxFrame):
		j.Reason = Mismatch
		j.Detail = fmt.Sprintf("the datagram says it carries %d bytes, and carries %d", length, len(b)-prefixLen)
		j.Length, j.First = length, b[prefixLen:]
	default:
		s := shapeOf(b)
		j.Reason = Foreign
		j.Detail = fmt.Sprintf("this looks like %s: %s", s.name, s.advice)
	}
	return nil, j
}
