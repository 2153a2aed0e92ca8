//go:build unix && !linux

package receiver

import "syscall"

// dropsLen is no room: this system does not tell what it drops.
const dropsLen = 0

func reportDrops(syscall.RawConn) {}

func parseDrops([]byte) (uint32, bool) { return 0, false }
