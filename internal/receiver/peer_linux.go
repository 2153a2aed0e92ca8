package receiver

import (
	"net"
	"syscall"
)

// peerPID returns the process at the other end of a unix socket, 0 where it is not known.
func peerPID(nc net.Conn) (pid int) {
	u, ok := nc.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) {
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}
