package testenv

import (
	"os/exec"
	"testing"
)

// Strace returns the path of a program that shows what system calls a process makes. What must be on
// a disk before it is acknowledged is proved by their order.
func Strace(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		Skip(t, "needs strace: %v", err)
	}
	return path
}
