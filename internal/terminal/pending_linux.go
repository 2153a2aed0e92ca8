package terminal

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// stopPends reports whether the process was told to stop and is yet to: none of its threads has taken the signal.
func stopPends() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	_, rest, _ := bytes.Cut(status, []byte("\nShdPnd:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	signals, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 64)
	return err == nil && signals&(1<<(unix.SIGTSTP-1)) != 0
}
