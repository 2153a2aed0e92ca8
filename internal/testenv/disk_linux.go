package testenv

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// noSmallDisk is what a process says that could not make one.
const noSmallDisk = "there is no small disk here: "

// OnSmallDisk runs the rest of a test in a process of its own, with the directory of a file system
// that holds size bytes and nothing else; what the process prints is the test's if it fails. It
// reports whether the machine lets it: in a container it may not, and then the test has to do without.
func OnSmallDisk(t *testing.T, size int, rest func(dir string)) (ran bool) {
	t.Helper()
	if isAlone(t) {
		return mounted(t, size, rest)
	}
	out, started, err := again(t, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	})
	switch {
	case !started:
		t.Logf("%s%v", noSmallDisk, err)
		return false
	case err != nil:
		t.Fatalf("on a disk of %d bytes: %v\n%s", size, err, out)
	case strings.Contains(string(out), noSmallDisk):
		t.Logf("%s", out)
		return false
	}
	return true
}

// mounted runs the rest in the process that may mount.
func mounted(t *testing.T, size int, rest func(dir string)) (ran bool) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		fmt.Println(noSmallDisk+"mount:", err)
		return false
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	rest(dir)
	return true
}
