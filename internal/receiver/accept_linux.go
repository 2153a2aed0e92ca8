package receiver

import (
	"net"
	"os"
	"syscall"
)

// acceptNow returns a connection that the kernel has taken and nobody has accepted, nil if there is
// none. It does not heed ln's deadline: a connection that is left there is reset, with what its peer
// has sent already.
func acceptNow(ln net.Listener) net.Conn {
	sc, ok := ln.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	fd := -1
	err = raw.Control(func(l uintptr) {
		fd, _, _ = syscall.Accept4(int(l), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	})
	if err != nil || fd < 0 {
		return nil
	}
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	nc, err := net.FileConn(file)
	if err != nil {
		return nil
	}
	return nc
}
