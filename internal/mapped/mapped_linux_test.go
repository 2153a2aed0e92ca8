package mapped

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// anything is a Check that takes any file.
func anything([]byte) (string, error) { return "", nil }

// What is written to the mapping is in the file, and in the next mapping; a file keeps its size, or grows.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	f, err := Open(path, 1<<20, anything)
	if err != nil {
		t.Fatal(err)
	}
	copy(f.Bytes[1<<19:], "something")
	if b, err := os.ReadFile(path); err != nil || len(b) != 1<<20 || !bytes.HasPrefix(b[1<<19:], []byte("something")) {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 || info.Sys().(*syscall.Stat_t).Blocks*512 < 1<<20 {
		t.Errorf("got %+v, %v, want a file of one's own without holes", info, err)
	}
	_, err = Open(path, 1<<20, anything)
	if used, ok := errors.AsType[*InUseError](err); !ok || used.Path != path {
		t.Errorf("while it is open: got %v, want an InUseError", err)
	}
	if err := f.Close(false); err != nil {
		t.Error(err)
	}
	for _, size := range []int64{1 << 19, 1 << 21} {
		f, err = Open(path, size, anything)
		if err != nil {
			t.Fatal(err)
		}
		if want := max(1<<20, size); int64(len(f.Bytes)) != want || !bytes.HasPrefix(f.Bytes[1<<19:], []byte("something")) {
			t.Errorf("size %d: got %d bytes, want %d", size, len(f.Bytes), want)
		}
		if err := f.Close(size == 1<<21); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("removed: got %v", err)
	}
}

// What is not a file for this process is not touched, or moved out of the way.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("foreign")
	check := func(head []byte) (string, error) {
		switch string(head) {
		case "foreign":
			return "", errors.New("not ours")
		case "older":
			return ".old", nil
		}
		return "", nil
	}
	if _, err := Open(path, 4096, check); err == nil || err.Error() != "open "+path+": not ours" {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "foreign" {
		t.Errorf("got %q, want it as it was", b)
	}
	write("older")
	f, err := Open(path, 4096, check)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(f.Aside); f.Aside != path+".old" || string(b) != "older" || !bytes.Equal(f.Bytes, make([]byte, 4096)) {
		t.Errorf("got %q with %q", f.Aside, b)
	}
	if err := f.Close(true); err != nil {
		t.Error(err)
	}
}

// A link in a directory that all may write to does not lead to another file, and no other thing is waited for.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(path, want string) {
		t.Helper()
		if _, err := Open(path, 4096, anything); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	link, fifo := filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	if err := errors.Join(os.Symlink(victim, link), syscall.Mkfifo(fifo, 0o600)); err != nil {
		t.Fatal(err)
	}
	f(link, "it is a link")
	f(fifo, "it is not a file")
	f(dir, "is a directory")
	f(filepath.Join(dir, "absent", "a"), "no such file")
	if b, _ := os.ReadFile(victim); string(b) != "precious" {
		t.Errorf("got %q", b)
	}
}

// A disk without room is an error when the file is opened, and no fault when it is written to; a file that is there stays as
// it is.
func TestFullDisk(t *testing.T) {
	ran := testenv.OnSmallDisk(t, 4<<20, func(dir string) {
		path := filepath.Join(dir, "a")
		if _, err := Open(path, 8<<20, anything); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want ENOSPC", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want that nothing is left", err)
		}
		f, err := Open(path, 2<<20, anything)
		if err != nil {
			t.Fatal(err)
		}
		copy(f.Bytes, "something")
		if err := os.WriteFile(filepath.Join(dir, "b"), make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want a full disk", err)
		}
		for i := range f.Bytes {
			f.Bytes[i] ^= 0xff // all of it has its room
		}
		if err := f.Close(false); err != nil {
			t.Error(err)
		}
		f, err = Open(path, 8<<20, anything)
		if err != nil || len(f.Bytes) != 2<<20 || f.Bytes[0] != 's'^0xff {
			t.Fatalf("got %v, want it as it was", err)
		}
		if err := f.Close(true); err != nil {
			t.Error(err)
		}
	})
	if !ran {
		testenv.Skip(t, "needs a file system of its own")
	}
}
