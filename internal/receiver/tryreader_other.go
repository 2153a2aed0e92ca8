//go:build !unix

package receiver

import "net"

// tryReader stands for what this system does not offer: reading without waiting.
type tryReader struct{}

func newTryReader(net.Conn) *tryReader { return nil }

func (*tryReader) read([]byte) (int, error) { return 0, nil }
