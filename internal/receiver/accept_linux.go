package receiver

import (
	"net"
	"os"
	"syscall"
)

// refuse makes the kernel begin no more connections for ln, while those it has begun can still be
// accepted. Between the last accept and the close there is always a moment; a connection that came in
// it would be reset, with what its peer had sent already. A filter on the listening socket drops the
// first packet of a connection, and leaves its peer to try again, by TCP's own rules, until somebody
// listens there. A unix socket needs none: its path is gone.
func refuse(ln net.Listener) {
	if _, ok := ln.(*net.TCPListener); !ok {
		return
	}
	control(ln, func(fd int) {
		//lint:ignore SA1019 what takes its place only assembles longer programs
		_ = syscall.AttachLsf(fd, dropSYN)
	})
}

// dropSYN is a socket filter (see the kernel's networking/filter.rst) that lets all TCP packets through
// save those that have SYN and not ACK among the flags, which are byte 13 of the header.
var dropSYN = []syscall.SockFilter{
	{Code: syscall.BPF_LD | syscall.BPF_B | syscall.BPF_ABS, K: 13},
	{Code: syscall.BPF_ALU | syscall.BPF_AND | syscall.BPF_K, K: 0x12},
	{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: 0x02, Jt: 1},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: 0xffffffff},
	{Code: syscall.BPF_RET | syscall.BPF_K, K: 0},
}

// control calls f with ln's file descriptor and reports whether it did.
func control(ln net.Listener, f func(fd int)) bool {
	sc, ok := ln.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	return err == nil && raw.Control(func(fd uintptr) { f(int(fd)) }) == nil
}

// acceptNow returns a connection that the kernel has taken and nobody has accepted, nil if there is
// none. It does not heed ln's deadline: a connection that is left there is reset, with what its peer
// has sent already.
func acceptNow(ln net.Listener) net.Conn {
	fd := -1
	ok := control(ln, func(l int) {
		fd, _, _ = syscall.Accept4(l, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	})
	if !ok || fd < 0 {
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
