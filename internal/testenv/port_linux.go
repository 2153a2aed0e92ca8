package testenv

import (
	"os"
	"syscall"
	"testing"
)

// FreePort returns a TCP port of the loopback that is the test's until its end: nobody listens there but who is told
// the port, and between two who are nobody does. A socket that does not listen holds it: whoever asks for any
// port is given another one.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := holdPort(t)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func holdPort(t testing.TB) (port int, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	// Who listens there has this option too, as any server: without it the two would be in each other's way.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	return at.(*syscall.SockaddrInet4).Port, nil
}
