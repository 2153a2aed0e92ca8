//go:build unix

package receiver

import (
	"net"
	"net/netip"
	"syscall"
)

// packetReader reads datagrams into one buffer.
type packetReader struct {
	raw   syscall.RawConn
	buf   []byte
	oob   []byte
	peers map[netip.AddrPort]string // as text; bounded
	// last means that the socket is closing: what the kernel holds is read, past any deadline, and
	// nothing is waited for.
	last bool

	wait    bool
	d       datagram
	from    syscall.Sockaddr
	err     error
	attempt func(fd uintptr) bool
}

// maxPeers bounds the peers whose address is kept as text.
const maxPeers = 1024

// newPacketReader returns a reader of pc into buf. pc is a socket.
func newPacketReader(pc net.PacketConn, buf []byte) *packetReader {
	s := &packetReader{buf: buf, oob: make([]byte, dropsLen), peers: make(map[netip.AddrPort]string)}
	raw, err := pc.(syscall.Conn).SyscallConn()
	if err != nil {
		s.err = err
	}
	s.raw = raw
	reportDrops(raw)
	s.attempt = func(fd uintptr) bool {
		var n, oobn, flags int
		n, oobn, flags, s.from, s.err = syscall.Recvmsg(int(fd), s.buf, s.oob, 0)
		if s.err == syscall.EAGAIN {
			s.err = errNothing
			return !s.wait
		}
		s.d = datagram{payload: s.buf[:max(n, 0)], cut: flags&syscall.MSG_TRUNC != 0}
		s.d.drops, s.d.hasDrops = parseDrops(s.oob[:max(oobn, 0)])
		return true
	}
	return s
}

// read reads a datagram, which is valid until the next call. If none is there it waits for one, or,
// unless wait is set, returns errNothing.
func (s *packetReader) read(wait bool) (datagram, error) {
	s.wait, s.d, s.from = wait && !s.last, datagram{}, nil
	use := s.raw.Read
	if s.last {
		use = s.control
	}
	if err := use(s.attempt); err != nil {
		return datagram{}, err
	}
	if s.err == nil {
		s.d.from, s.d.host = s.peer()
	}
	return s.d, s.err
}

// control calls f although a deadline has passed.
func (s *packetReader) control(f func(fd uintptr) bool) error {
	return s.raw.Control(func(fd uintptr) { f(fd) })
}

// peer returns the sender's address as text, and without its port; neither if it has none.
func (s *packetReader) peer() (string, netip.Addr) {
	var at netip.AddrPort
	switch from := s.from.(type) {
	case *syscall.SockaddrInet4:
		at = netip.AddrPortFrom(netip.AddrFrom4(from.Addr), uint16(from.Port))
	case *syscall.SockaddrInet6:
		at = netip.AddrPortFrom(netip.AddrFrom16(from.Addr).Unmap(), uint16(from.Port))
	default:
		return "", netip.Addr{}
	}
	peer, ok := s.peers[at]
	if !ok {
		if len(s.peers) >= maxPeers {
			clear(s.peers)
		}
		peer = at.String()
		s.peers[at] = peer
	}
	return peer, at.Addr()
}
