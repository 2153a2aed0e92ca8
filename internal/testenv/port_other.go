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
	return FreePorts(t, 1)[0]
}

// FreePorts returns n ports as [FreePort] does, of which no two are the same. Somebody else may have taken one by the time
// that it is listened on.
func FreePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
