//go:build !linux

package receiver

import "net"

// acceptNow returns nil: what came within lastAccept was accepted.
func acceptNow(net.Listener) net.Conn { return nil }
