//go:build !linux

package testenv

import (
	"net"
	"testing"
)

// FreePort returns a TCP port of the loopback that nobody listened on a moment ago. On Linux it stays the test's until its
// end; here somebody else may be given it.
func FreePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
