package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func TestLock(t *testing.T) {
	if runtime.GOOS == "windows" {
		testenv.Skip(t, "no lock keeps a second one out on windows")
	}
	dir := t.TempDir()
	first, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	if e, ok := errors.AsType[*InUseError](err); !ok || e.Dir != dir || e.PID != fmt.Sprint(os.Getpid()) {
		t.Errorf("Lock of what is locked: got %v, want an InUseError with process %d", err, os.Getpid())
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(dir)
	if err != nil {
		t.Fatalf("Lock after the file was closed: got %v, want none", err)
	}
	_ = again.Close()
	if _, err := Lock(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Lock of a directory that is not there: got %v, want ErrNotExist", err)
	}
}

func TestDiskOf(t *testing.T) {
	d, err := DiskOf(t.TempDir())
	if err != nil || d.Free <= 0 || d.Total != 0 && d.Total < d.Free {
		t.Errorf("got %+v and error %v, want room on a disk that is larger", d, err)
	}
}
