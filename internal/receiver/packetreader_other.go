//go:build !unix

package receiver

import "net"

// packetReader reads datagrams into one buffer.
type packetReader struct {
	pc  net.PacketConn
	buf []byte
	// last means that the socket is closing, and nothing is waited for.
	last bool
}

func newPacketReader(pc net.PacketConn, buf []byte) *packetReader {
	return &packetReader{pc: pc, buf: buf}
}

// read waits for a datagram, which is valid until the next call. Without waiting this system offers
// none: each datagram is a batch of its own.
func (s *packetReader) read(wait bool) (datagram, error) {
	if !wait || s.last {
		return datagram{}, errNothing
	}
	n, from, err := s.pc.ReadFrom(s.buf)
	if err != nil {
		return datagram{}, err
	}
	d := datagram{payload: s.buf[:n]}
	if from != nil {
		d.from, d.host = from.String(), hostOf(from)
	}
	return d, nil
}
