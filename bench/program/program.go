// Package program is the jackdaw that benchmarks run, and what its process uses. It needs the go command, and Linux.
package program

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Build builds jackdaw in its own module, whose go.mod names what it is built from, into a directory, and returns
// the path of the program.
func Build(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/jackdaw-log/jackdaw").Output()
	if err != nil {
		return "", fmt.Errorf("find the module of jackdaw: %w", err)
	}
	jackdaw := filepath.Join(dir, "jackdaw")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", jackdaw, "./cmd/jackdaw")
	cmd.Dir = strings.TrimSpace(string(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build jackdaw: %w\n%s", err, out)
	}
	return jackdaw, nil
}

// CPUTime returns the processor time that the process has used so far, all its threads together and
// to the nanosecond, from the clock that the kernel keeps for every process.
func CPUTime(pid int) (time.Duration, error) {
	clock := int32(^pid)<<3 | 2 // CPUCLOCK_SCHED of the whole process, as clock_getcpuclockid(3) makes it
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, errno)
	}
	return time.Duration(ts.Nano()), nil
}
