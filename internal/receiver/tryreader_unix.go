//go:build unix

package receiver

import (
	"net"
	"syscall"
)

// tryReader reads from a connection what is there, without waiting.
type tryReader struct {
	raw     syscall.RawConn
	p       []byte
	n       int
	err     error
	attempt func(fd uintptr) bool // once, because a closure for each read would be an allocation
}

// newTryReader returns nil where nc is no socket.
func newTryReader(nc net.Conn) *tryReader {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	t := &tryReader{raw: raw}
	t.attempt = func(fd uintptr) bool {
		t.n, t.err = syscall.Read(int(fd), t.p)
		return true
	}
	return t
}

// read reads into p. It returns 0 and no error where nothing is there, and at the end of the stream
// and after a deadline, both of which a read that waits will find.
func (t *tryReader) read(p []byte) (int, error) {
	if t == nil {
		return 0, nil
	}
	t.p, t.n, t.err = p, 0, nil
	err := t.raw.Read(t.attempt)
	t.p = nil
	switch {
	case err != nil, t.err == syscall.EAGAIN, t.err == syscall.EINTR:
		return 0, nil
	case t.err != nil:
		return 0, t.err
	}
	return t.n, nil
}
