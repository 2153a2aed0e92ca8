package sender

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"syscall"
)

// tcpClose is TCP_CLOSE of the kernel's TCP states: for a connection that both sides have closed it
// says that our last byte, the FIN, was acknowledged, or that a reset came, which is an error then.
const tcpClose = 7

// delivered asks the kernel about a connection that both sides have closed: whether the peer's kernel
// has acknowledged everything, and whether it reset the connection. The second cannot be seen by
// reading once the peer's FIN was read. known is false where the kernel cannot be asked.
func delivered(c net.Conn) (known, all bool, err error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false, false, nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false, false, err
	}
	controlErr := raw.Control(func(fd uintptr) {
		all = true // a unix socket delivers at once
		if _, tcp := c.(*net.TCPConn); tcp {
			// The first byte of the kernel's struct tcp_info is the state.
			info, infoErr := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_INFO)
			if infoErr != nil {
				err = os.NewSyscallError("getsockopt TCP_INFO", infoErr)
				return
			}
			var first [4]byte
			binary.NativeEndian.PutUint32(first[:], uint32(info))
			all = first[0] == tcpClose
		}
		// Asked for after the state, so that a reset that made it TCP_CLOSE is seen.
		code, codeErr := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		switch {
		case codeErr != nil:
			err = os.NewSyscallError("getsockopt SO_ERROR", codeErr)
		case syscall.Errno(code) == syscall.EPIPE: // what Linux makes of a reset after the peer's FIN
			err = syscall.ECONNRESET
		case code != 0:
			err = syscall.Errno(code)
		}
	})
	return true, all, errors.Join(controlErr, err)
}
