//go:build !linux

package receiver

import "net"

// refuse does nothing: what comes between the last accept and the close is reset.
func refuse(net.Listener) {}

// acceptNow returns nil: what came within lastAccept was accepted.
func acceptNow(net.Listener) net.Conn { return nil }
