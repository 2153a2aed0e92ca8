package testenv

import (
	"net"
	"testing"
)

// FreePort returns a TCP port of the loopback that nobody listened on a moment ago, for what has to be told its port
// before it listens.
func FreePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}
