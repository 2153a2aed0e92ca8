package receiver

import (
	"encoding/binary"
	"syscall"
)

// dropsLen is the room for the one control message that we ask for.
var dropsLen = syscall.CmsgSpace(4)

// reportDrops asks the kernel to say, with each datagram, how many it had to drop.
func reportDrops(raw syscall.RawConn) {
	if raw == nil {
		return
	}
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RXQ_OVFL, 1)
	})
}

// parseDrops reads the count from the control message that came with a datagram, if any did: the kernel
// sends it from the first drop on.
func parseDrops(oob []byte) (n uint32, ok bool) {
	from := syscall.CmsgLen(0)
	if len(oob) < from+4 {
		return 0, false
	}
	return binary.NativeEndian.Uint32(oob[from:]), true
}
